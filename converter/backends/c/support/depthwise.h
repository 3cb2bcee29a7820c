/*
 * Depthwise convolution on Armv7E-M, four channels at a time, channels last.
 *
 * Weights are int16. For four channels: for each two kernel positions (i, i + 1) the pairs of weights of channels 0, 1,
 * 2 and 3; for a position left over one weight of each channel. A word holds one position of four channels; PKHBT and
 * PKHTB join the words of two positions, SXTB16 makes a pair per channel of them, SMLAD adds two products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_DEPTHWISE_H
#define THIMBLE_DEPTHWISE_H

#include "thimble_integer.h"

/* Sums of four channels. */
struct thimble_four {
    int32_t s0, s1, s2, s3;
};

#if THIMBLE_SHORT
/* Adds two positions of one channel; a load of a word needs no register for its offset. */
THIMBLE_INLINE int32_t thimble_add_pair(int32_t sum, int32_t a, int32_t b, const int16_t *w)
{
    const uint32_t pair = *(const thimble_aliasing_word *)(const void *)w;
    sum += a * (int16_t)pair + b * ((int32_t)pair >> 16);
    THIMBLE_IN_ORDER();
    return sum;
}
#endif

/* Adds two kernel positions of four channels, whose inputs begin at a and b. */
THIMBLE_INLINE struct thimble_four thimble_add_two(struct thimble_four sum, const int8_t *a, const int8_t *b,
                                                   const int16_t *w)
{
#if THIMBLE_SHORT
    sum.s0 = thimble_add_pair(sum.s0, a[0], b[0], w);
    sum.s1 = thimble_add_pair(sum.s1, a[1], b[1], w + 2);
    sum.s2 = thimble_add_pair(sum.s2, a[2], b[2], w + 4);
    sum.s3 = thimble_add_pair(sum.s3, a[3], b[3], w + 6);
#else
    sum.s0 += a[0] * w[0];
    sum.s1 += a[1] * w[2];
    sum.s2 += a[2] * w[4];
    sum.s3 += a[3] * w[6];
    THIMBLE_IN_ORDER();
    sum.s0 += b[0] * w[1];
    sum.s1 += b[1] * w[3];
    sum.s2 += b[2] * w[5];
    sum.s3 += b[3] * w[7];
    THIMBLE_IN_ORDER();
#endif
    return sum;
}

/* Adds the position left over of an odd number. */
THIMBLE_INLINE struct thimble_four thimble_add_one(struct thimble_four sum, const int8_t *a, const int16_t *w)
{
    sum.s0 += a[0] * w[0];
    sum.s1 += a[1] * w[1];
    sum.s2 += a[2] * w[2];
    sum.s3 += a[3] * w[3];
    return sum;
}

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


/*
 * The 3x3 kernel in a loop over channels and neighbouring pixels.
 */
struct thimble_depthwise {
    const int16_t *weights;
    const int32_t *biases;
    const int32_t *factors; /* pairs, see integer.h */
    int32_t offset;         /* twice the zero point of the output, and one */
    int32_t channels;       /* at least 4 */
    int32_t advance;        /* bytes from the window of one output to that of the next */
    int32_t height, width, output_height, output_width;
    int32_t stride_y, stride_x, top, left;
};

/* `count` output pixels, for the window of the first of which `tap` points to each position. */
typedef void thimble_depthwise_run(const int8_t *const *tap, int8_t *output, const struct thimble_depthwise *layer,
                                   int32_t count);

/* Two positions, in r8 and r9; sums in r4 to r7, weights at r3. */
#define THIMBLE_PAIR9 \
    "pkhbt r10, r8, r9, lsl #16\n\tpkhtb r8, r9, r8, asr #16\n\t" \
    "ldrd r9, r11, [r3], #8\n\t" \
    "sxtb16 r12, r10\n\tsmlad r4, r12, r9, r4\n\tsxtb16 r10, r10, ror #8\n\tsmlad r5, r10, r11, r5\n\t" \
    "ldrd r9, r11, [r3], #8\n\t" \
    "sxtb16 r12, r8\n\tsmlad r6, r12, r9, r6\n\tsxtb16 r8, r8, ror #8\n\tsmlad r7, r8, r11, r7\n\t"
#define THIMBLE_TAPS9(at) \
    "ldrd r8, r9, [r1, #" at "]\n\tldr r8, [r8, r0]\n\tldr r9, [r9, r0]\n\t" THIMBLE_PAIR9

/* One output: factor in r8, shift in r9, offset in r11. */
#define THIMBLE_EXACT9(a) "smmlar " a ", " a ", r8, " a "\n\tadd " a ", " a ", " a ", asr #31\n\t"
#define THIMBLE_CLAMPED9(a) "smmlar " a ", " a ", r8, " a "\n\t"
#define THIMBLE_SINGLE9(a) "smmla " a ", " a ", r8, " a "\n\t"
#define THIMBLE_FLOAT9(a) \
    "vmov s0, " a "\n\tvmov s1, r8\n\tvcvt.f32.s32 s0, s0\n\tvmul.f32 s0, s0, s1\n\tvcvtr.s32.f32 s0, s0\n\t" \
    "vmov " a ", s0\n\tssat " a ", #16, " a "\n\tadd " a ", " a ", " a "\n\t"
#define THIMBLE_EACH9 "ldrd r8, r9, [r12], #8\n\t"
#define THIMBLE_SAME9 "ldrd r8, r9, [r12]\n\t"
#define THIMBLE_OUTPUT9(high, pair, a) \
    pair high(a) "asr " a ", " a ", r9\n\tadd " a ", " a ", r11\n\tssat " a ", #8, " a ", asr #1\n\t" \
    "strb " a ", [lr], #1\n\t"

/* Steps back by r8 channels in the table of pairs at r10. */
#define THIMBLE_BACK_EACH9 "sub r10, r10, r8, lsl #3\n\t"
#define THIMBLE_BACK_SAME9

/* Registers: r0 byte from the taps, r1 taps, r2 the last one of this pixel to begin four channels at, r3 weights, lr output.
   Frame: 0 biases, 4 factors, 8 offset, 12 layer, 16 count. Four channels that would go too far begin earlier. */
#define THIMBLE_DEPTHWISE9(name, high, pair, back) \
    THIMBLE_NAKED name( \
        const int8_t *const *tap __attribute__((unused)), int8_t *output __attribute__((unused)), \
        const struct thimble_depthwise *layer __attribute__((unused)), int32_t count __attribute__((unused))) \
    { \
        __asm__ volatile( \
            "push {r4-r11, lr}\n\t" \
            "sub sp, sp, #20\n\t" \
            "strd r2, r3, [sp, #12]\n\t" \
            "mov lr, r1\n\t" \
            "mov r1, r0\n\t" \
            "ldmia r2, {r3-r7}\n\t" \
            "strd r4, r5, [sp]\n\t" \
            "str r6, [sp, #8]\n\t" \
            "sub r2, r7, #4\n\t" \
            "mov r0, #0\n" \
            "2:\n\t" \
            "ldr r12, [sp]\n\tldmia r12!, {r4-r7}\n\tstr r12, [sp]\n\t" \
            THIMBLE_TAPS9("0") THIMBLE_TAPS9("8") THIMBLE_TAPS9("16") THIMBLE_TAPS9("24") \
            "ldr r8, [r1, #32]\n\tldr r8, [r8, r0]\n\tldrd r9, r11, [r3], #8\n\t" \
            "sxtb16 r10, r8\n\tsmlabb r4, r10, r9, r4\n\tsmlatb r6, r10, r11, r6\n\t" \
            "sxtb16 r8, r8, ror #8\n\tsmlabt r5, r8, r9, r5\n\tsmlatt r7, r8, r11, r7\n\t" \
            "ldrd r12, r11, [sp, #4]\n\t" \
            THIMBLE_OUTPUT9(high, pair, "r4") THIMBLE_OUTPUT9(high, pair, "r5") \
            THIMBLE_OUTPUT9(high, pair, "r6") THIMBLE_OUTPUT9(high, pair, "r7") \
            "str r12, [sp, #4]\n\t" \
            "add r0, r0, #4\n\t" \
            "cmp r0, r2\n\t" \
            "ble 2b\n\t" \
            "add r8, r2, #4\n\t" \
            "subs r8, r8, r0\n\t" \
            "bne 4f\n\t" \
            "ldr r3, [sp, #16]\n\t" \
            "subs r3, r3, #1\n\t" \
            "str r3, [sp, #16]\n\t" \
            "beq 3f\n\t" \
            "ldr r8, [sp, #12]\n\t" \
            "ldmia r8, {r3-r8}\n\t" \
            "strd r4, r5, [sp]\n\t" \
            "sub r7, r8, r7\n\t" \
            "add r0, r0, r7\n\t" \
            "add r2, r2, r8\n\t" \
            "b 2b\n" \
            "3:\n\t" \
            "add sp, sp, #20\n\t" \
            "pop {r4-r11, pc}\n" \
            "4:\n\t" \
            "rsb r8, r8, #4\n\t" \
            "sub r0, r0, r8\n\t" \
            "sub lr, lr, r8\n\t" \
            "ldrd r9, r10, [sp]\n\t" \
            "sub r9, r9, r8, lsl #2\n\t" back \
            "strd r9, r10, [sp]\n\t" \
            "b 2b\n\t"); \
    }

THIMBLE_DEPTHWISE9(thimble_depthwise9_exact_each, THIMBLE_EXACT9, THIMBLE_EACH9, THIMBLE_BACK_EACH9)
THIMBLE_DEPTHWISE9(thimble_depthwise9_exact_same, THIMBLE_EXACT9, THIMBLE_SAME9, THIMBLE_BACK_SAME9)
THIMBLE_DEPTHWISE9(thimble_depthwise9_clamped_each, THIMBLE_CLAMPED9, THIMBLE_EACH9, THIMBLE_BACK_EACH9)
THIMBLE_DEPTHWISE9(thimble_depthwise9_clamped_same, THIMBLE_CLAMPED9, THIMBLE_SAME9, THIMBLE_BACK_SAME9)
THIMBLE_DEPTHWISE9(thimble_depthwise9_single_each, THIMBLE_SINGLE9, THIMBLE_EACH9, THIMBLE_BACK_EACH9)
THIMBLE_DEPTHWISE9(thimble_depthwise9_single_same, THIMBLE_SINGLE9, THIMBLE_SAME9, THIMBLE_BACK_SAME9)
#if THIMBLE_DSP_FLOAT
THIMBLE_DEPTHWISE9(thimble_depthwise9_float_each, THIMBLE_FLOAT9, THIMBLE_EACH9, THIMBLE_BACK_EACH9)
THIMBLE_DEPTHWISE9(thimble_depthwise9_float_same, THIMBLE_FLOAT9, THIMBLE_SAME9, THIMBLE_BACK_SAME9)
#endif

/* All output pixels of one image. Positions outside it read `zeros`. */
__attribute__((noinline, unused)) static void thimble_depthwise3x3(
    const int8_t *image, int8_t *output, const int8_t *zeros, const struct thimble_depthwise *layer,
    thimble_depthwise_run *run)
{
    const int32_t pitch = layer->width * layer->channels;
    for (int32_t oy = 0; oy < layer->output_height; oy++) {
        const int32_t y0 = oy * layer->stride_y - layer->top;
        const int32_t rows_fit = y0 >= 0 && y0 + 3 <= layer->height;
        int32_t x0 = -layer->left;
        for (int32_t ox = 0; ox < layer->output_width;) {
            const int8_t *tap[9];
            const int8_t *row = image + y0 * pitch + x0 * layer->channels;
            int32_t count = 1;
            if (rows_fit && x0 >= 0 && x0 + 3 <= layer->width) {
                count = (layer->width - 3 - x0) / layer->stride_x + 1;
                count = count < layer->output_width - ox ? count : layer->output_width - ox;
            }
            for (int32_t ky = 0; ky < 3; ky++) {
                const int32_t is_row = y0 + ky >= 0 && y0 + ky < layer->height;
                for (int32_t kx = 0; kx < 3; kx++) {
                    const int32_t is_inside = is_row && x0 + kx >= 0 && x0 + kx < layer->width;
                    tap[3 * ky + kx] = is_inside ? row + kx * layer->channels : zeros;
                }
                row += pitch;
            }
            run(tap, output, layer, count);
            output += count * layer->channels;
            ox += count;
            x0 += count * layer->stride_x;
        }
    }
}

#endif

#endif
