/*
 * Convolutions, matrix products and depthwise convolutions by one function each for all layers: the least code. Loops over pixels, channels
 * and positions; bit-equal to the kernels that are written for their shapes.
 *
 * Weights of convolutions lie in blocks of four output channels, filled up with zeros as the biases are; in a block input by input. Those of
 * depthwise convolutions lie channel by channel, in a channel position by position.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_SMALL_H
#define THIMBLE_SMALL_H

#include "thimble_integer.h"

/* What a layer is, as a table of numbers. A factor step of 0 means one factor for all channels, else it is 2. */
enum {
    THIMBLE_LAYER_BATCH, THIMBLE_LAYER_HEIGHT, THIMBLE_LAYER_WIDTH, THIMBLE_LAYER_CHANNELS,
    THIMBLE_LAYER_OUTPUT_HEIGHT, THIMBLE_LAYER_OUTPUT_WIDTH, THIMBLE_LAYER_OUTPUT_CHANNELS,
    THIMBLE_LAYER_KERNEL_HEIGHT, THIMBLE_LAYER_KERNEL_WIDTH, THIMBLE_LAYER_STRIDE_Y, THIMBLE_LAYER_STRIDE_X,
    THIMBLE_LAYER_DILATION_Y, THIMBLE_LAYER_DILATION_X, THIMBLE_LAYER_TOP, THIMBLE_LAYER_LEFT,
    THIMBLE_LAYER_ZERO_POINT, THIMBLE_LAYER_LOW, THIMBLE_LAYER_HIGH, THIMBLE_LAYER_FACTOR_STEP
};

/* Most positions of a window. */
#define THIMBLE_SMALL_TAPS 64

enum { THIMBLE_ROUND_EXACT, THIMBLE_ROUND_SINGLE, THIMBLE_ROUND_FLOAT };

#if defined(__GNUC__)
#define THIMBLE_SMALL __attribute__((noinline, unused)) static
#else
#define THIMBLE_SMALL static
#endif

/* The tables of a layer. */
struct thimble_small {
    const int8_t *weights;
    const int32_t *biases;
    const int32_t *factors; /* pairs of multiplier and shift to the right */
    const int8_t *zeros;    /* stands for a position outside the image */
    const int16_t *shape;
};

/* The output of a sum; `rounding` is a constant of the caller. */
THIMBLE_INLINE int8_t thimble_small_output(int32_t sum, const int32_t *factor, const int16_t *shape, int rounding)
{
    const int32_t zero = shape[THIMBLE_LAYER_ZERO_POINT];
    const int32_t value = rounding == THIMBLE_ROUND_EXACT    ? thimble_exact_any(sum, factor[0], factor[1], zero)
                          : rounding == THIMBLE_ROUND_SINGLE ? thimble_single_any(sum, factor[0], factor[1], zero)
                                                             : thimble_float(sum, factor[0], factor[1], zero);
    return thimble_int8(value, shape[THIMBLE_LAYER_LOW], shape[THIMBLE_LAYER_HIGH]);
}

/* Where the channels of each position of the window of output pixel (oy, ox) lie. */
THIMBLE_INLINE void thimble_small_window(
    const int8_t **tap, const int8_t *image, const struct thimble_small *layer, int32_t oy, int32_t ox)
{
    const int16_t *const s = layer->shape;
    int32_t y = oy * s[THIMBLE_LAYER_STRIDE_Y] - s[THIMBLE_LAYER_TOP];
    for (int32_t ky = 0; ky < s[THIMBLE_LAYER_KERNEL_HEIGHT]; ky++) {
        int32_t x = ox * s[THIMBLE_LAYER_STRIDE_X] - s[THIMBLE_LAYER_LEFT];
        for (int32_t kx = 0; kx < s[THIMBLE_LAYER_KERNEL_WIDTH]; kx++) {
            const int outside = y < 0 || y >= s[THIMBLE_LAYER_HEIGHT] || x < 0 || x >= s[THIMBLE_LAYER_WIDTH];
            *tap++ = outside ? layer->zeros : image + (y * s[THIMBLE_LAYER_WIDTH] + x) * s[THIMBLE_LAYER_CHANNELS];
            x += s[THIMBLE_LAYER_DILATION_X];
        }
        y += s[THIMBLE_LAYER_DILATION_Y];
    }
}

/* The outputs of one pixel of a convolution, whose inputs are at `tap`. */
THIMBLE_INLINE int8_t *thimble_small_pixel(
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
        }
        const int32_t sums[4] = {s0, s1, s2, s3};
        for (int32_t i = 0; i < 4 && i < left; i++) {
            *output++ = thimble_small_output(sums[i], factor, s, rounding);
            factor += s[THIMBLE_LAYER_FACTOR_STEP];
        }
    }
    return output;
}

/* The outputs of one pixel of a depthwise convolution of one output per channel. */
THIMBLE_INLINE int8_t *thimble_small_depthwise_pixel(
    const int8_t *const *tap, int8_t *output, const struct thimble_small *layer, int rounding)
{
    const int16_t *const s = layer->shape;
    const int32_t channels = s[THIMBLE_LAYER_CHANNELS], taps = s[THIMBLE_LAYER_KERNEL_HEIGHT] * s[THIMBLE_LAYER_KERNEL_WIDTH];
    const int8_t *w = layer->weights;
    const int32_t *factor = layer->factors;
    for (int32_t c = 0; c < channels; c++) {
        int32_t sum = layer->biases[c];
        for (int32_t i = 0; i < taps; i++) {
            sum += tap[i][c] * *w++;
        }
        *output++ = thimble_small_output(sum, factor, s, rounding);
        factor += s[THIMBLE_LAYER_FACTOR_STEP];
    }
    return output;
}

/* All pixels, one after the other. */
#define THIMBLE_SMALL_LAYER(name, pixel, rounding) \
    THIMBLE_SMALL void name(const int8_t *input, int8_t *output, const struct thimble_small *layer) \
    { \
        const int16_t *const s = layer->shape; \
        const int8_t *tap[THIMBLE_SMALL_TAPS]; \
        for (int32_t n = 0; n < s[THIMBLE_LAYER_BATCH]; n++) { \
            for (int32_t oy = 0; oy < s[THIMBLE_LAYER_OUTPUT_HEIGHT]; oy++) { \
                for (int32_t ox = 0; ox < s[THIMBLE_LAYER_OUTPUT_WIDTH]; ox++) { \
                    thimble_small_window(tap, input, layer, oy, ox); \
                    output = pixel(tap, output, layer, rounding); \
                } \
            } \
            input += s[THIMBLE_LAYER_HEIGHT] * s[THIMBLE_LAYER_WIDTH] * s[THIMBLE_LAYER_CHANNELS]; \
        } \
    }

THIMBLE_SMALL_LAYER(thimble_small_convolution_exact, thimble_small_pixel, THIMBLE_ROUND_EXACT)
THIMBLE_SMALL_LAYER(thimble_small_convolution_single, thimble_small_pixel, THIMBLE_ROUND_SINGLE)
THIMBLE_SMALL_LAYER(thimble_small_convolution_float, thimble_small_pixel, THIMBLE_ROUND_FLOAT)
THIMBLE_SMALL_LAYER(thimble_small_depthwise_exact, thimble_small_depthwise_pixel, THIMBLE_ROUND_EXACT)
THIMBLE_SMALL_LAYER(thimble_small_depthwise_single, thimble_small_depthwise_pixel, THIMBLE_ROUND_SINGLE)
THIMBLE_SMALL_LAYER(thimble_small_depthwise_float, thimble_small_depthwise_pixel, THIMBLE_ROUND_FLOAT)

#endif
