/*
 * Sums of products of float32 numbers, several output channels at a time.
 *
 * Weights lie in blocks of output channels: for each input of the window one weight of every channel of the block, so that
 * they load in bursts. Products are added to each sum in the order of the inputs; Armv7E-M fuses them with the sum.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_PRODUCTS_H
#define THIMBLE_PRODUCTS_H

#include "thimble_integer.h"

#if THIMBLE_DSP_FLOAT
#define THIMBLE_FUSED4(x) \
    "vfma.f32 %[a], " x ", s0\n\tvfma.f32 %[b], " x ", s1\n\tvfma.f32 %[c], " x ", s2\n\tvfma.f32 %[d], " x ", s3\n\t"
#define THIMBLE_FUSED8(x) \
    THIMBLE_FUSED4(x) \
    "vfma.f32 %[e], " x ", s4\n\tvfma.f32 %[f], " x ", s5\n\tvfma.f32 %[g], " x ", s6\n\tvfma.f32 %[h], " x ", s7\n\t"
#define THIMBLE_SUMS4 [a] "+t"(sum[0]), [b] "+t"(sum[1]), [c] "+t"(sum[2]), [d] "+t"(sum[3])
#define THIMBLE_SUMS8 \
    THIMBLE_SUMS4, [e] "+t"(sum[4]), [f] "+t"(sum[5]), [g] "+t"(sum[6]), [h] "+t"(sum[7])
#endif

/* Adds n inputs, which may be 0, for one channel. */
THIMBLE_INLINE void thimble_products1(float *sum, const float *x, const float *w, int32_t n)
{
#if THIMBLE_DSP_FLOAT
    int32_t fours;
    __asm__ volatile("asrs %[fours], %[n], #2\n\t"
                     "beq 2f\n"
                     "1:\n\t"
                     "vldmia %[x]!, {s4-s7}\n\t"
                     "vldmia %[w]!, {s0-s3}\n\t"
                     "vfma.f32 %[a], s4, s0\n\tvfma.f32 %[a], s5, s1\n\tvfma.f32 %[a], s6, s2\n\tvfma.f32 %[a], s7, s3\n\t"
                     "subs %[fours], #1\n\t"
                     "bne 1b\n"
                     "2:\n\t"
                     "ands %[n], %[n], #3\n\t"
                     "beq 4f\n"
                     "3:\n\t"
                     "vldmia %[x]!, {s4}\n\t"
                     "vldmia %[w]!, {s0}\n\t"
                     "vfma.f32 %[a], s4, s0\n\t"
                     "subs %[n], #1\n\t"
                     "bne 3b\n"
                     "4:"
                     : [a] "+t"(sum[0]), [x] "+r"(x), [w] "+r"(w), [n] "+r"(n), [fours] "=&r"(fours)
                     :
                     : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "cc", "memory");
#else
    for (int32_t i = 0; i < n; i++) {
        sum[0] += x[i] * w[i];
    }
#endif
}

/* The same for four channels. */
THIMBLE_INLINE void thimble_products4(float *sum, const float *x, const float *w, int32_t n)
{
#if THIMBLE_DSP_FLOAT
    int32_t fours;
    __asm__ volatile("asrs %[fours], %[n], #2\n\t"
                     "beq 2f\n"
                     "1:\n\t"
                     "vldmia %[x]!, {s4-s7}\n\t"
                     "vldmia %[w]!, {s0-s3}\n\t" THIMBLE_FUSED4("s4")
                     "vldmia %[w]!, {s0-s3}\n\t" THIMBLE_FUSED4("s5")
                     "vldmia %[w]!, {s0-s3}\n\t" THIMBLE_FUSED4("s6")
                     "vldmia %[w]!, {s0-s3}\n\t" THIMBLE_FUSED4("s7")
                     "subs %[fours], #1\n\t"
                     "bne 1b\n"
                     "2:\n\t"
                     "ands %[n], %[n], #3\n\t"
                     "beq 4f\n"
                     "3:\n\t"
                     "vldmia %[x]!, {s4}\n\t"
                     "vldmia %[w]!, {s0-s3}\n\t" THIMBLE_FUSED4("s4")
                     "subs %[n], #1\n\t"
                     "bne 3b\n"
                     "4:"
                     : THIMBLE_SUMS4, [x] "+r"(x), [w] "+r"(w), [n] "+r"(n), [fours] "=&r"(fours)
                     :
                     : "s0", "s1", "s2", "s3",
                       "s4", "s5", "s6", "s7", "cc", "memory");
#else
    for (int32_t i = 0; i < n; i++, w += 4) {
        const float value = x[i];
        sum[0] += value * w[0];
        sum[1] += value * w[1];
        sum[2] += value * w[2];
        sum[3] += value * w[3];
    }
#endif
}

/* The same for eight channels. */
THIMBLE_INLINE void thimble_products8(float *sum, const float *x, const float *w, int32_t n)
{
#if THIMBLE_DSP_FLOAT
    int32_t fours;
    __asm__ volatile("asrs %[fours], %[n], #2\n\t"
                     "beq 2f\n"
                     "1:\n\t"
                     "vldmia %[x]!, {s8-s11}\n\t"
                     "vldmia %[w]!, {s0-s7}\n\t" THIMBLE_FUSED8("s8")
                     "vldmia %[w]!, {s0-s7}\n\t" THIMBLE_FUSED8("s9")
                     "vldmia %[w]!, {s0-s7}\n\t" THIMBLE_FUSED8("s10")
                     "vldmia %[w]!, {s0-s7}\n\t" THIMBLE_FUSED8("s11")
                     "subs %[fours], #1\n\t"
                     "bne 1b\n"
                     "2:\n\t"
                     "ands %[n], %[n], #3\n\t"
                     "beq 4f\n"
                     "3:\n\t"
                     "vldmia %[x]!, {s8}\n\t"
                     "vldmia %[w]!, {s0-s7}\n\t" THIMBLE_FUSED8("s8")
                     "subs %[n], #1\n\t"
                     "bne 3b\n"
                     "4:"
                     : THIMBLE_SUMS8, [x] "+r"(x), [w] "+r"(w), [n] "+r"(n), [fours] "=&r"(fours)
                     :
                     : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7",
                       "s8", "s9", "s10", "s11", "cc", "memory");
#else
    for (int32_t i = 0; i < n; i++, w += 8) {
        const float value = x[i];
        sum[0] += value * w[0];
        sum[1] += value * w[1];
        sum[2] += value * w[2];
        sum[3] += value * w[3];
        sum[4] += value * w[4];
        sum[5] += value * w[5];
        sum[6] += value * w[6];
        sum[7] += value * w[7];
    }
#endif
}

/* Adds n inputs, step apart, for one channel of their own. */
THIMBLE_INLINE void thimble_own_products1(float *sum, const float *x, const float *w, int32_t n, int32_t step)
{
    for (int32_t i = 0; i < n; i++) {
        sum[0] += x[i * step] * w[i];
    }
}

/* The same for four neighbouring channels; n is not 0. */
THIMBLE_INLINE void thimble_own_products4(float *sum, const float *x, const float *w, int32_t n, int32_t step)
{
#if THIMBLE_DSP_FLOAT
    __asm__ volatile("1:\n\t"
                     "vldmia %[x], {s4-s7}\n\t"
                     "vldmia %[w]!, {s0-s3}\n\t"
                     "add %[x], %[x], %[step], lsl #2\n\t"
                     "vfma.f32 %[a], s4, s0\n\tvfma.f32 %[b], s5, s1\n\t"
                     "vfma.f32 %[c], s6, s2\n\tvfma.f32 %[d], s7, s3\n\t"
                     "subs %[n], #1\n\t"
                     "bne 1b"
                     : THIMBLE_SUMS4, [x] "+r"(x), [w] "+r"(w), [n] "+r"(n)
                     : [step] "r"(step)
                     : "s0", "s1", "s2", "s3",
                       "s4", "s5", "s6", "s7", "cc", "memory");
#else
    for (int32_t i = 0; i < n; i++, x += step, w += 4) {
        sum[0] += x[0] * w[0];
        sum[1] += x[1] * w[1];
        sum[2] += x[2] * w[2];
        sum[3] += x[3] * w[3];
    }
#endif
}

/* The same for eight neighbouring channels; n is not 0. */
THIMBLE_INLINE void thimble_own_products8(float *sum, const float *x, const float *w, int32_t n, int32_t step)
{
#if THIMBLE_DSP_FLOAT
    __asm__ volatile("1:\n\t"
                     "vldmia %[x], {s8-s15}\n\t"
                     "vldmia %[w]!, {s0-s7}\n\t"
                     "add %[x], %[x], %[step], lsl #2\n\t"
                     "vfma.f32 %[a], s8, s0\n\tvfma.f32 %[b], s9, s1\n\t"
                     "vfma.f32 %[c], s10, s2\n\tvfma.f32 %[d], s11, s3\n\t"
                     "vfma.f32 %[e], s12, s4\n\tvfma.f32 %[f], s13, s5\n\t"
                     "vfma.f32 %[g], s14, s6\n\tvfma.f32 %[h], s15, s7\n\t"
                     "subs %[n], #1\n\t"
                     "bne 1b"
                     : THIMBLE_SUMS8, [x] "+r"(x), [w] "+r"(w), [n] "+r"(n)
                     : [step] "r"(step)
                     : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7",
                       "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", "cc", "memory");
#else
    for (int32_t i = 0; i < n; i++, x += step, w += 8) {
        sum[0] += x[0] * w[0];
        sum[1] += x[1] * w[1];
        sum[2] += x[2] * w[2];
        sum[3] += x[3] * w[3];
        sum[4] += x[4] * w[4];
        sum[5] += x[5] * w[5];
        sum[6] += x[6] * w[6];
        sum[7] += x[7] * w[7];
    }
#endif
}

#if THIMBLE_DSP_FLOAT
#undef THIMBLE_FUSED4
#undef THIMBLE_FUSED8
#undef THIMBLE_SUMS4
#undef THIMBLE_SUMS8
#endif

#endif
