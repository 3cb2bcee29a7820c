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

THIMBLE_INLINE float thimble_logistic(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

#endif
