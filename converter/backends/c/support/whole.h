/*
 * Functions of whole numbers of any width.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_WHOLE_H
#define THIMBLE_WHOLE_H

#include "thimble_integer.h"

/* base to the power of exponent, modulo 2^64, by squaring. */
THIMBLE_INLINE uint64_t thimble_power(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;
    for (; exponent != 0; exponent >>= 1) {
        if ((exponent & 1) != 0) {
            result *= base;
        }
        base *= base;
    }
    return result;
}

/* x without its fraction, limited to int64; 0 for NaN. */
THIMBLE_INLINE int64_t thimble_whole_wide(float x)
{
    if (x != x) return 0;
    if (x >= 9223372036854775808.0f) return INT64_MAX;
    return x <= -9223372036854775808.0f ? INT64_MIN : (int64_t)x;
}

/* x without its fraction, limited to uint32; 0 for NaN. */
THIMBLE_INLINE uint32_t thimble_whole_unsigned(float x)
{
    if (x >= 4294967296.0f) return UINT32_MAX;
    return x > 0.0f ? (uint32_t)x : 0;
}

/* x without its fraction, limited to uint64; 0 for NaN. */
THIMBLE_INLINE uint64_t thimble_whole_unsigned_wide(float x)
{
    if (x >= 18446744073709551616.0f) return UINT64_MAX;
    return x > 0.0f ? (uint64_t)x : 0;
}

#endif
