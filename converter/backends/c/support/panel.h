/*
 * Convolution tiles of Armv7E-M: two or four output pixels by all output channels, bit-equal to the portable loops.
 *
 * The inputs of the pixels of a tile are expanded once to int16, the panel: for each group of four inputs and P pixels,
 * P words with inputs (0, 2) of each pixel, then P words with inputs (1, 3). SXTB16 splits a word of weights alike.
 * Weights lie as in dot.h: blocks of four channels, in a block 16 bytes per group; the channels left over one by one.
 *
 * A sum becomes an output by a pair of numbers: factor = twice the multiplier (at least 2^31, so that SMMLAR with the sum
 * itself as addend sees the negative number factor - 2^32), and one less than the shift to the right.
 *
 * The functions are naked: all 14 registers are needed, at every level of optimization.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_PANEL_H
#define THIMBLE_PANEL_H

#include "thimble_dot.h"

#if THIMBLE_DSP

/* What all tiles of a layer share. The functions below know the offsets. */
struct thimble_tile {
    const int32_t *biases;
    const int32_t *factors; /* pairs of factor and shift */
    int32_t step;           /* bytes from the pair of one channel to that of the next: 8, or 0 */
    int32_t offset;         /* twice the zero point of the output, and one */
    int32_t pitch;          /* bytes from one output pixel to the next */
    int32_t blocks;         /* of four channels */
    int32_t singles;        /* channels after them */
    int32_t bytes;          /* of the panel */
};

/* Rounding of an output: the high multiply, then for `exact` the correction that takes ties away from zero; outputs
   that are clamped at their zero point do not need it. */
#define THIMBLE_EXACT(a) "smmlar " a ", " a ", r2, " a "\n\tadd " a ", " a ", " a ", asr #31\n\t"
#define THIMBLE_CLAMPED(a) "smmlar " a ", " a ", r2, " a "\n\t"
#define THIMBLE_SINGLE(a) "smmla " a ", " a ", r2, " a "\n\t"

/* The output of sum a: factor in r2, shift in lr, offset in r0. */
#define THIMBLE_ROUND(high, a) high(a) "asr " a ", " a ", lr\n\tadd " a ", " a ", r0\n\tssat " a ", #8, " a ", asr #1\n\t"

/* Frame: 0 end of the panel, 4 panel, 8 output, 12 biases, 16 factors, 20 rounds left, 24 step of the weights, 28 tile. */
#define THIMBLE_ENTER \
    "push {r4-r11, lr}\n\t" \
    "sub sp, sp, #32\n\t" \
    "ldr r4, [r3, #28]\n\t" \
    "add r4, r4, r0\n\t" \
    "strd r4, r0, [sp]\n\t" \
    "ldrd r4, r5, [r3]\n\t" \
    "strd r2, r4, [sp, #8]\n\t" \
    "str r5, [sp, #16]\n\t" \
    "str r3, [sp, #28]\n\t"

#define THIMBLE_LEAVE "add sp, sp, #32\n\tpop {r4-r11, pc}\n\t"

/* Sums begin as biases; the address of the next bias stays in r12. */
#define THIMBLE_NEXT_BIAS(a) "ldr " a ", [r12], #4\n\t"

/* The panel again, in r0; Z is clear if the number of groups is odd. `half` is the bytes of one group. */
#define THIMBLE_REWIND(half) \
    "str r12, [sp, #12]\n\t" \
    "ldrd r2, r0, [sp]\n\t" \
    "subs r3, r2, r0\n\t" \
    "tst r3, #" half "\n\t"

#define THIMBLE_UNTIL_END(label) "ldr r2, [sp]\n\tcmp r0, r2\n\tbne " label "\n\t"

/* Constants of the rounding: offset in r0, tile in r3, factors in r12. */
#define THIMBLE_FACTORS "ldr r3, [sp, #28]\n\tldr r12, [sp, #16]\n\tldr r0, [r3, #12]\n\t"
#define THIMBLE_FACTOR "ldrd r2, lr, [r12]\n\t"
#define THIMBLE_NEXT_FACTOR "ldr lr, [r3, #8]\n\tadd r12, r12, lr\n\t"

/* Output address in r12, pitch in lr, three pitches in r2. */
#define THIMBLE_OUTPUT \
    "str r12, [sp, #16]\n\tldr r12, [sp, #8]\n\tldr lr, [r3, #16]\n\tadd r2, lr, lr, lsl #1\n\t"
#define THIMBLE_STORE4(a, b, c, d) \
    "strb " b ", [r12, lr]\n\t" \
    "strb " c ", [r12, lr, lsl #1]\n\t" \
    "strb " d ", [r12, r2]\n\t" \
    "strb " a ", [r12], #1\n\t"
#define THIMBLE_STORE2(a, b) "strb " b ", [r12, lr]\n\tstrb " a ", [r12], #1\n\t"
#define THIMBLE_OUTPUT_DONE "str r12, [sp, #8]\n\t"

#define THIMBLE_MAC(a, x, w) "smlad " a ", " x ", " w ", " a "\n\t"

/* Two channels, four pixels, half a group: weights in r12 and lr. */
#define THIMBLE_HALF4 \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "r12") THIMBLE_MAC("r5", "r3", "r12") \
        THIMBLE_MAC("r8", "r2", "lr") THIMBLE_MAC("r9", "r3", "lr") "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC( \
            "r6", "r2", "r12") THIMBLE_MAC("r7", "r3", "r12") THIMBLE_MAC("r10", "r2", "lr") THIMBLE_MAC("r11", "r3", \
                                                                                                         "lr")
#define THIMBLE_GROUP4 \
    "ldrd r12, lr, [r1]\n\tsxtb16 r12, r12\n\tsxtb16 lr, lr\n\t" THIMBLE_HALF4 \
    "ldrd r12, lr, [r1], #16\n\tsxtb16 r12, r12, ror #8\n\tsxtb16 lr, lr, ror #8\n\t" THIMBLE_HALF4

/* One channel, four pixels, a group. */
#define THIMBLE_SINGLE_HALF4 \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr") \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_MAC("r6", "r2", "lr") THIMBLE_MAC("r7", "r3", "lr")

/* A tile of four pixels, two channels at a time. */
#define THIMBLE_TILE4(name, high) \
    __attribute__((naked, noinline, unused)) static void name( \
        const uint32_t *panel __attribute__((unused)), const int8_t *weights __attribute__((unused)), \
        int8_t *output __attribute__((unused)), const struct thimble_tile *tile __attribute__((unused))) \
    { \
        __asm__ volatile(THIMBLE_ENTER \
                 "ldr r4, [r3, #20]\n\t" \
                 "ldr r5, [r3, #28]\n\t" \
                 "mov r6, #8\n\t" \
                 "sub r5, r6, r5, lsr #1\n\t" \
                 "lsls r4, r4, #1\n\t" \
                 "beq 4f\n\t" \
                 "strd r4, r5, [sp, #20]\n" \
                 "1:\n\t" \
                 "ldr r12, [sp, #12]\n\t" THIMBLE_NEXT_BIAS("r4") THIMBLE_NEXT_BIAS("r8") \
                 "mov r5, r4\n\tmov r6, r4\n\tmov r7, r4\n\tmov r9, r8\n\tmov r10, r8\n\tmov r11, r8\n\t" \
                 THIMBLE_REWIND("32") \
                 "bne 3f\n" \
                 "2:\n\t" THIMBLE_GROUP4 \
                 "3:\n\t" THIMBLE_GROUP4 THIMBLE_UNTIL_END("2b") \
                 THIMBLE_FACTORS THIMBLE_FACTOR \
                 THIMBLE_ROUND(high, "r4") THIMBLE_ROUND(high, "r5") THIMBLE_ROUND(high, "r6") THIMBLE_ROUND(high, "r7")\
                 THIMBLE_NEXT_FACTOR THIMBLE_FACTOR \
                 THIMBLE_ROUND(high, "r8") THIMBLE_ROUND(high, "r9") THIMBLE_ROUND(high, "r10") \
                 THIMBLE_ROUND(high, "r11") THIMBLE_NEXT_FACTOR THIMBLE_OUTPUT \
                 THIMBLE_STORE4("r4", "r5", "r6", "r7") THIMBLE_STORE4("r8", "r9", "r10", "r11") THIMBLE_OUTPUT_DONE \
                 "ldrd r4, r5, [sp, #20]\n\t" \
                 "ldr r6, [r3, #28]\n\t" \
                 "add r1, r1, r5\n\t" \
                 "add r5, r5, r6, lsr #1\n\t" \
                 "rsb r5, r5, #0\n\t" \
                 "subs r4, r4, #1\n\t" \
                 "strd r4, r5, [sp, #20]\n\t" \
                 "bne 1b\n\t"); \
        __asm__ volatile("4:\n\t" \
                 "ldr r3, [sp, #28]\n\t" \
                 "ldr r8, [r3, #24]\n\t" \
                 "cmp r8, #0\n\tbeq 7f\n" \
                 "5:\n\t" \
                 "ldr r12, [sp, #12]\n\t" THIMBLE_NEXT_BIAS("r4") \
                 "mov r5, r4\n\tmov r6, r4\n\tmov r7, r4\n\t" THIMBLE_REWIND("32") \
                 "6:\n\t" \
                 "ldr r12, [r1], #4\n\tsxtb16 lr, r12\n\t" THIMBLE_SINGLE_HALF4 \
                 "sxtb16 lr, r12, ror #8\n\t" THIMBLE_SINGLE_HALF4 THIMBLE_UNTIL_END("6b") \
                 THIMBLE_FACTORS THIMBLE_FACTOR \
                 THIMBLE_ROUND(high, "r4") THIMBLE_ROUND(high, "r5") THIMBLE_ROUND(high, "r6") THIMBLE_ROUND(high, "r7")\
                 THIMBLE_NEXT_FACTOR THIMBLE_OUTPUT THIMBLE_STORE4("r4", "r5", "r6", "r7") THIMBLE_OUTPUT_DONE \
                 "subs r8, r8, #1\n\t" \
                 "bne 5b\n" \
                 "7:\n\t" THIMBLE_LEAVE); \
    }

/* Four channels, two pixels, half a group: inputs in r2 and r3. */
#define THIMBLE_QUARTER2(a, b, c, d) \
    THIMBLE_MAC(a, "r2", "r12") THIMBLE_MAC(b, "r3", "r12") THIMBLE_MAC(c, "r2", "lr") THIMBLE_MAC(d, "r3", "lr")
#define THIMBLE_GROUP2 \
    "ldrd r2, r3, [r0], #8\n\t" \
    "ldrd r12, lr, [r1]\n\tsxtb16 r12, r12\n\tsxtb16 lr, lr\n\t" THIMBLE_QUARTER2("r4", "r5", "r6", "r7") \
    "ldrd r12, lr, [r1, #8]\n\tsxtb16 r12, r12\n\tsxtb16 lr, lr\n\t" THIMBLE_QUARTER2("r8", "r9", "r10", "r11") \
    "ldrd r2, r3, [r0], #8\n\t" \
    "ldrd r12, lr, [r1], #8\n\tsxtb16 r12, r12, ror #8\n\tsxtb16 lr, lr, ror #8\n\t" \
    THIMBLE_QUARTER2("r4", "r5", "r6", "r7") \
    "ldrd r12, lr, [r1], #8\n\tsxtb16 r12, r12, ror #8\n\tsxtb16 lr, lr, ror #8\n\t" \
    THIMBLE_QUARTER2("r8", "r9", "r10", "r11")

/* A tile of two pixels, four channels at a time. */
#define THIMBLE_TILE2(name, high) \
    __attribute__((naked, noinline, unused)) static void name( \
        const uint32_t *panel __attribute__((unused)), const int8_t *weights __attribute__((unused)), \
        int8_t *output __attribute__((unused)), const struct thimble_tile *tile __attribute__((unused))) \
    { \
        __asm__ volatile(THIMBLE_ENTER \
                 "ldr r4, [r3, #20]\n\t" \
                 "cmp r4, #0\n\t" \
                 "beq 4f\n\t" \
                 "str r4, [sp, #20]\n" \
                 "1:\n\t" \
                 "ldr r12, [sp, #12]\n\t" THIMBLE_NEXT_BIAS("r4") THIMBLE_NEXT_BIAS("r6") THIMBLE_NEXT_BIAS("r8") \
                 THIMBLE_NEXT_BIAS("r10") "mov r5, r4\n\tmov r7, r6\n\tmov r9, r8\n\tmov r11, r10\n\t" \
                 THIMBLE_REWIND("16") \
                 "bne 3f\n" \
                 "2:\n\t" THIMBLE_GROUP2 \
                 "3:\n\t" THIMBLE_GROUP2 THIMBLE_UNTIL_END("2b") \
                 THIMBLE_FACTORS \
                 THIMBLE_FACTOR THIMBLE_ROUND(high, "r4") THIMBLE_ROUND(high, "r5") THIMBLE_NEXT_FACTOR \
                 THIMBLE_FACTOR THIMBLE_ROUND(high, "r6") THIMBLE_ROUND(high, "r7") THIMBLE_NEXT_FACTOR \
                 THIMBLE_FACTOR THIMBLE_ROUND(high, "r8") THIMBLE_ROUND(high, "r9") THIMBLE_NEXT_FACTOR \
                 THIMBLE_FACTOR THIMBLE_ROUND(high, "r10") THIMBLE_ROUND(high, "r11") THIMBLE_NEXT_FACTOR \
                 THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5") THIMBLE_STORE2("r6", "r7") THIMBLE_STORE2("r8", "r9") \
                 THIMBLE_STORE2("r10", "r11") THIMBLE_OUTPUT_DONE \
                 "ldr r4, [sp, #20]\n\t" \
                 "subs r4, r4, #1\n\t" \
                 "str r4, [sp, #20]\n\t" \
                 "bne 1b\n\t"); \
        __asm__ volatile("4:\n\t" \
                 "ldr r3, [sp, #28]\n\t" \
                 "ldr r8, [r3, #24]\n\t" \
                 "cmp r8, #0\n\tbeq 7f\n" \
                 "5:\n\t" \
                 "ldr r12, [sp, #12]\n\t" THIMBLE_NEXT_BIAS("r4") "mov r5, r4\n\t" THIMBLE_REWIND("16") \
                 "6:\n\t" \
                 "ldr r12, [r1], #4\n\tsxtb16 lr, r12\n\tldrd r2, r3, [r0], #8\n\t" \
                 THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr") \
                 "sxtb16 lr, r12, ror #8\n\tldrd r2, r3, [r0], #8\n\t" \
                 THIMBLE_MAC("r4", "r2", "lr") THIMBLE_MAC("r5", "r3", "lr") THIMBLE_UNTIL_END("6b") \
                 THIMBLE_FACTORS THIMBLE_FACTOR THIMBLE_ROUND(high, "r4") THIMBLE_ROUND(high, "r5") \
                 THIMBLE_NEXT_FACTOR THIMBLE_OUTPUT THIMBLE_STORE2("r4", "r5") THIMBLE_OUTPUT_DONE \
                 "subs r8, r8, #1\n\t" \
                 "bne 5b\n" \
                 "7:\n\t" THIMBLE_LEAVE); \
    }

THIMBLE_TILE4(thimble_tile4_exact, THIMBLE_EXACT)
THIMBLE_TILE4(thimble_tile4_clamped, THIMBLE_CLAMPED)
THIMBLE_TILE4(thimble_tile4_single, THIMBLE_SINGLE)
THIMBLE_TILE2(thimble_tile2_exact, THIMBLE_EXACT)
THIMBLE_TILE2(thimble_tile2_clamped, THIMBLE_CLAMPED)
THIMBLE_TILE2(thimble_tile2_single, THIMBLE_SINGLE)

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
__attribute__((naked, noinline, unused)) static void thimble_expand4(
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
