/*
 * Convolutions and matrix products of several widths on one set of weights. A width has the first output channels and, at each position
 * of the window, the first input channels of the whole layer; the weights of the others are skipped. See small.h, whose tables of shapes
 * have one number more here.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_NESTED_H
#define THIMBLE_NESTED_H

#include "thimble_small.h"

/* Weights to skip after each position: four for each input channel that the width lacks. */
enum { THIMBLE_LAYER_SKIP = THIMBLE_LAYER_FACTOR_STEP + 1 };

/* The outputs of one pixel of a convolution, whose inputs are at `tap`. */
THIMBLE_INLINE int8_t *thimble_nested_pixel(
    const int8_t *const *tap, int8_t *output, const struct thimble_small *layer, int rounding)
{
    const int16_t *const s = layer->shape;
    const int32_t taps = s[THIMBLE_LAYER_KERNEL_HEIGHT] * s[THIMBLE_LAYER_KERNEL_WIDTH];
    const int8_t *w = layer->weights;
    const int32_t *bias = layer->biases, *factor = layer->factors;
    for (int32_t left = s[THIMBLE_LAYER_OUTPUT_CHANNELS]; left > 0; left -= 4, bias += 4) {
        int32_t s0 = bias[0], s1 = bias[1], s2 = bias[2], s3 = bias[3];
        for (int32_t i = 0; i < taps; i++) {
            const int8_t *x = tap[i];
            const int8_t *const end = x + s[THIMBLE_LAYER_CHANNELS];
            for (; x != end; w += 4) {
                const int32_t input = *x++;
                s0 += input * w[0];
                s1 += input * w[1];
                s2 += input * w[2];
                s3 += input * w[3];
            }
            w += s[THIMBLE_LAYER_SKIP];
        }
        const int32_t sums[4] = {s0, s1, s2, s3};
        for (int32_t i = 0; i < 4 && i < left; i++) {
            *output++ = thimble_small_output(sums[i], factor, s, rounding);
            factor += s[THIMBLE_LAYER_FACTOR_STEP];
        }
    }
    return output;
}

THIMBLE_SMALL_LAYER(thimble_nested_convolution_exact, thimble_nested_pixel, THIMBLE_ROUND_EXACT)
THIMBLE_SMALL_LAYER(thimble_nested_convolution_single, thimble_nested_pixel, THIMBLE_ROUND_SINGLE)
THIMBLE_SMALL_LAYER(thimble_nested_convolution_float, thimble_nested_pixel, THIMBLE_ROUND_FLOAT)

#endif
