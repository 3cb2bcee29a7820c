/*
 * Functions of float32 numbers that C99 does not have in one step.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_REAL_H
#define THIMBLE_REAL_H

#include "thimble_integer.h"

#include <math.h>

/* The larger one; NaN if either is. */
THIMBLE_INLINE float thimble_max(float a, float b)
{
    return a > b || a != a ? a : b;
}

/* The smaller one; NaN if either is. */
THIMBLE_INLINE float thimble_min(float a, float b)
{
    return a < b || a != a ? a : b;
}

THIMBLE_INLINE float thimble_square(float x)
{
    return x * x;
}

/* The nearest whole number, of two the even one, whatever the rounding mode. */
THIMBLE_INLINE float thimble_round(float x)
{
    const float below = floorf(x);
    const float rest = x - below;
    if (rest < 0.5f || x != x) return below;
    if (rest > 0.5f) return below + 1.0f;
    return 2.0f * floorf(0.5f * below) == below ? below : below + 1.0f;
}

/* a - b * floor(a / b), with the sign of b: fmod, moved by b where the signs differ. */
THIMBLE_INLINE float thimble_floor_modulo(float a, float b)
{
    const float rest = fmodf(a, b);
    return rest != 0.0f && (rest < 0.0f) != (b < 0.0f) ? rest + b : rest;
}

/* x without its fraction, limited to int32; 0 for NaN. */
THIMBLE_INLINE int32_t thimble_whole(float x)
{
    if (x != x) return 0;
    if (x >= 2147483648.0f) return INT32_MAX;
    return x <= -2147483648.0f ? INT32_MIN : (int32_t)x;
}

/* -1, 0 or 1; 0 for NaN. */
THIMBLE_INLINE float thimble_sign(float x)
{
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
}

THIMBLE_INLINE float thimble_logistic(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

#endif
