/*
 * Sums of products of int8 numbers, four output channels at a time.
 *
 * Weights lie in blocks of four output channels. Within a block, a run of n inputs has n/4 groups of 16 weights, four
 * inputs for channel 0, then channel 1, 2, 3; the n%4 inputs left over follow with four weights each, one per channel.
 * Armv7E-M multiplies two pairs at once; the sums are the same.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_DOT_H
#define THIMBLE_DOT_H

#include "thimble_integer.h"

struct thimble_sum4 {
    int32_t s0, s1, s2, s3;
};

#if THIMBLE_DSP
/* Four int8 as two pairs of int16: bytes 0 and 2, bytes 1 and 3. */
struct thimble_pairs {
    uint32_t even, odd;
};

THIMBLE_INLINE struct thimble_pairs thimble_load_pairs(const int8_t *from)
{
    uint32_t word;
    struct thimble_pairs pairs;
    memcpy(&word, from, sizeof word);
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pairs.odd) : "r"(word));
    __asm__("sxtb16 %0, %1" : "=r"(pairs.even) : "r"(word));
    return pairs;
}

THIMBLE_INLINE int32_t thimble_add_pairs(int32_t sum, struct thimble_pairs a, struct thimble_pairs b)
{
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a.even), "r"(b.even));
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a.odd), "r"(b.odd));
    return sum;
}
#endif

/* Adds x[0..3] times one group of weights. */
THIMBLE_INLINE struct thimble_sum4 thimble_group4(struct thimble_sum4 sum, const int8_t *x, const int8_t *w)
{
#if THIMBLE_DSP
    const struct thimble_pairs inputs = thimble_load_pairs(x);
    sum.s0 = thimble_add_pairs(sum.s0, inputs, thimble_load_pairs(w));
    sum.s1 = thimble_add_pairs(sum.s1, inputs, thimble_load_pairs(w + 4));
    sum.s2 = thimble_add_pairs(sum.s2, inputs, thimble_load_pairs(w + 8));
    sum.s3 = thimble_add_pairs(sum.s3, inputs, thimble_load_pairs(w + 12));
#else
    const int32_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
    sum.s0 += x0 * w[0] + x1 * w[1] + x2 * w[2] + x3 * w[3];
    sum.s1 += x0 * w[4] + x1 * w[5] + x2 * w[6] + x3 * w[7];
    sum.s2 += x0 * w[8] + x1 * w[9] + x2 * w[10] + x3 * w[11];
    sum.s3 += x0 * w[12] + x1 * w[13] + x2 * w[14] + x3 * w[15];
#endif
    return sum;
}

/* Adds one input of the rest of a run. */
THIMBLE_INLINE struct thimble_sum4 thimble_rest4(struct thimble_sum4 sum, int32_t x, const int8_t *w)
{
    sum.s0 += x * w[0];
    sum.s1 += x * w[1];
    sum.s2 += x * w[2];
    sum.s3 += x * w[3];
    return sum;
}

/* Adds a run of n inputs for four channels. */
THIMBLE_INLINE struct thimble_sum4 thimble_run4(struct thimble_sum4 sum, const int8_t *x, const int8_t *w, int32_t n)
{
    const int8_t *const end = x + (n & ~3);
    for (; x != end; x += 4, w += 16) {
        sum = thimble_group4(sum, x, w);
    }
    if ((n & 3) > 0) {
        sum = thimble_rest4(sum, x[0], w);
    }
    if ((n & 3) > 1) {
        sum = thimble_rest4(sum, x[1], w + 4);
    }
    if ((n & 3) > 2) {
        sum = thimble_rest4(sum, x[2], w + 8);
    }
    return sum;
}

/* Adds a run of n inputs for one channel, whose weights lie in the order of the inputs. */
THIMBLE_INLINE int32_t thimble_run1(int32_t sum, const int8_t *x, const int8_t *w, int32_t n)
{
    const int8_t *const end = x + (n & ~3);
    for (; x != end; x += 4, w += 4) {
#if THIMBLE_DSP
        sum = thimble_add_pairs(sum, thimble_load_pairs(x), thimble_load_pairs(w));
#else
        sum += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
#endif
    }
    if ((n & 3) > 0) {
        sum += x[0] * w[0];
    }
    if ((n & 3) > 1) {
        sum += x[1] * w[1];
    }
    if ((n & 3) > 2) {
        sum += x[2] * w[2];
    }
    return sum;
}

/* Adds up a run of n inputs: what weights with a zero point other than 0 need. */
THIMBLE_INLINE int32_t thimble_run_sum(int32_t sum, const int8_t *x, int32_t n)
{
    const int8_t *const end = x + n;
    for (; x != end; x++) {
        sum += *x;
    }
    return sum;
}

#endif
