/*
 * Softmax and log-softmax of int8, in the fixed-point arithmetic of the TFLite reference kernels. Qm has m integer
 * bits: the integer x stands for x * 2^(m - 31). The exponentials are tables made at conversion.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef TINY_SOFTMAX_H
#define TINY_SOFTMAX_H

#include "tiny_integer.h"

/* Leading zero bits of x > 0. */
TINY_INLINE int32_t tiny_leading_zeros(uint32_t x)
{
    int32_t zeros = 0;
    for (; (x & UINT32_C(0x80000000)) == 0; x <<= 1) {
        zeros++;
    }
    return zeros;
}

/* a + b and a - b modulo 2^32. */
TINY_INLINE int32_t tiny_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

TINY_INLINE int32_t tiny_subtract(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

/* Rounding doubling high multiply; not both are -2^31. */
TINY_INLINE int32_t tiny_multiply_fixed(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (INT32_C(1) << 30)) >> 31);
}

TINY_INLINE int32_t tiny_saturate(int64_t x)
{
    return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
}

/* x * 2^exponent, saturated to the left, rounded to the right. */
TINY_INLINE int32_t tiny_scale_by_power_of_two(int32_t x, int32_t exponent)
{
    if (exponent <= 0) {
        return tiny_divide_by_power_of_two(x, -exponent);
    }
    return tiny_saturate((int64_t)x * (INT64_C(1) << exponent));
}

/* (a + b) / 2, ties away from zero. */
TINY_INLINE int32_t tiny_half_sum(int32_t a, int32_t b)
{
    const int64_t sum = (int64_t)a + b;
    return (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/* 1 / (1 + a) in Q0 for 0 <= a < 1 in Q0: three Newton-Raphson steps from 48/17 - 32/17 d. */
static inline int32_t tiny_one_over_one_plus(int32_t a)
{
    const int32_t half = tiny_half_sum(a, INT32_MAX);
    int32_t x = tiny_add(1515870810, tiny_multiply_fixed(half, -1010580540));
    for (int32_t step = 0; step < 3; step++) {
        const int32_t error = tiny_subtract(INT32_C(1) << 29, tiny_multiply_fixed(half, x));
        x = tiny_add(x, tiny_scale_by_power_of_two(tiny_multiply_fixed(x, error), 2));
    }
    return tiny_scale_by_power_of_two(x, 1);
}

/* One row of a softmax; exponentials[d] is exp(-d * beta * scale) in Q0. Output and input may be the same. */
static inline void tiny_softmax_row(const int8_t *input, int8_t *output, int32_t count, const int32_t *exponentials)
{
    int32_t largest = -128;
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        largest = input[i] > largest ? input[i] : largest;
    }
    for (int32_t i = 0; i < count; i++) {
        sum += (int32_t)(((uint32_t)exponentials[largest - input[i]] + (1u << 11)) >> 12);
    }
    const int32_t headroom = tiny_leading_zeros((uint32_t)sum);
    const int32_t fraction = tiny_one_over_one_plus((int32_t)(((uint32_t)sum << headroom) - UINT32_C(0x80000000)));
    for (int32_t i = 0; i < count; i++) {
        const int32_t product = tiny_multiply_fixed(fraction, exponentials[largest - input[i]]);
        const int32_t value = tiny_divide_by_power_of_two(product, 35 - headroom) - 128;
        output[i] = (int8_t)(value > 127 ? 127 : value);
    }
}

/* As above with outputs of 16 bits; output and input lie apart. */
static inline void tiny_softmax_row_16(const int8_t *input, int16_t *output, int32_t count,
                                          const int32_t *exponentials)
{
    int32_t largest = -128;
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        largest = input[i] > largest ? input[i] : largest;
    }
    for (int32_t i = 0; i < count; i++) {
        sum += (int32_t)(((uint32_t)exponentials[largest - input[i]] + (1u << 11)) >> 12);
    }
    const int32_t headroom = tiny_leading_zeros((uint32_t)sum);
    const int32_t fraction = tiny_one_over_one_plus((int32_t)(((uint32_t)sum << headroom) - UINT32_C(0x80000000)));
    for (int32_t i = 0; i < count; i++) {
        const int32_t product = tiny_multiply_fixed(fraction, exponentials[largest - input[i]]);
        const int32_t value = tiny_divide_by_power_of_two(product, 27 - headroom) - 32768;
        output[i] = (int16_t)(value > 32767 ? 32767 : value);
    }
}

/* ln(x) in Q5 for x >= 1 in Q12. */
static inline int32_t tiny_log_of_one_or_more(int32_t x)
{
    const int32_t root_half = 1518500250;
    const int32_t fourth_root_half = 1805811301;
    const int32_t quarter = tiny_divide_by_power_of_two(INT32_C(1) << 29, 6);
    const int32_t headroom_a = tiny_leading_zeros((uint32_t)x);
    const int32_t shifted_a = tiny_scale_by_power_of_two(x, headroom_a - 1);
    const int32_t mantissa_a = tiny_scale_by_power_of_two(tiny_multiply_fixed(shifted_a, root_half), 1);
    const int32_t exponent_a =
        tiny_saturate((int64_t)tiny_scale_by_power_of_two(12 - headroom_a, 25) + quarter);
    const int32_t headroom_b = tiny_leading_zeros((uint32_t)tiny_multiply_fixed(x, root_half)) - 1;
    const int32_t mantissa_b = tiny_scale_by_power_of_two(x, headroom_b);
    const int32_t exponent_b =
        tiny_saturate((int64_t)tiny_scale_by_power_of_two(12 - headroom_b, 25) - quarter);
    const int32_t r = mantissa_a < mantissa_b ? mantissa_a : mantissa_b;
    const int32_t exponent = exponent_a > exponent_b ? exponent_a : exponent_b;
    const int32_t p = tiny_half_sum(r, fourth_root_half);
    const int32_t q = tiny_add(tiny_subtract(r, fourth_root_half), tiny_subtract(r, fourth_root_half));
    const int32_t qq = tiny_multiply_fixed(q, q);
    const int32_t numerator =
        tiny_add(tiny_multiply_fixed(q, r), tiny_multiply_fixed(tiny_multiply_fixed(q, qq), 117049297));
    const int32_t inner = tiny_add(tiny_add(1057819769, q), tiny_multiply_fixed(127690142, qq));
    const int32_t denominator = tiny_add(tiny_multiply_fixed(p, inner), tiny_multiply_fixed(638450708, q));
    const int32_t quotient = tiny_multiply_fixed(tiny_divide_by_power_of_two(numerator, 6),
                                                    tiny_one_over_one_plus(denominator));
    return tiny_scale_by_power_of_two(tiny_add(tiny_multiply_fixed(exponent, 1488522236), quotient), 1);
}

/*
 * One row of a log-softmax. sums[d] is exp(-d * scale) in Q12, scaled[d] is -d * scale in Q5; `multiplier` and `shift`
 * lead back from Q5 to differences of stored integers, of which those below `smallest` do not count.
 */
static inline void tiny_log_softmax_row(const int8_t *input, int8_t *output, int32_t count, const int32_t *sums,
                                           const int32_t *scaled, int32_t smallest, int32_t multiplier, int32_t shift)
{
    int32_t largest = -128;
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        largest = input[i] > largest ? input[i] : largest;
    }
    for (int32_t i = 0; i < count; i++) {
        sum += sums[largest - input[i]];
    }
    const int32_t log = tiny_log_of_one_or_more(sum);
    const int32_t representable = tiny_exact_any(tiny_add(log, INT32_MIN), multiplier, shift, 0);
    const int32_t below = representable > smallest - 1 ? representable : smallest - 1;
    for (int32_t i = 0; i < count; i++) {
        const int32_t d = largest - input[i];
        int32_t value = -128;
        if (-d > below) {
            value = tiny_divide_by_power_of_two(tiny_subtract(scaled[d], log), 22) + 127;
            value = tiny_limit(value, -128, 127);
        }
        output[i] = (int8_t)value;
    }
}

#endif
