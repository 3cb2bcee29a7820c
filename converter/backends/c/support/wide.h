/*
 * Convolution tiles of Armv7E-M on weights of 16 bits: those of panel.h without the instructions that split weights, for twice the bytes.
 *
 * Panels are those of panel.h. Weights lie in blocks of two channels, and the channel that may be left over: in a block a word with inputs
 * (0, 2) of each channel, then one with inputs (1, 3), for each group of four inputs. A layer of one pixel has blocks of four channels, and up
 * to three single ones. `blocks` and `singles` of struct thimble_tile count these.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_WIDE_H
#define THIMBLE_WIDE_H

#include "thimble_panel.h"

#if THIMBLE_DSP && !THIMBLE_HELIUM

#define THIMBLE_WIDE_WEIGHTS "ldrd r12, lr, [r1], #8\n\t"

/* Half a group of two channels: sums from r4 and from r8 on. */
#define THIMBLE_WIDE_HALF4 THIMBLE_WIDE_WEIGHTS THIMBLE_HALF4
#define THIMBLE_WIDE_FIRST4 \
    THIMBLE_WIDE_WEIGHTS \
    "ldrd r2, r3, [r0, #8]\n\t" THIMBLE_FIRST("r6", "r2", "r12", "r4") THIMBLE_FIRST("r7", "r3", "r12", "r4") \
    THIMBLE_FIRST("r10", "r2", "lr", "r8") THIMBLE_FIRST("r11", "r3", "lr", "r8") \
    "ldrd r2, r3, [r0], #16\n\t" THIMBLE_FIRST("r5", "r3", "r12", "r4") THIMBLE_FIRST("r9", "r3", "lr", "r8") \
    THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r8", "r2", "lr")
#define THIMBLE_WIDE_HALF3 THIMBLE_WIDE_WEIGHTS THIMBLE_HALF3
#define THIMBLE_WIDE_FIRST3 THIMBLE_WIDE_WEIGHTS THIMBLE_FIRST_HALF3
#define THIMBLE_WIDE_HALF2 \
    THIMBLE_WIDE_WEIGHTS "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r5", "r3", "r12") \
    THIMBLE_MAC("r8", "r2", "lr") THIMBLE_MAC("r9", "r3", "lr")
#define THIMBLE_WIDE_FIRST2 \
    THIMBLE_WIDE_WEIGHTS "ldrd r2, r3, [r0], #8\n\t" THIMBLE_FIRST("r5", "r3", "r12", "r4") \
    THIMBLE_MAC("r4", "r2", "r12") THIMBLE_FIRST("r9", "r3", "lr", "r8") THIMBLE_MAC("r8", "r2", "lr")
#define THIMBLE_WIDE_HALF1 \
    THIMBLE_WIDE_WEIGHTS "ldr r2, [r0], #4\n\t" THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r8", "r2", "lr")
#define THIMBLE_WIDE_FIRST1 THIMBLE_WIDE_HALF1

/* Half a group of the channel left over: weights in lr, sums from r4 on. */
#define THIMBLE_WIDE_SINGLE2 "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr")
#define THIMBLE_WIDE_SINGLE1 "ldr r2, [r0], #4\n\t" THIMBLE_MAC("r4", "r2", "lr")
#define THIMBLE_WIDE_SINGLE3 THIMBLE_SINGLE_HALF3
#define THIMBLE_WIDE_SINGLE4 THIMBLE_SINGLE_HALF4

#define THIMBLE_WIDE_COPY4 THIMBLE_COPY_BIAS4
#define THIMBLE_WIDE_COPY3 THIMBLE_COPY_BIAS3
#define THIMBLE_WIDE_COPY2 "mov r5, r4\n"
#define THIMBLE_WIDE_COPY1 "\n"

#define THIMBLE_WIDE_FINISH4(high, pair) THIMBLE_FINISH4(high, pair)
#define THIMBLE_WIDE_FINISH3(high, pair) THIMBLE_FINISH3(high, pair)
#define THIMBLE_WIDE_FINISH2(high, pair) \
    THIMBLE_ROUND2(high, pair, "r4", "r5") THIMBLE_ROUND2(high, pair, "r8", "r9") \
    "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5") THIMBLE_STORE2("r8", "r9")
#define THIMBLE_WIDE_FINISH1(high, pair) \
    pair THIMBLE_ROUND(high, "r4") pair THIMBLE_ROUND(high, "r8") \
    "str r12, [sp, #28]\n\tldr r2, [sp]\n\t" THIMBLE_STORE1("r4") THIMBLE_STORE1("r8")

#define THIMBLE_WIDE_LAST4(high, pair) THIMBLE_SINGLE_FINISH4(high, pair)
#define THIMBLE_WIDE_LAST3(high, pair) THIMBLE_SINGLE_FINISH3(high, pair)
#define THIMBLE_WIDE_LAST2(high, pair) \
    THIMBLE_ROUND2(high, pair, "r4", "r5") "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5")
#define THIMBLE_WIDE_LAST1(high, pair) \
    pair THIMBLE_ROUND(high, "r4") "str r12, [sp, #28]\n\tldr r2, [sp]\n\t" THIMBLE_STORE1("r4")

/* A tile of `pixels` pixels, two channels at a time; a group takes `size` bytes of code. */
#define THIMBLE_WIDE_OF(pixels, size, name, high, pair) \
    THIMBLE_TILE(name) \
    { \
        __asm__ volatile( \
            THIMBLE_ENTER(THIMBLE_END##pixels, "4", size) \
            "cmp r8, #0\n\t" \
            "beq 4f\n\t" \
            "str r8, [sp, #36]\n" \
            "1:\n\t" \
            "ldr r12, [sp, #24]\n\tldrd r4, r8, [r12], #8\n\tstr r12, [sp, #24]\n\tldr r0, [sp, #16]\n\t" \
            THIMBLE_WIDE_FIRST##pixels THIMBLE_WIDE_HALF##pixels \
            "ldr pc, [sp, #20]\n" \
            "2:\n\t" THIMBLE_WIDE_HALF##pixels THIMBLE_WIDE_HALF##pixels THIMBLE_WIDE_HALF##pixels \
            THIMBLE_WIDE_HALF##pixels THIMBLE_WIDE_HALF##pixels THIMBLE_WIDE_HALF##pixels \
            THIMBLE_WIDE_HALF##pixels THIMBLE_WIDE_HALF##pixels \
            "ldr r2, [sp, #12]\n\tcmp r0, r2\n\tbne 2b\n"); \
        __asm__ volatile( \
            "3:\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" \
            THIMBLE_WIDE_FINISH##pixels(high, pair) \
            "str r2, [sp]\n\t" \
            "ldr r4, [sp, #36]\n\t" \
            "subs r4, r4, #1\n\t" \
            "str r4, [sp, #36]\n\t" \
            "bne 1b\n" \
            "4:\n\t" \
            "ldr r8, [sp, #48]\n\tcmp r8, #0\n\tbeq 7f\n\t" \
            "ldr r12, [sp, #24]\n\tldr r4, [r12], #4\n\tstr r12, [sp, #24]\n\t" \
            "ldrd r9, r0, [sp, #12]\n\t" THIMBLE_WIDE_COPY##pixels \
            "6:\n\t" \
            "ldr lr, [r1], #4\n\t" THIMBLE_WIDE_SINGLE##pixels \
            "ldr lr, [r1], #4\n\t" THIMBLE_WIDE_SINGLE##pixels "cmp r0, r9\n\tbne 6b\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" THIMBLE_WIDE_LAST##pixels(high, pair) \
            "7:\n\t" THIMBLE_LEAVE); \
    }

/* Four channels of the one pixel of a layer, half a group: inputs in `x`. */
#define THIMBLE_WIDE_FOUR(x) \
    "ldmia r1!, {r2, r3, r12, lr}\n\t" THIMBLE_MAC("r4", x, "r2") THIMBLE_MAC("r5", x, "r3") \
    THIMBLE_MAC("r6", x, "r12") THIMBLE_MAC("r7", x, "lr")
#define THIMBLE_WIDE_FOURS "ldrd r8, r9, [r0], #8\n\t" THIMBLE_WIDE_FOUR("r8") THIMBLE_WIDE_FOUR("r9")

/* The one pixel of a layer, four channels at a time. */
#define THIMBLE_WIDE_LINE(name, high, pair) \
    THIMBLE_TILE(name) \
    { \
        __asm__ volatile( \
            THIMBLE_ENTER(THIMBLE_END1, "2", "44") \
            "cmp r8, #0\n\t" \
            "beq 4f\n\t" \
            "str r8, [sp, #36]\n" \
            "1:\n\t" \
            "ldr r12, [sp, #24]\n\tldmia r12!, {r4-r7}\n\tstr r12, [sp, #24]\n\tldrd r11, r0, [sp, #12]\n\t" \
            THIMBLE_WIDE_FOURS \
            "ldr pc, [sp, #20]\n" \
            "2:\n\t" THIMBLE_WIDE_FOURS THIMBLE_WIDE_FOURS \
            "cmp r0, r11\n\tbne 2b\n"); \
        __asm__ volatile( \
            "3:\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" \
            pair THIMBLE_ROUND(high, "r4") pair THIMBLE_ROUND(high, "r5") \
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
            "ldrd r12, lr, [r1], #8\n\tldrd r2, r3, [r0], #8\n\t" \
            THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r4", "r3", "lr") "cmp r0, r9\n\tbne 6b\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" THIMBLE_WIDE_LAST1(high, pair) \
            "str r2, [sp]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 5b\n" \
            "7:\n\t" THIMBLE_LEAVE); \
    }

#define THIMBLE_WIDES(style, high) \
    THIMBLE_WIDE_LINE(thimble_line_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_WIDE_LINE(thimble_line_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_WIDE_OF(1, "32", thimble_wide1_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_WIDE_OF(1, "32", thimble_wide1_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_WIDE_OF(2, "48", thimble_wide2_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_WIDE_OF(2, "48", thimble_wide2_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_WIDE_OF(3, "64", thimble_wide3_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_WIDE_OF(3, "64", thimble_wide3_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_WIDE_OF(4, "88", thimble_wide4_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_WIDE_OF(4, "88", thimble_wide4_##style##_same, high, THIMBLE_SAME)

THIMBLE_WIDES(exact, THIMBLE_EXACT)
THIMBLE_WIDES(clamped, THIMBLE_CLAMPED)
THIMBLE_WIDES(single, THIMBLE_SINGLE)
#if THIMBLE_DSP_FLOAT
THIMBLE_WIDES(float, THIMBLE_FLOAT)
#endif

#endif

#endif
