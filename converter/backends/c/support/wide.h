/*
 * Functions of 64-bit whole numbers.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_WIDE_H
#define THIMBLE_WIDE_H

#include "thimble_integer.h"

/* x without its fraction, limited to int64; 0 for NaN. */
THIMBLE_INLINE int64_t thimble_wide_whole(float x)
{
    if (x != x) return 0;
    if (x >= 9223372036854775808.0f) return INT64_MAX;
    return x <= -9223372036854775808.0f ? INT64_MIN : (int64_t)x;
}

/* Sums, differences and products wrap, which is computed without sign. */
THIMBLE_INLINE int64_t thimble_wide_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

THIMBLE_INLINE int64_t thimble_wide_sub(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

THIMBLE_INLINE int64_t thimble_wide_mul(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* a / b without its fraction; 0 for b = 0. */
THIMBLE_INLINE int64_t thimble_wide_divide(int64_t a, int64_t b)
{
    return b == 0 ? 0 : b == -1 ? (int64_t)(UINT64_C(0) - (uint64_t)a) : a / b;
}

/* a - b * floor(a / b), with the sign of b; 0 for b = 0. */
THIMBLE_INLINE int64_t thimble_wide_modulo(int64_t a, int64_t b)
{
    const int64_t rest = b == 0 || b == -1 ? 0 : a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* a / b rounded down; 0 for b = 0. */
THIMBLE_INLINE int64_t thimble_wide_divide_down(int64_t a, int64_t b)
{
    const int64_t quotient = thimble_wide_divide(a, b);
    return quotient - (thimble_wide_modulo(a, b) != 0 && (a < 0) != (b < 0));
}

#endif
