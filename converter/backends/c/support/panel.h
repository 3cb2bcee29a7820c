/*
 * Convolution tiles of Armv7E-M: one to four output pixels by all channels, bit-equal to the portable loops.
 *
 * The inputs of the pixels of a tile are expanded once to int16, the panel: for each group of four inputs and P pixels,
 * P words with inputs (0, 2) of each pixel, then P words with inputs (1, 3). SXTB16 splits a word of weights alike.
 * Weights lie as in dot.h: blocks of four channels, in a block 16 bytes per group; the channels left over one by one.
 *
 * A sum becomes an output by a pair of numbers: factor = twice the multiplier (at least 2^31, so that SMMLAR with the
 * sum itself as addend sees the negative number factor - 2^32), and one less than the shift to the right.
 *
 * The functions are naked: all 14 registers are needed, at every level of optimization.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_PANEL_H
#define THIMBLE_PANEL_H

#include "thimble_dot.h"

#if THIMBLE_DSP

/* What all tiles of a layer share. The functions below load it at once. */
struct thimble_tile {
    const int32_t *biases;
    const int32_t *factors; /* pairs of factor and shift */
    int32_t offset;         /* twice the zero point of the output, and one */
    int32_t pitch;          /* bytes from one output pixel to the next */
    int32_t blocks;         /* of four channels */
    int32_t singles;        /* channels after them */
    int32_t bytes;          /* of the panel, for each pixel */
};

/* Rounding of an output: the high multiply, then for `exact` the correction that takes ties away from zero; outputs
   that are clamped at their zero point do not need it. */
#define THIMBLE_EXACT(a) "smmlar " a ", " a ", r2, " a "\n\tadd " a ", " a ", " a ", asr #31\n\t"
#define THIMBLE_CLAMPED(a) "smmlar " a ", " a ", r2, " a "\n\t"
#define THIMBLE_SINGLE(a) "smmla " a ", " a ", r2, " a "\n\t"

/* For `float`: twice the nearest whole number, since half of it is taken below; the shift is 0. */
#define THIMBLE_FLOAT(a) \
    "vmov s0, " a "\n\tvmov s1, r2\n\tvcvt.f32.s32 s0, s0\n\tvmul.f32 s0, s0, s1\n\tvcvtr.s32.f32 s0, s0\n\t" \
    "vmov " a ", s0\n\tssat " a ", #16, " a "\n\tadd " a ", " a ", " a "\n\t"

/* The pair of the next channel, or the one pair of all channels. */
#define THIMBLE_EACH "ldrd r2, lr, [r12], #8\n\t"
#define THIMBLE_SAME "ldrd r2, lr, [r12]\n\t"

/* The outputs of one to four sums: factor in r2, shift in lr, offset in r0. */
#define THIMBLE_ROUND(high, a) \
    high(a) "asr " a ", " a ", lr\n\tadd " a ", " a ", r0\n\tssat " a ", #8, " a ", asr #1\n\t"
#define THIMBLE_ROUND2(high, pair, a, b) pair THIMBLE_ROUND(high, a) THIMBLE_ROUND(high, b)
#define THIMBLE_ROUND3(high, pair, a, b, c) THIMBLE_ROUND2(high, pair, a, b) THIMBLE_ROUND(high, c)
#define THIMBLE_ROUND4(high, pair, a, b, c, d) THIMBLE_ROUND3(high, pair, a, b, c) THIMBLE_ROUND(high, d)

/*
 * Frame: 0 output, 4 pitch, 8 three pitches, 12 end of the panel, 16 panel, 20 where the loop over the groups begins,
 * 24 biases, 28 factors, 32 offset, 36 rounds left, 40 and 44 step of the weights, 48 singles.
 * `end` sets r12 to the end of the panel, from its start in r0 and the bytes of a pixel in r10.
 * The loop is unrolled `unroll` times, each of `size` bytes, and entered after the first group.
 */
#define THIMBLE_ENTER(end, unroll, size) \
    "push {r4-r11, lr}\n\t" \
    "sub sp, sp, #52\n\t" \
    "ldmia r3, {r4-r10}\n\t" \
    "add r12, r7, r7, lsl #1\n\t" \
    "strd r2, r7, [sp]\n\t" \
    "str r12, [sp, #8]\n\t" \
    end "strd r12, r0, [sp, #12]\n\t" \
    "strd r4, r5, [sp, #24]\n\t" \
    "str r6, [sp, #32]\n\t" \
    "str r9, [sp, #48]\n\t" \
    "lsrs r12, r10, #3\n\t" \
    "subs r12, r12, #1\n\t" \
    "beq 91f\n\t" \
    "rsb r12, r12, #0\n\t" \
    "and r12, r12, #(" unroll " - 1)\n\t" \
    "mov lr, #" size "\n\t" \
    "mul r12, r12, lr\n\t" \
    "adr.w lr, 2f\n\t" \
    "add r12, r12, lr\n\t" \
    "b 92f\n" \
    "91:\n\t" \
    "adr.w r12, 3f\n" \
    "92:\n\t" \
    "add r12, r12, #1\n\t" \
    "str r12, [sp, #20]\n\t"

#define THIMBLE_END1 "add r12, r0, r10\n\t"
#define THIMBLE_END2 "add r12, r0, r10, lsl #1\n\t"
#define THIMBLE_END3 THIMBLE_END2 "add r12, r12, r10\n\t"
#define THIMBLE_END4 "add r12, r0, r10, lsl #2\n\t"
#define THIMBLE_LEAVE "add sp, sp, #52\n\tpop {r4-r11, pc}\n\t"

#define THIMBLE_MAC(a, x, w) "smlad " a ", " x ", " w ", " a "\n\t"
#define THIMBLE_FIRST(a, x, w, bias) "smlad " a ", " x ", " w ", " bias "\n\t"
#define THIMBLE_LOW "sxtb16 r12, r12\n\tsxtb16 lr, lr\n\t"
#define THIMBLE_HIGH "sxtb16 r12, r12, ror #8\n\tsxtb16 lr, lr, ror #8\n\t"

/* Output in r2, pitch in r12, three pitches in lr. */
#define THIMBLE_OUTPUT "ldmia sp, {r2, r12, lr}\n\t"
#define THIMBLE_STORE4(a, b, c, d) \
    "strb " b ", [r2, r12]\n\tstrb " c ", [r2, r12, lsl #1]\n\tstrb " d ", [r2, lr]\n\tstrb " a ", [r2], #1\n\t"
#define THIMBLE_STORE3(a, b, c) \
    "strb " b ", [r2, r12]\n\tstrb " c ", [r2, r12, lsl #1]\n\tstrb " a ", [r2], #1\n\t"
#define THIMBLE_STORE2(a, b) "strb " b ", [r2, r12]\n\tstrb " a ", [r2], #1\n\t"

/* Naked functions begin at a word, from which ADR counts. */
#define THIMBLE_TILE(name) \
    THIMBLE_NAKED name( \
        const uint32_t *panel __attribute__((unused)), const int8_t *weights __attribute__((unused)), \
        int8_t *output __attribute__((unused)), const struct thimble_tile *tile __attribute__((unused)))

/* Two channels, four pixels, half a group: weights in r12 and lr. */
#define THIMBLE_HALF4 \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r5", "r3", "r12") \
    THIMBLE_MAC("r8", "r2", "lr") THIMBLE_MAC("r9", "r3", "lr") \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r6", "r2", "r12") THIMBLE_MAC("r7", "r3", "r12") \
    THIMBLE_MAC("r10", "r2", "lr") THIMBLE_MAC("r11", "r3", "lr")
#define THIMBLE_GROUP4 \
    "ldrd r12, lr, [r1]\n\t" THIMBLE_LOW THIMBLE_HALF4 "ldrd r12, lr, [r1], #16\n\t" THIMBLE_HIGH THIMBLE_HALF4

/* The first group, on biases in r4 and r8. */
#define THIMBLE_FIRST_GROUP4 \
    "ldrd r12, lr, [r1]\n\t" THIMBLE_LOW \
    "ldrd r2, r3, [r0, #8]\n\t" THIMBLE_FIRST("r6", "r2", "r12", "r4") THIMBLE_FIRST("r7", "r3", "r12", "r4") \
    THIMBLE_FIRST("r10", "r2", "lr", "r8") THIMBLE_FIRST("r11", "r3", "lr", "r8") \
    "ldrd r2, r3, [r0], #16\n\t" THIMBLE_FIRST("r5", "r3", "r12", "r4") THIMBLE_FIRST("r9", "r3", "lr", "r8") \
    THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r8", "r2", "lr") \
    "ldrd r12, lr, [r1], #16\n\t" THIMBLE_HIGH THIMBLE_HALF4

/* One channel, four pixels, half a group. */
#define THIMBLE_SINGLE_HALF4 \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr") \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r6", "r2", "lr") THIMBLE_MAC("r7", "r3", "lr")

/* From sums to outputs, of two channels and of one. */
#define THIMBLE_FINISH4(high, pair) \
    THIMBLE_ROUND4(high, pair, "r4", "r5", "r6", "r7") THIMBLE_ROUND4(high, pair, "r8", "r9", "r10", "r11") \
    "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT \
    THIMBLE_STORE4("r4", "r5", "r6", "r7") THIMBLE_STORE4("r8", "r9", "r10", "r11")
#define THIMBLE_SINGLE_FINISH4(high, pair) \
    THIMBLE_ROUND4(high, pair, "r4", "r5", "r6", "r7") \
    "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE4("r4", "r5", "r6", "r7")
#define THIMBLE_COPY_BIAS4 "mov r5, r4\n\tmov r6, r4\n\tmov r7, r4\n"

/* Two channels, three pixels, half a group: weights in r12 and lr, inputs in r2, r3 and r11. */
#define THIMBLE_INPUTS3 "ldmia r0!, {r2, r3, r11}\n\t"
#define THIMBLE_HALF3 \
    THIMBLE_INPUTS3 THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r5", "r3", "r12") THIMBLE_MAC("r6", "r11", "r12") \
    THIMBLE_MAC("r8", "r2", "lr") THIMBLE_MAC("r9", "r3", "lr") THIMBLE_MAC("r10", "r11", "lr")
#define THIMBLE_FIRST_HALF3 \
    THIMBLE_INPUTS3 THIMBLE_FIRST("r5", "r3", "r12", "r4") THIMBLE_FIRST("r6", "r11", "r12", "r4") \
    THIMBLE_MAC("r4", "r2", "r12") \
    THIMBLE_FIRST("r9", "r3", "lr", "r8") THIMBLE_FIRST("r10", "r11", "lr", "r8") THIMBLE_MAC("r8", "r2", "lr")
#define THIMBLE_ANY_GROUP3(half) \
    "ldrd r12, lr, [r1]\n\t" THIMBLE_LOW half "ldrd r12, lr, [r1], #16\n\t" THIMBLE_HIGH THIMBLE_HALF3
#define THIMBLE_GROUP3 THIMBLE_ANY_GROUP3(THIMBLE_HALF3)
#define THIMBLE_FIRST_GROUP3 THIMBLE_ANY_GROUP3(THIMBLE_FIRST_HALF3)

/* One channel, three pixels, half a group. */
#define THIMBLE_SINGLE_HALF3 \
    THIMBLE_INPUTS3 THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr") THIMBLE_MAC("r6", "r11", "lr")
#define THIMBLE_FINISH3(high, pair) \
    THIMBLE_ROUND3(high, pair, "r4", "r5", "r6") THIMBLE_ROUND3(high, pair, "r8", "r9", "r10") \
    "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE3("r4", "r5", "r6") THIMBLE_STORE3("r8", "r9", "r10")
#define THIMBLE_SINGLE_FINISH3(high, pair) \
    THIMBLE_ROUND3(high, pair, "r4", "r5", "r6") \
    "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE3("r4", "r5", "r6")
#define THIMBLE_COPY_BIAS3 "mov r5, r4\n\tmov r6, r4\n"

/* A tile of three or four pixels, two channels at a time. The first pair of a block ends 8 bytes before the second one begins,
   plus a block; the second where the next block begins, plus 8 bytes. */
#define THIMBLE_TILE_OF(pixels, size, name, high, pair) \
    THIMBLE_TILE(name) \
    { \
        __asm__ volatile( \
            THIMBLE_ENTER(THIMBLE_END##pixels, "4", size) \
            "mov r2, #8\n\t" \
            "sub r3, r2, r10, lsl #1\n\t" \
            "mvn r12, #7\n\t" \
            "eor r12, r12, r3\n\t" \
            "lsls r2, r8, #1\n\t" \
            "beq 4f\n\t" \
            "strd r2, r3, [sp, #36]\n\t" \
            "str r12, [sp, #44]\n" \
            "1:\n\t" \
            "ldr r12, [sp, #24]\n\tldrd r4, r8, [r12], #8\n\tstr r12, [sp, #24]\n\tldr r0, [sp, #16]\n\t" \
            THIMBLE_FIRST_GROUP##pixels \
            "ldr pc, [sp, #20]\n" \
            "2:\n\t" THIMBLE_GROUP##pixels THIMBLE_GROUP##pixels THIMBLE_GROUP##pixels THIMBLE_GROUP##pixels \
            "ldr r2, [sp, #12]\n\tcmp r0, r2\n\tbne 2b\n"); \
        __asm__ volatile( \
            "3:\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" \
            THIMBLE_FINISH##pixels(high, pair) \
            "str r2, [sp]\n\t" \
            "ldrd r4, r5, [sp, #36]\n\t" \
            "ldr r6, [sp, #44]\n\t" \
            "add r1, r1, r5\n\t" \
            "eor r5, r5, r6\n\t" \
            "subs r4, r4, #1\n\t" \
            "strd r4, r5, [sp, #36]\n\t" \
            "bne 1b\n" \
            "4:\n\t" \
            "ldr r8, [sp, #48]\n\tcmp r8, #0\n\tbeq 7f\n" \
            "5:\n\t" \
            "ldr r12, [sp, #24]\n\tldr r4, [r12], #4\n\tstr r12, [sp, #24]\n\t" \
            "ldrd r9, r0, [sp, #12]\n\t" THIMBLE_COPY_BIAS##pixels \
            "6:\n\t" \
            "ldr r12, [r1], #4\n\tsxtb16 lr, r12\n\t" THIMBLE_SINGLE_HALF##pixels \
            "sxtb16 lr, r12, ror #8\n\t" THIMBLE_SINGLE_HALF##pixels "cmp r0, r9\n\tbne 6b\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" THIMBLE_SINGLE_FINISH##pixels(high, pair) \
            "str r2, [sp]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 5b\n" \
            "7:\n\t" THIMBLE_LEAVE); \
    }
#define THIMBLE_TILE4(name, high, pair) THIMBLE_TILE_OF(4, "104", name, high, pair)
#define THIMBLE_TILE3(name, high, pair) THIMBLE_TILE_OF(3, "80", name, high, pair)

/* Four channels, two pixels, half of the weights of half a group: inputs in r2 and r3. */
#define THIMBLE_QUARTER2(a, b, c, d) \
    THIMBLE_MAC(a, "r2", "r12") THIMBLE_MAC(b, "r3", "r12") THIMBLE_MAC(c, "r2", "lr") THIMBLE_MAC(d, "r3", "lr")
#define THIMBLE_FIRST_QUARTER2(a, b, c, d) \
    THIMBLE_FIRST(b, "r3", "r12", a) THIMBLE_MAC(a, "r2", "r12") THIMBLE_FIRST(d, "r3", "lr", c) \
    THIMBLE_MAC(c, "r2", "lr")
#define THIMBLE_ANY_GROUP2(quarter) \
    "ldrd r2, r3, [r0], #8\n\t" \
    "ldrd r12, lr, [r1]\n\t" THIMBLE_LOW quarter("r4", "r5", "r6", "r7") \
    "ldrd r12, lr, [r1, #8]\n\t" THIMBLE_LOW quarter("r8", "r9", "r10", "r11") \
    "ldrd r2, r3, [r0], #8\n\t" \
    "ldrd r12, lr, [r1], #8\n\t" THIMBLE_HIGH THIMBLE_QUARTER2("r4", "r5", "r6", "r7") \
    "ldrd r12, lr, [r1], #8\n\t" THIMBLE_HIGH THIMBLE_QUARTER2("r8", "r9", "r10", "r11")
#define THIMBLE_GROUP2 THIMBLE_ANY_GROUP2(THIMBLE_QUARTER2)

/* A tile of two pixels, four channels at a time. */
#define THIMBLE_TILE2(name, high, pair) \
    THIMBLE_TILE(name) \
    { \
        __asm__ volatile( \
            THIMBLE_ENTER(THIMBLE_END2, "2", "120") \
            "cmp r8, #0\n\t" \
            "beq 4f\n\t" \
            "str r8, [sp, #36]\n" \
            "1:\n\t" \
            "ldr r12, [sp, #24]\n\tldrd r4, r6, [r12], #8\n\tldrd r8, r10, [r12], #8\n\tstr r12, [sp, #24]\n\t" \
            "ldr r0, [sp, #16]\n\t" THIMBLE_ANY_GROUP2(THIMBLE_FIRST_QUARTER2) \
            "ldr pc, [sp, #20]\n" \
            "2:\n\t" THIMBLE_GROUP2 THIMBLE_GROUP2 \
            "ldr r2, [sp, #12]\n\tcmp r0, r2\n\tbne 2b\n"); \
        __asm__ volatile( \
            "3:\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" \
            THIMBLE_ROUND2(high, pair, "r4", "r5") THIMBLE_ROUND2(high, pair, "r6", "r7") \
            THIMBLE_ROUND2(high, pair, "r8", "r9") THIMBLE_ROUND2(high, pair, "r10", "r11") \
            "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5") THIMBLE_STORE2("r6", "r7") \
            THIMBLE_STORE2("r8", "r9") THIMBLE_STORE2("r10", "r11") \
            "str r2, [sp]\n\t" \
            "ldr r4, [sp, #36]\n\t" \
            "subs r4, r4, #1\n\t" \
            "str r4, [sp, #36]\n\t" \
            "bne 1b\n" \
            "4:\n\t" \
            "ldr r8, [sp, #48]\n\tcmp r8, #0\n\tbeq 7f\n" \
            "5:\n\t" \
            "ldr r12, [sp, #24]\n\tldr r4, [r12], #4\n\tstr r12, [sp, #24]\n\t" \
            "ldrd r9, r0, [sp, #12]\n\tmov r5, r4\n" \
            "6:\n\t" \
            "ldr r12, [r1], #4\n\tsxtb16 lr, r12\n\tldrd r2, r3, [r0], #8\n\t" \
            THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr") \
            "sxtb16 lr, r12, ror #8\n\tldrd r2, r3, [r0], #8\n\t" \
            THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr") "cmp r0, r9\n\tbne 6b\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" THIMBLE_ROUND2(high, pair, "r4", "r5") \
            "str r12, [sp, #28]\n\t" THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5") \
            "str r2, [sp]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 5b\n" \
            "7:\n\t" THIMBLE_LEAVE); \
    }

#define THIMBLE_CHANNEL1(a, w) \
    "sxtb16 r10, " w "\n\t" THIMBLE_MAC(a, "r8", "r10") "sxtb16 " w ", " w ", ror #8\n\t" THIMBLE_MAC(a, "r9", w)
#define THIMBLE_GROUP1 \
    "ldrd r8, r9, [r0], #8\n\tldmia r1!, {r2, r3, r12, lr}\n\t" THIMBLE_CHANNEL1("r4", "r2") \
    THIMBLE_CHANNEL1("r5", "r3") THIMBLE_CHANNEL1("r6", "r12") THIMBLE_CHANNEL1("r7", "lr")
#define THIMBLE_STORE1(a) "strb " a ", [r2], #1\n\t"

/* One pixel, four channels at a time. */
#define THIMBLE_TILE1(name, high, pair) \
    THIMBLE_TILE(name) \
    { \
        __asm__ volatile( \
            THIMBLE_ENTER(THIMBLE_END1, "2", "72") \
            "cmp r8, #0\n\t" \
            "beq 4f\n\t" \
            "str r8, [sp, #36]\n" \
            "1:\n\t" \
            "ldr r12, [sp, #24]\n\tldmia r12!, {r4-r7}\n\tstr r12, [sp, #24]\n\tldrd r11, r0, [sp, #12]\n\t" \
            THIMBLE_GROUP1 \
            "ldr pc, [sp, #20]\n" \
            "2:\n\t" THIMBLE_GROUP1 THIMBLE_GROUP1 \
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
            "ldr r12, [r1], #4\n\tldrd r2, r3, [r0], #8\n\t" \
            "sxtb16 lr, r12\n\t" THIMBLE_MAC("r4", "r2", "lr") \
            "sxtb16 lr, r12, ror #8\n\t" THIMBLE_MAC("r4", "r3", "lr") "cmp r0, r9\n\tbne 6b\n\t" \
            "ldrd r12, r0, [sp, #28]\n\t" pair THIMBLE_ROUND(high, "r4") \
            "str r12, [sp, #28]\n\tldr r2, [sp]\n\t" THIMBLE_STORE1("r4") \
            "str r2, [sp]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 5b\n" \
            "7:\n\t" THIMBLE_LEAVE); \
    }

/* All tiles of a way to round. */
#define THIMBLE_TILES(style, high) \
    THIMBLE_TILE1(thimble_tile1_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_TILE1(thimble_tile1_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_TILE2(thimble_tile2_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_TILE2(thimble_tile2_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_TILE3(thimble_tile3_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_TILE3(thimble_tile3_##style##_same, high, THIMBLE_SAME) \
    THIMBLE_TILE4(thimble_tile4_##style##_each, high, THIMBLE_EACH) \
    THIMBLE_TILE4(thimble_tile4_##style##_same, high, THIMBLE_SAME)

THIMBLE_TILES(exact, THIMBLE_EXACT)
THIMBLE_TILES(clamped, THIMBLE_CLAMPED)
THIMBLE_TILES(single, THIMBLE_SINGLE)
#if THIMBLE_DSP_FLOAT
THIMBLE_TILES(float, THIMBLE_FLOAT)
#endif

/* Expands one word of inputs of one pixel to a panel of `pixels` pixels. */
THIMBLE_INLINE uint32_t *thimble_expand_word(uint32_t *to, uint32_t word, int32_t pixels)
{
    uint32_t even, odd;
    __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(word));
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word));
    to[0] = even;
    to[pixels] = odd;
    return to + 2 * pixels;
}

/* Four inputs as a word. */
THIMBLE_INLINE uint32_t thimble_word(int8_t a, int8_t b, int8_t c, int8_t d)
{
    return (uint32_t)(uint8_t)a | (uint32_t)(uint8_t)b << 8 | (uint32_t)(uint8_t)c << 16 | (uint32_t)(uint8_t)d << 24;
}

/* Expands n inputs of one pixel, a multiple of 4, and returns where the next go. */
THIMBLE_INLINE uint32_t *thimble_expand(uint32_t *to, const int8_t *from, int32_t n, int32_t pixels)
{
    const int8_t *const end = from + n;
    uint32_t word;
    if ((n & 4) != 0) {
        memcpy(&word, from, sizeof word);
        to = thimble_expand_word(to, word, pixels);
        from += 4;
    }
    while (from != end) {
        memcpy(&word, from, sizeof word);
        to = thimble_expand_word(to, word, pixels);
        memcpy(&word, from + 4, sizeof word);
        to = thimble_expand_word(to, word, pixels);
        from += 8;
    }
    return to;
}

/* Expands n inputs, a multiple of 4 and not 0, of four pixels that lie `pitch` bytes apart. */
THIMBLE_NAKED thimble_expand4(
    uint32_t *to __attribute__((unused)), const int8_t *from __attribute__((unused)),
    int32_t pitch __attribute__((unused)), int32_t n __attribute__((unused)))
{
    __asm__ volatile("push {r4-r11, lr}\n\t"
            "add r3, r3, r1\n\t"
            "add r12, r2, r2, lsl #1\n"
            "1:\n\t"
            "ldr r5, [r1, r2]\n\t"
            "ldr r6, [r1, r2, lsl #1]\n\t"
            "ldr r7, [r1, r12]\n\t"
            "ldr r4, [r1], #4\n\t"
            "sxtb16 r8, r4\n\tsxtb16 r9, r5\n\tsxtb16 r10, r6\n\tsxtb16 r11, r7\n\t"
            "stmia r0!, {r8-r11}\n\t"
            "sxtb16 r4, r4, ror #8\n\tsxtb16 r5, r5, ror #8\n\tsxtb16 r6, r6, ror #8\n\tsxtb16 r7, r7, ror #8\n\t"
            "stmia r0!, {r4-r7}\n\t"
            "cmp r1, r3\n\t"
            "bne 1b\n\t"
            "pop {r4-r11, pc}\n\t");
}
#endif

#endif
