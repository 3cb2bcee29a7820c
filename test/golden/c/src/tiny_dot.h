/*
 * Sums of products of int8 numbers, four output channels at a time.
 *
 * Weights lie in blocks of four output channels. Within a block, a run of n inputs has n/4 groups of 16 weights, four
 * inputs for channel 0, then channel 1, 2, 3; the n%4 inputs left over follow with four weights each, one per channel.
 * Armv7E-M multiplies two pairs at once; the sums are the same.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef TINY_DOT_H
#define TINY_DOT_H

#include "tiny_integer.h"

struct tiny_sum4 {
    int32_t s0, s1, s2, s3;
};

#if TINY_HELIUM
/*
 * Adds n inputs, a multiple of 4 and not 0, for four channels. VLD4 of words reads 16 weights of each channel; what is
 * left, by words that lie 16 bytes apart, so that nothing behind the weights is read.
 */
TINY_NAKED tiny_groups4(
    struct tiny_sum4 *sum __attribute__((unused)), const int8_t *x __attribute__((unused)),
    const int8_t *w __attribute__((unused)), int32_t n __attribute__((unused)))
{
#define TINY_FOUR_CHANNELS \
    "vmladava.s8 r4, q0, q4\n\tvmladava.s8 r6, q1, q4\n\tvmladava.s8 r8, q2, q4\n\tvmladava.s8 r10, q3, q4\n\t"
    __asm__ volatile("push {r4, r6, r8, r10, r11, lr}\n\t"
                     "vpush {d8-d11}\n\t"
                     "ldrd r4, r6, [r0]\n\t"
                     "ldrd r8, r10, [r0, #8]\n\t"
                     "lsr r12, r3, #4\n\t"
                     "wls lr, r12, 2f\n"
                     "1:\n\t"
                     "vldrb.u8 q4, [r1], #16\n\t"
                     "vld40.32 {q0, q1, q2, q3}, [r2]\n\t"
                     "vld41.32 {q0, q1, q2, q3}, [r2]\n\t"
                     "vld42.32 {q0, q1, q2, q3}, [r2]\n\t"
                     "vld43.32 {q0, q1, q2, q3}, [r2]!\n\t" TINY_FOUR_CHANNELS
                     "le lr, 1b\n"
                     "2:\n\t"
                     "ands r3, r3, #15\n\t"
                     "beq 3f\n\t"
                     "vctp.8 r3\n\t"
                     "mov r12, #0\n\t"
                     "vidup.u32 q5, r12, #4\n\t"
                     "vshl.i32 q5, q5, #2\n\t"
                     "vadd.i32 q5, q5, r2\n\t"
                     "vpstttt\n\t"
                     "vldrbt.u8 q4, [r1]\n\t"
                     "vldrwt.u32 q0, [q5]\n\t"
                     "vldrwt.u32 q1, [q5, #4]\n\t"
                     "vldrwt.u32 q2, [q5, #8]\n\t"
                     "vpst\n\t"
                     "vldrwt.u32 q3, [q5, #12]\n\t" TINY_FOUR_CHANNELS
                     "3:\n\t"
                     "strd r4, r6, [r0]\n\t"
                     "strd r8, r10, [r0, #8]\n\t"
                     "vpop {d8-d11}\n\t"
                     "pop {r4, r6, r8, r10, r11, pc}\n\t");
#undef TINY_FOUR_CHANNELS
}
#endif

#if TINY_DSP
/* Four int8 as two pairs of int16: bytes 0 and 2, bytes 1 and 3. */
struct tiny_pairs {
    uint32_t even, odd;
};

TINY_INLINE struct tiny_pairs tiny_load_pairs(const int8_t *from)
{
    uint32_t word;
    struct tiny_pairs pairs;
    memcpy(&word, from, sizeof word);
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pairs.odd) : "r"(word));
    __asm__("sxtb16 %0, %1" : "=r"(pairs.even) : "r"(word));
    return pairs;
}

TINY_INLINE int32_t tiny_add_pairs(int32_t sum, struct tiny_pairs a, struct tiny_pairs b)
{
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a.even), "r"(b.even));
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a.odd), "r"(b.odd));
    return sum;
}
#endif

#if TINY_DSP && !TINY_HELIUM
/*
 * Adds n inputs, a multiple of 4 and not 0, for four channels; w begins at a word.
 * Naked, since it takes all 14 registers.
 */
TINY_NAKED tiny_groups4(
    struct tiny_sum4 *sum __attribute__((unused)), const int8_t *x __attribute__((unused)),
    const int8_t *w __attribute__((unused)), int32_t n __attribute__((unused)))
{
#define TINY_CHANNEL(sum, w) \
    "sxtb16 r10, " w "\n\tsmlad " sum ", r8, r10, " sum "\n\t" \
    "sxtb16 " w ", " w ", ror #8\n\tsmlad " sum ", r9, " w ", " sum "\n\t"
#define TINY_FOUR_CHANNELS \
    "ldr r9, [r1], #4\n\tldmia r0!, {r2, r3, r12, lr}\n\tsxtb16 r8, r9\n\tsxtb16 r9, r9, ror #8\n\t" \
    TINY_CHANNEL("r4", "r2") TINY_CHANNEL("r5", "r3") TINY_CHANNEL("r6", "r12") TINY_CHANNEL("r7", "lr")
    __asm__ volatile("push {r0, r4-r11, lr}\n\t"
                     "ldmia r0, {r4-r7}\n\t"
                     "add r11, r1, r3\n\t"
                     "mov r0, r2\n\t"
                     "tst r3, #4\n\t"
                     "bne 2f\n"
                     "1:\n\t" TINY_FOUR_CHANNELS
                     "2:\n\t" TINY_FOUR_CHANNELS
                     "cmp r1, r11\n\t"
                     "bne 1b\n\t"
                     "pop {r0}\n\t"
                     "stmia r0, {r4-r7}\n\t"
                     "pop {r4-r11, pc}\n\t");
#undef TINY_CHANNEL
#undef TINY_FOUR_CHANNELS
}
#endif

#if TINY_SHORT
/*
 * The same for Armv6-M: sums in r8 to r11, where ADD reaches them; one number counts through the inputs and through the
 * weights of the four channels, which are 12 bytes further on after each group.
 */
TINY_NAKED tiny_groups4(
    struct tiny_sum4 *sum __attribute__((unused)), const int8_t *x __attribute__((unused)),
    const int8_t *w __attribute__((unused)), int32_t n __attribute__((unused)))
{
#define TINY_CHANNEL(sum, w) "ldrsb r7, [" w ", r5]\n\tmuls r7, r6, r7\n\tadd " sum ", r7\n\t"
#define TINY_FOUR_CHANNELS \
    "ldrsb r6, [r0, r5]\n\t" TINY_CHANNEL("r8", "r1") TINY_CHANNEL("r9", "r2") \
    TINY_CHANNEL("r10", "r3") TINY_CHANNEL("r11", "r4")
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\t"
                     "mov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "push {r0, r4-r7}\n\t"
                     "ldmia r0!, {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "lsls r3, r3, #2\n\t"
                     "mov r12, r3\n\t"
                     "movs r0, r1\n\t"
                     "movs r1, r2\n\t"
                     "adds r2, r1, #4\n\t"
                     "adds r3, r2, #4\n\t"
                     "adds r4, r3, #4\n\t"
                     "movs r5, #0\n"
                     "1:\n\t" TINY_FOUR_CHANNELS "adds r5, #1\n\t" TINY_FOUR_CHANNELS "adds r5, #1\n\t"
                     TINY_FOUR_CHANNELS "adds r5, #1\n\t" TINY_FOUR_CHANNELS "adds r5, #13\n\t"
                     "subs r0, #12\n\t"
                     "cmp r5, r12\n\t"
                     "bne 1b\n\t"
                     "pop {r0}\n\t"
                     "mov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "stmia r0!, {r4-r7}\n\t"
                     "pop {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "pop {r4-r7, pc}\n\t");
#undef TINY_CHANNEL
#undef TINY_FOUR_CHANNELS
}
#endif

/* Adds x[0..3] times one group of weights. */
TINY_INLINE struct tiny_sum4 tiny_group4(struct tiny_sum4 sum, const int8_t *x, const int8_t *w)
{
#if TINY_DSP
    const struct tiny_pairs inputs = tiny_load_pairs(x);
    sum.s0 = tiny_add_pairs(sum.s0, inputs, tiny_load_pairs(w));
    sum.s1 = tiny_add_pairs(sum.s1, inputs, tiny_load_pairs(w + 4));
    sum.s2 = tiny_add_pairs(sum.s2, inputs, tiny_load_pairs(w + 8));
    sum.s3 = tiny_add_pairs(sum.s3, inputs, tiny_load_pairs(w + 12));
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
TINY_INLINE struct tiny_sum4 tiny_rest4(struct tiny_sum4 sum, int32_t x, const int8_t *w)
{
    sum.s0 += x * w[0];
    sum.s1 += x * w[1];
    sum.s2 += x * w[2];
    sum.s3 += x * w[3];
    return sum;
}

/* Adds a run of n inputs for four channels. */
TINY_INLINE struct tiny_sum4 tiny_run4(struct tiny_sum4 sum, const int8_t *x, const int8_t *w, int32_t n)
{
    const int8_t *const end = x + (n & ~3);
#if TINY_DSP
    if (n >= 4 && ((uintptr_t)w & 3) == 0) {
        tiny_groups4(&sum, x, w, n & ~3);
        x = end;
        w += 4 * (n & ~3);
    }
#elif TINY_SHORT
    if (n >= 8) {
        tiny_groups4(&sum, x, w, n & ~3);
        x = end;
        w += 4 * (n & ~3);
    }
#endif
    for (; x != end; x += 4, w += 16) {
        sum = tiny_group4(sum, x, w);
    }
    if ((n & 3) > 0) {
        sum = tiny_rest4(sum, x[0], w);
    }
    if ((n & 3) > 1) {
        sum = tiny_rest4(sum, x[1], w + 4);
    }
    if ((n & 3) > 2) {
        sum = tiny_rest4(sum, x[2], w + 8);
    }
    return sum;
}

/* Adds a run of n inputs for one channel, whose weights lie in the order of the inputs. */
TINY_INLINE int32_t tiny_run1(int32_t sum, const int8_t *x, const int8_t *w, int32_t n)
{
    const int8_t *const end = x + (n & ~3);
    for (; x != end; x += 4, w += 4) {
#if TINY_DSP
        sum = tiny_add_pairs(sum, tiny_load_pairs(x), tiny_load_pairs(w));
#else
        sum += (int32_t)x[0] * w[0] + (int32_t)x[1] * w[1] + (int32_t)x[2] * w[2] + (int32_t)x[3] * w[3];
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
TINY_INLINE int32_t tiny_run_sum(int32_t sum, const int8_t *x, int32_t n)
{
    const int8_t *const end = x + n;
    for (; x != end; x++) {
        sum += *x;
    }
    return sum;
}

#endif
