/*
 * Depthwise convolution on Armv7E-M, four channels at a time, channels last.
 *
 * Weights are int16. For four channels: for each two kernel positions (i, i + 1) the pairs of weights of channels 0, 1, 2
 * and 3; for a position left over one weight of each channel. A word holds one position of four channels; PKHBT and PKHTB
 * join the words of two positions, SXTB16 makes a pair per channel of them, SMLAD adds two products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_DEPTHWISE_H
#define THIMBLE_DEPTHWISE_H

#include "thimble_integer.h"

#if THIMBLE_DSP

/* Two positions, whose words are in %[a] and %[b]. Weights begin at byte `at` of w. */
#define THIMBLE_PAIR_SUMS \
    "pkhbt %[p], %[a], %[b], lsl #16\n\t" \
    "pkhtb %[a], %[b], %[a], asr #16\n\t" \
    "ldrd %[b], %[u], [%[w], %[at]]\n\t" \
    "sxtb16 %[v], %[p]\n\t" \
    "smlad %[s0], %[v], %[b], %[s0]\n\t" \
    "sxtb16 %[p], %[p], ror #8\n\t" \
    "smlad %[s1], %[p], %[u], %[s1]\n\t" \
    "ldrd %[b], %[u], [%[w], %[at2]]\n\t" \
    "sxtb16 %[v], %[a]\n\t" \
    "smlad %[s2], %[v], %[b], %[s2]\n\t" \
    "sxtb16 %[a], %[a], ror #8\n\t" \
    "smlad %[s3], %[a], %[u], %[s3]"

#define THIMBLE_SINGLE_SUMS \
    "ldrd %[b], %[u], [%[w], %[at]]\n\t" \
    "sxtb16 %[p], %[a]\n\t" \
    "smlabb %[s0], %[p], %[b], %[s0]\n\t" \
    "smlatb %[s2], %[p], %[u], %[s2]\n\t" \
    "sxtb16 %[a], %[a], ror #8\n\t" \
    "smlabt %[s1], %[a], %[b], %[s1]\n\t" \
    "smlatt %[s3], %[a], %[u], %[s3]"

#define THIMBLE_SUMS [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3)

/* Adds positions at bytes o0 and o1 of x; all offsets are literals. */
#define THIMBLE_ADD_PAIR(x, o0, o1, w, at0) \
    do { \
        uint32_t a_, b_, p_, u_, v_; \
        __asm__ volatile("ldr %[a], [%[x], %[o0_]]\n\tldr %[b], [%[x], %[o1_]]\n\t" THIMBLE_PAIR_SUMS \
                         : THIMBLE_SUMS, [a] "=&r"(a_), [b] "=&r"(b_), [p] "=&r"(p_), [u] "=&r"(u_), [v] "=&r"(v_) \
                         : [x] "r"(x), [w] "r"(w), [o0_] "i"(o0), [o1_] "i"(o1), [at] "i"(at0), [at2] "i"((at0) + 8) \
                         : "memory"); \
    } while (0)

/* Adds the position at byte o0 of x. */
#define THIMBLE_ADD_SINGLE(x, o0, w, at0) \
    do { \
        uint32_t a_, b_, p_, u_; \
        __asm__ volatile("ldr %[a], [%[x], %[o0_]]\n\t" THIMBLE_SINGLE_SUMS \
                         : THIMBLE_SUMS, [a] "=&r"(a_), [b] "=&r"(b_), [p] "=&r"(p_), [u] "=&r"(u_) \
                         : [x] "r"(x), [w] "r"(w), [o0_] "i"(o0), [at] "i"(at0) \
                         : "memory"); \
    } while (0)

/* Adds positions i and i + 1 of the pointers `tap`, at byte c; i4 is 4 i. */
#define THIMBLE_ADD_TAP_PAIR(tap, i4, c, w, at0) \
    do { \
        uint32_t a_, b_, p_, u_, v_; \
        __asm__ volatile("ldrd %[a], %[b], [%[x], %[i]]\n\tldr %[a], [%[a], %[o]]\n\tldr %[b], [%[b], %[o]]\n\t" \
                         THIMBLE_PAIR_SUMS \
                         : THIMBLE_SUMS, [a] "=&r"(a_), [b] "=&r"(b_), [p] "=&r"(p_), [u] "=&r"(u_), [v] "=&r"(v_) \
                         : [x] "r"(tap), [w] "r"(w), [i] "i"(i4), [o] "r"(c), [at] "i"(at0), [at2] "i"((at0) + 8) \
                         : "memory"); \
    } while (0)

/* Adds position i. */
#define THIMBLE_ADD_TAP(tap, i4, c, w, at0) \
    do { \
        uint32_t a_, b_, p_, u_; \
        __asm__ volatile("ldr %[a], [%[x], %[i]]\n\tldr %[a], [%[a], %[o]]\n\t" THIMBLE_SINGLE_SUMS \
                         : THIMBLE_SUMS, [a] "=&r"(a_), [b] "=&r"(b_), [p] "=&r"(p_), [u] "=&r"(u_) \
                         : [x] "r"(tap), [w] "r"(w), [i] "i"(i4), [o] "r"(c), [at] "i"(at0) \
                         : "memory"); \
    } while (0)

#endif

#endif
