/*
 * Convolution tiles of Armv7E-M on weights in pairs: as many bytes as in panel.h, half the instructions that split them.
 *
 * Two weights e and o of neighbouring inputs x and y are the number h = 256 o + e, in 16 bits where both lie in -127..127. With
 * P = y - 128 and Q = 256 x + 127 - y, which fit 16 bits too, P h + Q e = 256 (x e + (y - 128) o) - e: one multiplication takes h
 * as it lies in memory, the other e, which SXTB16 takes from it. What is constant goes into the bias, the 256 is shifted out
 * of each sum, which must fit 24 bits.
 *
 * A panel has, for each group of four inputs and P pixels, P words with two numbers P of each pixel, then P words with two Q.
 * Weights lie in blocks of two channels, and the channel that may be left over: in a block a word of each channel for each
 * group. A layer of one pixel has blocks of four channels, and up to three single ones. `blocks` and `singles` of
 * struct thimble_tile count these.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_FOLDED_H
#define THIMBLE_FOLDED_H

#include "thimble_panel.h"

#if THIMBLE_DSP && !THIMBLE_HELIUM

#define THIMBLE_FOLD_WEIGHTS "ldrd r12, lr, [r1], #8\n\t"

/* Half a group of two channels: weights in r12 and lr, sums from r4 and from r8 on. */
#define THIMBLE_FOLD_HALF4 THIMBLE_HALF4
#define THIMBLE_FOLD_FIRST4 \
    "ldrd r2, r3, [r0, #8]\n\t" THIMBLE_FIRST("r6", "r2", "r12", "r4") THIMBLE_FIRST("r7", "r3", "r12", "r4") \
    THIMBLE_FIRST("r10", "r2", "lr", "r8") THIMBLE_FIRST("r11", "r3", "lr", "r8") \
    "ldrd r2, r3, [r0], #16\n\t" THIMBLE_FIRST("r5", "r3", "r12", "r4") THIMBLE_FIRST("r9", "r3", "lr", "r8") \
    THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r8", "r2", "lr")
#define THIMBLE_FOLD_HALF3 THIMBLE_HALF3
#define THIMBLE_FOLD_FIRST3 THIMBLE_FIRST_HALF3
#define THIMBLE_FOLD_HALF2 \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r5", "r3", "r12") \
    THIMBLE_MAC("r8", "r2", "lr") THIMBLE_MAC("r9", "r3", "lr")
#define THIMBLE_FOLD_FIRST2 \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_FIRST("r5", "r3", "r12", "r4") \
    THIMBLE_MAC("r4", "r2", "r12") THIMBLE_FIRST("r9", "r3", "lr", "r8") THIMBLE_MAC("r8", "r2", "lr")
#define THIMBLE_FOLD_HALF1 "ldr r2, [r0], #4\n\t" THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r8", "r2", "lr")
#define THIMBLE_FOLD_FIRST1 THIMBLE_FOLD_HALF1

#define THIMBLE_FOLD_ANY(first, second) THIMBLE_FOLD_WEIGHTS first THIMBLE_LOW second

/* Half a group of the channel left over: weights in lr, sums from r4 on. */
#define THIMBLE_FOLD_SINGLE4 THIMBLE_SINGLE_HALF4
#define THIMBLE_FOLD_SINGLE3 THIMBLE_SINGLE_HALF3
#define THIMBLE_FOLD_SINGLE2 "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr")
#define THIMBLE_FOLD_SINGLE1 "ldr r2, [r0], #4\n\t" THIMBLE_MAC("r4", "r2", "lr")

#define THIMBLE_FOLD_COPY4 THIMBLE_COPY_BIAS4
#define THIMBLE_FOLD_COPY3 THIMBLE_COPY_BIAS3
#define THIMBLE_FOLD_COPY2 "mov r5, r4\n"
#define THIMBLE_FOLD_COPY1 "\n"

#define THIMBLE_UNFOLD(a) "asr " a ", " a ", #8\n\t"
#define THIMBLE_UNFOLD1 THIMBLE_UNFOLD("r4")
#define THIMBLE_UNFOLD2 THIMBLE_UNFOLD1 THIMBLE_UNFOLD("r5")
#define THIMBLE_UNFOLD3 THIMBLE_UNFOLD2 THIMBLE_UNFOLD("r6")
#define THIMBLE_UNFOLD4 THIMBLE_UNFOLD3 THIMBLE_UNFOLD("r7")
#define THIMBLE_UNFOLD_BOTH1 THIMBLE_UNFOLD1 THIMBLE_UNFOLD("r8")
#define THIMBLE_UNFOLD_BOTH2 THIMBLE_UNFOLD2 THIMBLE_UNFOLD("r8") THIMBLE_UNFOLD("r9")
#define THIMBLE_UNFOLD_BOTH3 THIMBLE_UNFOLD3 THIMBLE_UNFOLD("r8") THIMBLE_UNFOLD("r9") THIMBLE_UNFOLD("r10")
#define THIMBLE_UNFOLD_BOTH4 \
    THIMBLE_UNFOLD4 THIMBLE_UNFOLD("r8") THIMBLE_UNFOLD("r9") THIMBLE_UNFOLD("r10") THIMBLE_UNFOLD("r11")

#define THIMBLE_FOLD_FINISH4(high, pair) THIMBLE_FINISH4(high, pair)
#define THIMBLE_FOLD_FINISH3(high, pair) THIMBLE_FINISH3(high, pair)
#define THIMBLE_FOLD_FINISH2(high, pair) \
    THIMBLE_ROUND2(high, pair, "r4", "r5") THIMBLE_ROUND2(high, pair, "r8", "r9") \
    "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5") THIMBLE_STORE2("r8", "r9")
#define THIMBLE_FOLD_FINISH1(high, pair) \
    pair THIMBLE_ROUND(high, "r4") pair THIMBLE_ROUND(high, "r8") \
    "str r12, [sp, #28]\n\tldr r2, [sp]\n\t" THIMBLE_STORE1("r4") THIMBLE_STORE1("r8")

#define THIMBLE_FOLD_LAST4(high, pair) THIMBLE_SINGLE_FINISH4(high, pair)
#define THIMBLE_FOLD_LAST3(high, pair) THIMBLE_SINGLE_FINISH3(high, pair)
#define THIMBLE_FOLD_LAST2(high, pair) \
    THIMBLE_ROUND2(high, pair, "r4", "r5") "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5")
#define THIMBLE_FOLD_LAST1(high, pair) \
    pair THIMBLE_ROUND(high, "r4") "str r12, [sp, #28]\n\tldr r2, [sp]\n\t" THIMBLE_STORE1("r4")

/* A tile of `pixels` pixels, two channels at a time; a group takes `size` bytes of code. */
#define THIMBLE_FOLD_OF(pixels, size, name, high, pair) \
    THIMBLE_TILE(name) \
    { \
        __asm__ volatile( \
            THIMBLE_ENTER(THIMBLE_END##pixels, "4", size) \
            "cmp r8, #0\n\t" \
            "beq 4f\n\t" \
            "str r8, [sp, #36]\n" \
            "1:\n\t" \
            "ldr r12, [sp, #24]\n\tldrd r4, r8, [r12], #8\n\tstr r12, [sp, #24]\n\tldr r0, [sp, #16]\n\t" \
            THIMBLE_FOLD_ANY(THIMBLE_FOLD_FIRST##pixels, THIMBLE_FOLD_HALF##pixels) \
            "ldr pc, [sp, #20]\n" \
            "2:\n\t" THIMBLE_FOLD_ANY(THIMBLE_FOLD_HALF##pixels, THIMBLE_FOLD_HALF##pixels) \
            THIMBLE_FOLD_ANY(THIMBLE_FOLD_HALF##pixels, THIMBLE_FOLD_HALF##pixels) \
            THIMBLE_FOLD_ANY(THIMBLE_FOLD_HALF##pixels, THIMBLE_FOLD_HALF##pixels) \
            THIMBLE_FOLD_ANY(THIMBLE_FOLD_HALF##pixels, THIMBLE_FOLD_HALF##pixels) \
            "ldr r2, [sp, #12]\n\tcmp r0, r2\n\tbne 2b\n"); \
        __asm__ volatile( \
            "3:\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" \
            THIMBLE_UNFOLD_BOTH##pixels THIMBLE_FOLD_FINISH##pixels(high, pair) \
            "str r2, [sp]\n\t" \
            "ldr r4, [sp, #36]\n\t" \
            "subs r4, r4, #1\n\t" \
            "str r4, [sp, #36]\n\t" \
            "bne 1b\n" \
            "4:\n\t" \
            "ldr r8, [sp, #48]\n\tcmp r8, #0\n\tbeq 7f\n\t" \
            "ldr r12, [sp, #24]\n\tldr r4, [r12], #4\n\tstr r12, [sp, #24]\n\t" \
            "ldrd r9, r0, [sp, #12]\n\t" THIMBLE_FOLD_COPY##pixels \
            "6:\n\t" \
            "ldr lr, [r1], #4\n\t" THIMBLE_FOLD_SINGLE##pixels \
            "sxtb16 lr, lr\n\t" THIMBLE_FOLD_SINGLE##pixels "cmp r0, r9\n\tbne 6b\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" THIMBLE_UNFOLD##pixels THIMBLE_FOLD_LAST##pixels(high, pair) \
            "7:\n\t" THIMBLE_LEAVE); \
    }

/* Four channels of the one pixel of a layer, a group. */
#define THIMBLE_FOLD_CHANNEL(a, w) "sxtb16 " w ", " w "\n\t" THIMBLE_MAC(a, "r9", w)
#define THIMBLE_FOLD_FOURS \
    "ldrd r8, r9, [r0], #8\n\tldmia r1!, {r2, r3, r12, lr}\n\t" THIMBLE_MAC("r4", "r8", "r2") \
    THIMBLE_MAC("r5", "r8", "r3") THIMBLE_MAC("r6", "r8", "r12") THIMBLE_MAC("r7", "r8", "lr") \
    THIMBLE_FOLD_CHANNEL("r4", "r2") THIMBLE_FOLD_CHANNEL("r5", "r3") THIMBLE_FOLD_CHANNEL("r6", "r12") \
    THIMBLE_FOLD_CHANNEL("r7", "lr")

/* The one pixel of a layer, four channels at a time. */
#define THIMBLE_FOLD_LINE(name, high, pair) \
    THIMBLE_TILE(name) \
    { \
        __asm__ volatile( \
            THIMBLE_ENTER(THIMBLE_END1, "4", "56") \
            "cmp r8, #0\n\t" \
            "beq 4f\n\t" \
            "str r8, [sp, #36]\n" \
            "1:\n\t" \
            "ldr r12, [sp, #24]\n\tldmia r12!, {r4-r7}\n\tstr r12, [sp, #24]\n\tldrd r11, r0, [sp, #12]\n\t" \
            THIMBLE_FOLD_FOURS \
            "ldr pc, [sp, #20]\n" \
            "2:\n\t" THIMBLE_FOLD_FOURS THIMBLE_FOLD_FOURS THIMBLE_FOLD_FOURS THIMBLE_FOLD_FOURS \
            "cmp r0, r11\n\tbne 2b\n"); \
        __asm__ volatile( \
            "3:\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" \
            THIMBLE_UNFOLD4 pair THIMBLE_ROUND(high, "r4") pair THIMBLE_ROUND(high, "r5") \
            pair THIMBLE_ROUND(high, "r6") pair THIMBLE_ROUND(high, "r7") \
            "str r12, [sp, #28]\n\tldr r2, [sp]\n\t" \
            THIMBLE_STORE1("r4") THIMBLE_STORE1("r5") THIMBLE_STORE1("r6") THIMBLE_STORE1("r7") \
            "str r2, [sp]\n\t" \
            "ldr r4, [sp, #36]\n\t" \
            "subs r4, r4, #1\n\t" \
            "str r4, [sp, #36]\n\t" \
            "bne 1b\n" \
            "4:\n\t" \
            "ldr r8, [sp, #48]\n\tcmp r8, #0\n\tbeq 7f\n" \
            "5:\n\t" \
            "ldr r12, [sp, #24]\n\tldr r4, [r12], #4\n\tstr r12, [sp, #24]\n\tldrd r9, r0, [sp, #12]\n" \
            "6:\n\t" \
            "ldr lr, [r1], #4\n\tldrd r2, r3, [r0], #8\n\t" \
            THIMBLE_MAC("r4", "r2", "lr") "sxtb16 lr, lr\n\t" THIMBLE_MAC("r4", "r3", "lr") \
            "cmp r0, r9\n\tbne 6b\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" THIMBLE_UNFOLD1 THIMBLE_FOLD_LAST1(high, pair) \
            "str r2, [sp]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 5b\n" \
            "7:\n\t" THIMBLE_LEAVE); \
    }

#define THIMBLE_FOLDS(style, high) \
    THIMBLE_FOLD_LINE(thimble_folds_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_FOLD_LINE(thimble_folds_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_FOLD_OF(1, "36", thimble_fold1_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_FOLD_OF(1, "36", thimble_fold1_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_FOLD_OF(2, "52", thimble_fold2_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_FOLD_OF(2, "52", thimble_fold2_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_FOLD_OF(3, "68", thimble_fold3_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_FOLD_OF(3, "68", thimble_fold3_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_FOLD_OF(4, "92", thimble_fold4_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_FOLD_OF(4, "92", thimble_fold4_##style##_same, high, THIMBLE_SAME)

THIMBLE_FOLDS(exact, THIMBLE_EXACT)
THIMBLE_FOLDS(clamped, THIMBLE_CLAMPED)
THIMBLE_FOLDS(single, THIMBLE_SINGLE)

/* Expands one word of inputs of one pixel to a panel of `pixels` pixels: the bytes of Q in order, then swapped. */
THIMBLE_INLINE uint32_t *thimble_fold_word(uint32_t *to, uint32_t word, int32_t pixels)
{
    uint32_t p, q;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(p) : "r"(0xFF80FF80u), "r"(word));
    __asm__("rev16 %0, %1" : "=r"(q) : "r"(word ^ 0x7F007F00u));
    to[0] = p;
    to[pixels] = q;
    return to + 2 * pixels;
}

/* Expands n inputs of one pixel, a multiple of 4, and returns where the next go. */
THIMBLE_INLINE uint32_t *thimble_fold(uint32_t *to, const int8_t *from, int32_t n, int32_t pixels)
{
    const int8_t *const end = from + n;
    uint32_t word;
    if ((n & 4) != 0) {
        memcpy(&word, from, sizeof word);
        to = thimble_fold_word(to, word, pixels);
        from += 4;
    }
    while (from != end) {
        memcpy(&word, from, sizeof word);
        to = thimble_fold_word(to, word, pixels);
        memcpy(&word, from + 4, sizeof word);
        to = thimble_fold_word(to, word, pixels);
        from += 8;
    }
    return to;
}

/* Expands n inputs, a multiple of 4 and not 0, of four pixels that lie `pitch` bytes apart. */
THIMBLE_NAKED thimble_fold_four(
    uint32_t *to __attribute__((unused)), const int8_t *from __attribute__((unused)),
    int32_t pitch __attribute__((unused)), int32_t n __attribute__((unused)))
{
    __asm__ volatile("push {r4-r11, lr}\n\t"
            "add r3, r3, r1\n\t"
            "add r12, r2, r2, lsl #1\n\t"
            "mvn lr, #0x007f007f\n"
            "1:\n\t"
            "ldr r5, [r1, r2]\n\t"
            "ldr r6, [r1, r2, lsl #1]\n\t"
            "ldr r7, [r1, r12]\n\t"
            "ldr r4, [r1], #4\n\t"
            "sxtab16 r8, lr, r4, ror #8\n\tsxtab16 r9, lr, r5, ror #8\n\t"
            "sxtab16 r10, lr, r6, ror #8\n\tsxtab16 r11, lr, r7, ror #8\n\t"
            "stmia r0!, {r8-r11}\n\t"
            "eor r4, r4, #0x7f007f00\n\teor r5, r5, #0x7f007f00\n\t"
            "eor r6, r6, #0x7f007f00\n\teor r7, r7, #0x7f007f00\n\t"
            "rev16 r4, r4\n\trev16 r5, r5\n\trev16 r6, r6\n\trev16 r7, r7\n\t"
            "stmia r0!, {r4-r7}\n\t"
            "cmp r1, r3\n\t"
            "bne 1b\n\t"
            "pop {r4-r11, pc}\n\t");
}
#endif

#endif
