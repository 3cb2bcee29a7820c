/*
 * An LSTM on int8 with an int16 cell state, in the fixed-point arithmetic of the TFLite reference kernels. Qm has m
 * integer bits: the integer x stands for x * 2^(m - 15).
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_LSTM_H
#define THIMBLE_LSTM_H

#include "thimble_dot.h"

/* x limited to int16. */
THIMBLE_INLINE int32_t thimble_limit_16(int32_t x)
{
#if THIMBLE_DSP
    int32_t result;
    __asm__("ssat %0, #16, %1" : "=r"(result) : "r"(x) : "cc");
    return result;
#else
    return x > 32767 ? 32767 : x < -32768 ? -32768 : x;
#endif
}

/* Rounding doubling high multiply of int16 numbers, of which not both are -32768. */
THIMBLE_INLINE int32_t thimble_multiply_16(int32_t a, int32_t b)
{
    return (a * b + 16384) >> 15;
}

/* x / 2^exponent, ties away from zero, for |x| <= 2^30 and 1 <= exponent <= 29. */
THIMBLE_INLINE int32_t thimble_round_shift(int32_t x, int32_t exponent)
{
    return (x + (x >> 31) + (INT32_C(1) << (exponent - 1))) >> exponent;
}

/* exp(a) in Q0 for a < 0 in Q`bits`: Taylor series around -1/8 in the last quarter, times exp of powers of two. */
static inline int32_t thimble_exp_16(int32_t a, int32_t bits)
{
    static const int16_t powers[7] = {25520, 19875, 12055, 4435, 600, 11, 0};
    const int32_t fraction = 15 - bits;
    const int32_t quarter = INT32_C(1) << (fraction - 2);
    const int32_t rest = (a & (quarter - 1)) - quarter;
    const int32_t remainder = rest - a;
    const int32_t x = rest * (INT32_C(1) << bits) + 4096;
    const int32_t x2 = thimble_multiply_16(x, x);
    const int32_t x3 = thimble_multiply_16(x2, x);
    const int32_t x4 = thimble_multiply_16(x2, x2);
    const int32_t tail = thimble_multiply_16(thimble_round_shift(x4, 2) + x3, 10923);
    int32_t result = thimble_limit_16(28918 + thimble_multiply_16(28918, x + thimble_round_shift(tail + x2, 1)));
    if (bits > 5 && a < -(INT32_C(1) << (20 - bits))) {
        return 0;
    }
    for (int32_t i = 0; i - 2 < bits && i < 7; i++) {
        if ((remainder & (quarter << i)) != 0) {
            result = thimble_multiply_16(result, powers[i]);
        }
    }
    return result;
}

/* 2 / (1 + a) in Q2 for 0 <= a < 1 in Q0: three Newton-Raphson steps from 48/17 - 32/17 d. */
static inline int32_t thimble_twice_reciprocal_16(int32_t a)
{
    const int32_t half = (a + 32768) >> 1;
    int32_t x = 23130 + thimble_multiply_16(half, -15420);
    for (int32_t step = 0; step < 3; step++) {
        const int32_t error = 8192 - thimble_multiply_16(half, x);
        x += thimble_multiply_16(x, error) * 4;
    }
    return x;
}

/* 1 / (1 + exp(-x)) in Q0 for x in Q3. */
static inline int32_t thimble_logistic_16(int32_t x)
{
    if (x == 0) {
        return 16384;
    }
    const int32_t positive = thimble_limit_16(thimble_twice_reciprocal_16(thimble_exp_16(x < 0 ? x : -x, 3)) * 2);
    return x > 0 ? positive : 32767 - positive;
}

/* tanh(x) in Q0 for x in Q`bits`. */
static inline int32_t thimble_tanh_16(int32_t x, int32_t bits)
{
    if (x == 0) {
        return 0;
    }
    const int32_t power = thimble_exp_16(x < 0 ? x : -x, bits + 1);
    const int32_t magnitude = thimble_limit_16((thimble_twice_reciprocal_16(power) - 8192) * 4);
    return x < 0 ? -magnitude : magnitude;
}

/*
 * Sums of one gate: gate[i] = limit(start + requantize(bias[i] + row i of the weights times the vector)), where start is
 * gate[i] if `add`, else 0. Weights lie in blocks of four rows, see dot.h, then row by row; factor is multiplier and shift.
 */
static inline void thimble_gate(int16_t *gate, const int8_t *weights, const int32_t *bias, const int8_t *vector,
                                int32_t rows, int32_t depth, const int32_t *factor, int32_t add)
{
    const int32_t whole = rows & ~3;
    for (int32_t i = 0; i < whole; i += 4) {
        struct thimble_sum4 sum = {bias[i], bias[i + 1], bias[i + 2], bias[i + 3]};
        sum = thimble_run4(sum, vector, weights, depth);
        weights += 4 * depth;
        gate[i] = (int16_t)thimble_limit_16(thimble_exact_any(sum.s0, factor[0], factor[1], add ? gate[i] : 0));
        gate[i + 1] = (int16_t)thimble_limit_16(thimble_exact_any(sum.s1, factor[0], factor[1], add ? gate[i + 1] : 0));
        gate[i + 2] = (int16_t)thimble_limit_16(thimble_exact_any(sum.s2, factor[0], factor[1], add ? gate[i + 2] : 0));
        gate[i + 3] = (int16_t)thimble_limit_16(thimble_exact_any(sum.s3, factor[0], factor[1], add ? gate[i + 3] : 0));
    }
    for (int32_t i = whole; i < rows; i++) {
        const int32_t sum = thimble_run1(bias[i], vector, weights, depth);
        weights += depth;
        gate[i] = (int16_t)thimble_limit_16(thimble_exact_any(sum, factor[0], factor[1], add ? gate[i] : 0));
    }
}

/*
 * The cell from its sums: what the gates hold becomes the new cell state and hidden state. A coupled cell has no input
 * gate: `in` is 0. clip limits the cell state; factor is multiplier and shift of the hidden state.
 */
static inline void thimble_lstm_cell(const int16_t *in, const int16_t *out, const int16_t *forget,
                                     const int16_t *candidate, int8_t *hidden, int16_t *cell, int32_t units,
                                     int32_t cell_bits, int32_t clip, const int32_t *factor, int32_t zero_point)
{
    for (int32_t i = 0; i < units; i++) {
        const int32_t kept = thimble_logistic_16(forget[i]);
        const int32_t taken = in == 0 ? 32767 - kept : thimble_logistic_16(in[i]);
        const int32_t old = thimble_round_shift(kept * cell[i], 15);
        const int32_t added = thimble_round_shift(taken * thimble_tanh_16(candidate[i], 3), 15 + cell_bits);
        const int32_t state = thimble_limit(thimble_limit_16(old + added), -clip, clip);
        const int32_t shown = thimble_logistic_16(out[i]) * thimble_tanh_16(state, cell_bits);
        cell[i] = (int16_t)state;
        hidden[i] = thimble_int8(thimble_exact_any(shown, factor[0], factor[1], zero_point), -128, 127);
    }
}

#endif
