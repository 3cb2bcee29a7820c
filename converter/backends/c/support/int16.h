/*
 * Sums of 64 bits of layers on int16 data: TFLite MultiplyByQuantizedMultiplier for int64.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_INT16_H
#define THIMBLE_INT16_H

#include "thimble_integer.h"

/* (sum * multiplier + half) >> shift within the limits, for |sum| < 2^47, multiplier < 2^15 and shift in [9, 46]. */
THIMBLE_INLINE int16_t thimble_int16(int64_t sum, const struct thimble_channel *channel, int32_t low, int32_t high)
{
    const int64_t half = INT64_C(1) << (channel->shift - 1);
    const int64_t result = ((sum + channel->bias) * channel->multiplier + half) >> channel->shift;
    return (int16_t)(result < low ? low : result > high ? high : result);
}

#endif
