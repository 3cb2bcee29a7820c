/*
 * Hybrid layers: float32 inputs, quantized to int8 at run time, times int8 weights. The arithmetic of the TFLite kernels.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_HYBRID_H
#define THIMBLE_HYBRID_H

#include "thimble_integer.h"

#include <math.h>

/* real = scale * (stored - zero_point) */
struct thimble_batch {
    float scale;
    int32_t zero_point;
};

THIMBLE_INLINE int8_t thimble_stored(float value, float low)
{
    const float rounded = roundf(value);
    return (int8_t)(rounded < low ? low : rounded > 127.0f ? 127.0f : rounded);
}

/* Around zero, -127 to 127. */
static inline struct thimble_batch thimble_quantize_symmetric(const float *input, int8_t *output, int32_t count)
{
    struct thimble_batch batch = {1.0f, 0};
    float range = 0.0f;
    for (int32_t i = 0; i < count; i++) {
        const float magnitude = fabsf(input[i]);
        range = magnitude > range ? magnitude : range;
    }
    if (!(range > 0.0f)) {
        memset(output, 0, (size_t)count);
        return batch;
    }
    const float inverse = 127.0f / range;
    for (int32_t i = 0; i < count; i++) {
        output[i] = thimble_stored(input[i] * inverse, -127.0f);
    }
    batch.scale = range / 127.0f;
    return batch;
}

/* From the smallest to the largest value, 0 included; the zero point comes from the end with the smaller error. */
static inline struct thimble_batch thimble_quantize_asymmetric(const float *input, int8_t *output, int32_t count)
{
    struct thimble_batch batch = {1.0f, 0};
    float low = 0.0f;
    float high = 0.0f;
    for (int32_t i = 0; i < count; i++) {
        low = input[i] < low ? input[i] : low;
        high = input[i] > high ? input[i] : high;
    }
    if (!(low < high)) {
        memset(output, 0, (size_t)count);
        return batch;
    }
    const double scale = ((double)high - (double)low) / 255.0;
    const double from_low = -128.0 - (double)low / scale;
    const double from_high = 127.0 - (double)high / scale;
    const int from_low_is_nearer = 128.0 + fabs((double)low / scale) < 127.0 + fabs((double)high / scale);
    const double zero = round(from_low_is_nearer ? from_low : from_high);
    batch.zero_point = (int32_t)(zero < -128.0 ? -128.0 : zero > 127.0 ? 127.0 : zero);
    batch.scale = (float)scale;
    const float inverse = 1.0f / batch.scale;
    for (int32_t i = 0; i < count; i++) {
        const float scaled = input[i] * inverse;
        output[i] = thimble_stored((float)batch.zero_point + scaled, -128.0f);
    }
    return batch;
}

#endif
