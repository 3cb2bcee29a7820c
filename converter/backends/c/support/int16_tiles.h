/*
 * Convolutions and matrix products of int16 data with int8 weights.
 *
 * The inputs of one or several output pixels are put together in a panel, which is then multiplied with all weights. In a panel
 * every run of neighbouring inputs is filled up to an even number of them, and all inputs of a pixel to a multiple of 8,
 * by weights of 0.
 *
 * Weights lie in pairs of output channels: for every four inputs those of the first channel, then those of the second, each
 * in the order 0, 2, 1, 3, so that SXTB16 makes pairs of neighbours. With Helium they lie in blocks of four channels, for
 * every eight inputs eight weights of each.
 *
 * Sums are of 32 bits where the weights show at conversion that this is enough; then an output is
 * (sum * factor + 2^31) >> 32 within the limits. Else sums are of 64 bits, and an output is that of thimble_int16.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_INT16_TILES_H
#define THIMBLE_INT16_TILES_H

#include "thimble_int16.h"

#if defined(__GNUC__)
#define THIMBLE_INT16_FUNCTION __attribute__((noinline, unused)) static
#else
#define THIMBLE_INT16_FUNCTION static
#endif

/* Output pixels at a time, at most. */
#if THIMBLE_HELIUM
#define THIMBLE_INT16_PIXELS 2
#elif THIMBLE_DSP
#define THIMBLE_INT16_PIXELS 4
#elif THIMBLE_SHORT
#define THIMBLE_INT16_PIXELS 1
#else
#define THIMBLE_INT16_PIXELS 2
#endif

/* The functions in assembly load the beginning at once. Tables have numbers for a multiple of four channels. */
struct thimble_int16_layer {
    const int32_t *biases;
    const int32_t *factors;
    int32_t inputs; /* of a pixel in a panel, a multiple of 8 */
    int32_t channels;
    uint32_t low, high; /* limits of the output, each twice */
    int32_t is_limited; /* whether they are not those of int16 */
    const struct thimble_channel *rows; /* for sums of 64 bits */
    int32_t pixels; /* at a time, at most */
    int32_t rest;   /* what fills up the inputs of a pixel */
    int32_t batch, height, width, depth, output_height, output_width;
    int32_t stride_y, stride_x, top, left;
    int32_t kernel_height, kernel_width, dilation_y, dilation_x;
};

/* (sum * factor + 2^31) >> 32 for 0 <= factor < 2^31 */
THIMBLE_ONE_COPY int32_t thimble_int16_high(int32_t sum, int32_t factor)
{
#if THIMBLE_SHORT
    const uint32_t f = (uint32_t)factor, low = (uint32_t)sum & 0xFFFFu;
    const int32_t high = sum >> 16;
    const int32_t middle = high * (int32_t)(f & 0xFFFFu) + (int32_t)((low * (f & 0xFFFFu)) >> 16);
    const uint32_t other = low * (f >> 16);
    const uint32_t carry = (((uint32_t)middle & 0xFFFFu) + (other & 0xFFFFu) + 0x8000u) >> 16;
    return high * (int32_t)(f >> 16) + (middle >> 16) + (int32_t)(other >> 16) + (int32_t)carry;
#else
    return thimble_high_multiply_round(sum, factor);
#endif
}

/* An output of a sum of 32 bits. */
THIMBLE_INLINE int16_t thimble_int16_output(int32_t sum, int32_t factor, int32_t low, int32_t high)
{
    return (int16_t)thimble_limit(thimble_int16_high(sum, factor), low, high);
}

#if THIMBLE_HELIUM
#define THIMBLE_INT16_TILE(name) \
    THIMBLE_NAKED name( \
        const int16_t *panel __attribute__((unused)), const int8_t *weights __attribute__((unused)), \
        int16_t *output __attribute__((unused)), const struct thimble_int16_layer *layer __attribute__((unused)))

/*
 * Frame: 0 and 4 inputs, 8 and 12 outputs, 16 channels left, 20 eights of inputs.
 * Registers: r1 weights, r3 and r5 inputs, r9 biases, r11 factors; q6 and q7 limits.
 */
#define THIMBLE_INT16_ENTER \
    "push {r4-r11, lr}\n\t" \
    "vpush {d8-d15}\n\t" \
    "sub sp, sp, #28\n\t" \
    "ldmia r3!, {r4-r7}\n\t" \
    "add r10, r0, r6, lsl #1\n\t" \
    "strd r0, r10, [sp]\n\t" \
    "add r10, r2, r7, lsl #1\n\t" \
    "strd r2, r10, [sp, #8]\n\t" \
    "lsr r6, r6, #3\n\t" \
    "strd r7, r6, [sp, #16]\n\t" \
    "mov r9, r4\n\t" \
    "mov r11, r5\n\t" \
    "ldrd r4, r5, [r3]\n\t" \
    "sxth r4, r4\n\tsxth r5, r5\n\t" \
    "vdup.32 q6, r4\n\tvdup.32 q7, r5\n"
#define THIMBLE_INT16_WEIGHTS \
    "vldrb.s16 q0, [r1], #8\n\tvldrb.s16 q1, [r1], #8\n\tvldrb.s16 q2, [r1], #8\n\tvldrb.s16 q3, [r1], #8\n\t"
#define THIMBLE_INT16_SUMS(x, a, b, c, d) \
    "vmladava.s16 " a ", q0, " x "\n\tvmladava.s16 " b ", q1, " x "\n\t" \
    "vmladava.s16 " c ", q2, " x "\n\tvmladava.s16 " d ", q3, " x "\n\t"
#define THIMBLE_INT16_ROUND(a) \
    "vrmulh.s32 " a ", " a ", q2\n\tvmax.s32 " a ", " a ", q6\n\tvmin.s32 " a ", " a ", q7\n\t"
#define THIMBLE_INT16_LEAVE \
    "add sp, sp, #28\n\t" \
    "vpop {d8-d15}\n\t" \
    "pop {r4-r11, pc}\n\t"

/* Two pixels, four channels at a time. */
THIMBLE_INT16_TILE(thimble_int16_tile2)
{
    __asm__ volatile(
        THIMBLE_INT16_ENTER
        "1:\n\t"
        "ldmia r9!, {r0, r2, r4, r6}\n\t"
        "ldrd r3, r5, [sp]\n\t"
        "ldr r7, [sp, #20]\n\t"
        "mov r8, r0\n\tmov r10, r2\n\tmov r12, r4\n\tmov lr, r6\n"
        "2:\n\t"
        "vldrh.u16 q4, [r3], #16\n\t" THIMBLE_INT16_WEIGHTS THIMBLE_INT16_SUMS("q4", "r0", "r2", "r4", "r6")
        "vldrh.u16 q5, [r5], #16\n\t"
        "subs r7, r7, #1\n\t" THIMBLE_INT16_SUMS("q5", "r8", "r10", "r12", "lr")
        "bne 2b\n\t"
        "vmov q0[2], q0[0], r0, r4\n\tvmov q0[3], q0[1], r2, r6\n\t"
        "vmov q1[2], q1[0], r8, r12\n\tvmov q1[3], q1[1], r10, lr\n\t"
        "vldrw.u32 q2, [r11], #16\n\t" THIMBLE_INT16_ROUND("q0") THIMBLE_INT16_ROUND("q1")
        "ldrd r3, r5, [sp, #8]\n\t"
        "ldr r7, [sp, #16]\n\t"
        "vctp.32 r7\n\t"
        "vpstt\n\t"
        "vstrht.32 q0, [r3], #8\n\tvstrht.32 q1, [r5], #8\n\t"
        "strd r3, r5, [sp, #8]\n\t"
        "subs r7, r7, #4\n\t"
        "str r7, [sp, #16]\n\t"
        "bgt 1b\n\t" THIMBLE_INT16_LEAVE);
}

/* One pixel. */
THIMBLE_INT16_TILE(thimble_int16_tile1)
{
    __asm__ volatile(
        THIMBLE_INT16_ENTER
        "ldrd r10, r8, [sp, #16]\n\t"
        "ldr r5, [sp, #8]\n"
        "1:\n\t"
        "ldmia r9!, {r0, r2, r4, r6}\n\t"
        "ldr r3, [sp]\n\t"
        "dls lr, r8\n"
        "2:\n\t"
        "vldrh.u16 q4, [r3], #16\n\t" THIMBLE_INT16_WEIGHTS THIMBLE_INT16_SUMS("q4", "r0", "r2", "r4", "r6")
        "le lr, 2b\n\t"
        "vmov q0[2], q0[0], r0, r4\n\tvmov q0[3], q0[1], r2, r6\n\t"
        "vldrw.u32 q2, [r11], #16\n\t" THIMBLE_INT16_ROUND("q0")
        "vctp.32 r10\n\t"
        "vpst\n\t"
        "vstrht.32 q0, [r5], #8\n\t"
        "subs r10, r10, #4\n\t"
        "bgt 1b\n\t" THIMBLE_INT16_LEAVE);
}

THIMBLE_INLINE void thimble_int16_tile(const int16_t *panel, const int8_t *weights, int16_t *output,
                                      const struct thimble_int16_layer *layer, int32_t pixels)
{
    if (pixels == 2) {
        thimble_int16_tile2(panel, weights, output, layer);
    } else {
        thimble_int16_tile1(panel, weights, output, layer);
    }
}

#elif THIMBLE_DSP
#define THIMBLE_INT16_TILE(name) \
    THIMBLE_NAKED name( \
        const int16_t *panel __attribute__((unused)), const int8_t *weights __attribute__((unused)), \
        int16_t *output __attribute__((unused)), const struct thimble_int16_layer *layer __attribute__((unused)))
#define THIMBLE_INT16_MAC(sum, x, w) "smlad " sum ", " x ", " w ", " sum "\n\t"

/*
 * Frame: 0 output, 4 panel, 8 its end, 12 biases, 16 factors, 20 channels left, 24 bytes of an output pixel, 28 and 32 limits,
 * 36 whether they are any. `bytes` is the logarithm of the bytes that an input takes in the panel.
 */
#define THIMBLE_INT16_ENTER(bytes) \
    "push {r4-r11, lr}\n\t" \
    "sub sp, sp, #44\n\t" \
    "ldmia r3, {r4-r10}\n\t" \
    "add r6, r0, r6, lsl #" bytes "\n\t" \
    "strd r2, r0, [sp]\n\t" \
    "strd r6, r4, [sp, #8]\n\t" \
    "strd r5, r7, [sp, #16]\n\t" \
    "lsl r7, r7, #1\n\t" \
    "strd r7, r8, [sp, #24]\n\t" \
    "strd r9, r10, [sp, #32]\n"
#define THIMBLE_INT16_LEAVE "add sp, sp, #44\n\tpop {r4-r11, pc}\n\t"

/* From here on r0 is at the panel, and the biases of two channels are in the registers. */
#define THIMBLE_INT16_BIASES(a, b) \
    "ldr r0, [sp, #4]\n\tldr r12, [sp, #12]\n\tldrd " a ", " b ", [r12], #8\n\tstr r12, [sp, #12]\n\t"
#define THIMBLE_INT16_FACTORS "ldr r12, [sp, #16]\n\tldrd r2, r3, [r12], #8\n\tstr r12, [sp, #16]\n\t"

/* Two sums to a pair of outputs in `a`, not yet limited. */
#define THIMBLE_INT16_PAIR(a, b) \
    "smmulr " a ", " a ", r2\n\tsmmulr " b ", " b ", r3\n\tssat " a ", #16, " a "\n\tssat " b ", #16, " b "\n\t" \
    "pkhbt " a ", " a ", " b ", lsl #16\n\t"
/* SEL takes of each half what SSUB16 has found not to be negative. */
#define THIMBLE_INT16_LIMIT(a) \
    "ssub16 lr, " a ", r2\n\tsel " a ", " a ", r2\n\tssub16 lr, r3, " a "\n\tsel " a ", " a ", r3\n\t"
#define THIMBLE_INT16_LIMITS(each) "ldrd r3, r12, [sp, #32]\n\tcmp r12, #0\n\tbeq 3f\n\tldr r2, [sp, #28]\n\t" each "3:\n\t"
/* Leaves flags of the channels that remain: less than 0 where the second channel is one too many. */
#define THIMBLE_INT16_LEFT \
    "ldr r2, [sp]\n\tldrd r3, r12, [sp, #20]\n\tsubs r3, r3, #2\n\tstr r3, [sp, #20]\n\tadd r0, r2, #4\n\tstr r0, [sp]\n\t"

/* Four pixels, two channels, four inputs. */
#define THIMBLE_INT16_HALF4 \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_INT16_MAC("r4", "r2", "r12") THIMBLE_INT16_MAC("r5", "r3", "r12") \
    THIMBLE_INT16_MAC("r8", "r2", "lr") THIMBLE_INT16_MAC("r9", "r3", "lr") \
    "ldrd r2, r3, [r0], #8\n\t" THIMBLE_INT16_MAC("r6", "r2", "r12") THIMBLE_INT16_MAC("r7", "r3", "r12") \
    THIMBLE_INT16_MAC("r10", "r2", "lr") THIMBLE_INT16_MAC("r11", "r3", "lr")
#define THIMBLE_INT16_GROUP4 \
    "ldrd r12, lr, [r1]\n\tsxtb16 r12, r12\n\tsxtb16 lr, lr\n\t" THIMBLE_INT16_HALF4 \
    "ldrd r12, lr, [r1], #8\n\tsxtb16 r12, r12, ror #8\n\tsxtb16 lr, lr, ror #8\n\t" THIMBLE_INT16_HALF4

THIMBLE_INT16_TILE(thimble_int16_tile4)
{
    __asm__ volatile(
        THIMBLE_INT16_ENTER("3")
        "1:\n\t" THIMBLE_INT16_BIASES("r4", "r8")
        "mov r5, r4\n\tmov r6, r4\n\tmov r7, r4\n\tmov r9, r8\n\tmov r10, r8\n\tmov r11, r8\n"
        "2:\n\t" THIMBLE_INT16_GROUP4 THIMBLE_INT16_GROUP4
        "ldr r2, [sp, #8]\n\tcmp r0, r2\n\tbne 2b\n\t" THIMBLE_INT16_FACTORS
        THIMBLE_INT16_PAIR("r4", "r8") THIMBLE_INT16_PAIR("r5", "r9")
        THIMBLE_INT16_PAIR("r6", "r10") THIMBLE_INT16_PAIR("r7", "r11")
        THIMBLE_INT16_LIMITS(
            THIMBLE_INT16_LIMIT("r4") THIMBLE_INT16_LIMIT("r5") THIMBLE_INT16_LIMIT("r6") THIMBLE_INT16_LIMIT("r7"))
        THIMBLE_INT16_LEFT
        "add r8, r12, r12, lsl #1\n\t"
        "blt 4f\n\t"
        "str r4, [r2]\n\tstr r5, [r2, r12]\n\tstr r6, [r2, r12, lsl #1]\n\tstr r7, [r2, r8]\n\t"
        "bgt 1b\n\t"
        "b 5f\n"
        "4:\n\t"
        "strh r4, [r2]\n\tstrh r5, [r2, r12]\n\tstrh r6, [r2, r12, lsl #1]\n\tstrh r7, [r2, r8]\n"
        "5:\n\t" THIMBLE_INT16_LEAVE);
}

/* Two pixels, two channels, four inputs. */
#define THIMBLE_INT16_GROUP2 \
    "ldmia r0!, {r8-r11}\n\tldrd r12, lr, [r1], #8\n\tsxtb16 r2, r12\n\tsxtb16 r3, lr\n\t" \
    THIMBLE_INT16_MAC("r4", "r8", "r2") THIMBLE_INT16_MAC("r5", "r9", "r2") \
    THIMBLE_INT16_MAC("r6", "r8", "r3") THIMBLE_INT16_MAC("r7", "r9", "r3") \
    "sxtb16 r2, r12, ror #8\n\tsxtb16 r3, lr, ror #8\n\t" \
    THIMBLE_INT16_MAC("r4", "r10", "r2") THIMBLE_INT16_MAC("r5", "r11", "r2") \
    THIMBLE_INT16_MAC("r6", "r10", "r3") THIMBLE_INT16_MAC("r7", "r11", "r3")

THIMBLE_INT16_TILE(thimble_int16_tile2)
{
    __asm__ volatile(
        THIMBLE_INT16_ENTER("2")
        "1:\n\t" THIMBLE_INT16_BIASES("r4", "r6")
        "mov r5, r4\n\tmov r7, r6\n"
        "2:\n\t" THIMBLE_INT16_GROUP2 THIMBLE_INT16_GROUP2
        "ldr r2, [sp, #8]\n\tcmp r0, r2\n\tbne 2b\n\t" THIMBLE_INT16_FACTORS
        THIMBLE_INT16_PAIR("r4", "r6") THIMBLE_INT16_PAIR("r5", "r7")
        THIMBLE_INT16_LIMITS(THIMBLE_INT16_LIMIT("r4") THIMBLE_INT16_LIMIT("r5"))
        THIMBLE_INT16_LEFT
        "blt 4f\n\t"
        "str r4, [r2]\n\tstr r5, [r2, r12]\n\t"
        "bgt 1b\n\t"
        "b 5f\n"
        "4:\n\t"
        "strh r4, [r2]\n\tstrh r5, [r2, r12]\n"
        "5:\n\t" THIMBLE_INT16_LEAVE);
}

#define THIMBLE_INT16_CHANNEL1(sum, w, a, b) \
    "sxtb16 r2, " w "\n\t" THIMBLE_INT16_MAC(sum, a, "r2") "sxtb16 " w ", " w ", ror #8\n\t" THIMBLE_INT16_MAC(sum, b, w)

/* One pixel, two channels, eight inputs at a time. */
THIMBLE_INT16_TILE(thimble_int16_tile1)
{
    __asm__ volatile(
        THIMBLE_INT16_ENTER("1")
        "1:\n\t" THIMBLE_INT16_BIASES("r4", "r5")
        "ldr r3, [sp, #8]\n"
        "2:\n\t"
        "ldmia r0!, {r8-r11}\n\tldmia r1!, {r6, r7, r12, lr}\n\t"
        THIMBLE_INT16_CHANNEL1("r4", "r6", "r8", "r9") THIMBLE_INT16_CHANNEL1("r5", "r7", "r8", "r9")
        THIMBLE_INT16_CHANNEL1("r4", "r12", "r10", "r11") THIMBLE_INT16_CHANNEL1("r5", "lr", "r10", "r11")
        "cmp r0, r3\n\tbne 2b\n\t" THIMBLE_INT16_FACTORS
        THIMBLE_INT16_PAIR("r4", "r5")
        THIMBLE_INT16_LIMITS(THIMBLE_INT16_LIMIT("r4"))
        THIMBLE_INT16_LEFT
        "blt 4f\n\t"
        "str r4, [r2]\n\t"
        "bgt 1b\n\t"
        "b 5f\n"
        "4:\n\t"
        "strh r4, [r2]\n"
        "5:\n\t" THIMBLE_INT16_LEAVE);
}

THIMBLE_INLINE void thimble_int16_tile(const int16_t *panel, const int8_t *weights, int16_t *output,
                                      const struct thimble_int16_layer *layer, int32_t pixels)
{
    if (pixels == 4) {
        thimble_int16_tile4(panel, weights, output, layer);
    } else if (pixels == 2) {
        thimble_int16_tile2(panel, weights, output, layer);
    } else {
        thimble_int16_tile1(panel, weights, output, layer);
    }
}

#else
#if THIMBLE_SHORT
/*
 * Adds n inputs of one pixel for four channels. One number counts through the weights of the four channels; the inputs are
 * taken in the order of the weights.
 */
THIMBLE_NAKED thimble_int16_groups4(
    int32_t sums[4] __attribute__((unused)), const int16_t *x __attribute__((unused)),
    const int8_t *w __attribute__((unused)), int32_t n __attribute__((unused)))
{
#define THIMBLE_CHANNEL(sum, w) "ldrsb r7, [" w ", r5]\n\tmuls r7, r6, r7\n\tadd " sum ", r7\n\t"
#define THIMBLE_FOUR_CHANNELS \
    "ldrsh r6, [r0, r5]\n\t" THIMBLE_CHANNEL("r8", "r1") THIMBLE_CHANNEL("r9", "r2") \
    THIMBLE_CHANNEL("r10", "r3") THIMBLE_CHANNEL("r11", "r4")
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\t"
                     "mov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "push {r0, r4-r7}\n\t"
                     "ldmia r0!, {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "lsls r5, r3, #1\n\t"
                     "mov r12, r5\n\t"
                     "movs r0, r1\n\t"
                     "movs r1, r2\n\t"
                     "adds r2, r1, #4\n\t"
                     "adds r3, r1, r5\n\t"
                     "adds r4, r2, r5\n\t"
                     "movs r5, #0\n"
                     "1:\n\t" THIMBLE_FOUR_CHANNELS "adds r5, #1\n\tadds r0, #3\n\t"
                     THIMBLE_FOUR_CHANNELS "adds r5, #1\n\tsubs r0, #3\n\t"
                     THIMBLE_FOUR_CHANNELS "adds r5, #1\n\tadds r0, #3\n\t"
                     THIMBLE_FOUR_CHANNELS "adds r5, #5\n\tsubs r0, #3\n\t"
                     "cmp r5, r12\n\t"
                     "bne 1b\n\t"
                     "pop {r0}\n\t"
                     "mov r4, r8\n\tmov r5, r9\n\tmov r6, r10\n\tmov r7, r11\n\t"
                     "stmia r0!, {r4-r7}\n\t"
                     "pop {r4-r7}\n\t"
                     "mov r8, r4\n\tmov r9, r5\n\tmov r10, r6\n\tmov r11, r7\n\t"
                     "pop {r4-r7, pc}\n\t");
#undef THIMBLE_CHANNEL
#undef THIMBLE_FOUR_CHANNELS
}
#endif

#define THIMBLE_INT16_FOUR(x0, x1, x2, x3, w) (x0 * (w)[0] + x1 * (w)[2] + x2 * (w)[1] + x3 * (w)[3])

/* One pixel, four channels at a time. */
THIMBLE_INT16_FUNCTION void thimble_int16_tile1(const int16_t *panel, const int8_t *weights, int16_t *output,
                                              const struct thimble_int16_layer *layer)
{
    const int32_t n = layer->inputs;
    const int32_t low = (int16_t)layer->low, high = (int16_t)layer->high;
    for (int32_t c = 0; c < layer->channels; c += 4, weights += 4 * n) {
        const int32_t *const bias = layer->biases + c, *const factor = layer->factors + c;
        int32_t sums[4] = {bias[0], bias[1], bias[2], bias[3]};
#if THIMBLE_SHORT
        thimble_int16_groups4(sums, panel, weights, n);
#else
        const int8_t *w = weights;
        const int8_t *v = weights + 2 * n;
        for (const int16_t *x = panel; x != panel + n; x += 4, w += 8, v += 8) {
            const int32_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
            sums[0] += THIMBLE_INT16_FOUR(x0, x1, x2, x3, w);
            sums[1] += THIMBLE_INT16_FOUR(x0, x1, x2, x3, w + 4);
            sums[2] += THIMBLE_INT16_FOUR(x0, x1, x2, x3, v);
            sums[3] += THIMBLE_INT16_FOUR(x0, x1, x2, x3, v + 4);
        }
#endif
        for (int32_t i = 0; i < 4 && c + i < layer->channels; i++) {
            output[c + i] = thimble_int16_output(sums[i], factor[i], low, high);
        }
    }
}

#if !THIMBLE_SHORT
/* Two pixels, two channels at a time. */
THIMBLE_INT16_FUNCTION void thimble_int16_tile2(const int16_t *panel, const int8_t *weights, int16_t *output,
                                              const struct thimble_int16_layer *layer)
{
    const int32_t n = layer->inputs, channels = layer->channels;
    const int32_t low = (int16_t)layer->low, high = (int16_t)layer->high;
    const int8_t *w = weights;
    for (int32_t c = 0; c < channels; c += 2) {
        const int32_t *const bias = layer->biases + c, *const factor = layer->factors + c;
        int32_t a0 = bias[0], a1 = bias[1], b0 = a0, b1 = a1;
        const int16_t *x = panel, *y = panel + n;
        for (; x != panel + n; x += 4, y += 4, w += 8) {
#define THIMBLE_INT16_TAP(i, at) \
    do { \
        const int32_t p = x[i], q = y[i], u = w[at], v = w[4 + at]; \
        a0 += p * u; \
        b0 += q * u; \
        a1 += p * v; \
        b1 += q * v; \
    } while (0)
            THIMBLE_INT16_TAP(0, 0);
            THIMBLE_IN_ORDER();
            THIMBLE_INT16_TAP(1, 2);
            THIMBLE_IN_ORDER();
            THIMBLE_INT16_TAP(2, 1);
            THIMBLE_IN_ORDER();
            THIMBLE_INT16_TAP(3, 3);
#undef THIMBLE_INT16_TAP
        }
        output[c] = thimble_int16_output(a0, factor[0], low, high);
        output[channels + c] = thimble_int16_output(b0, factor[0], low, high);
        if (c + 1 < channels) {
            output[c + 1] = thimble_int16_output(a1, factor[1], low, high);
            output[channels + c + 1] = thimble_int16_output(b1, factor[1], low, high);
        }
    }
}
#endif

THIMBLE_INLINE void thimble_int16_tile(const int16_t *panel, const int8_t *weights, int16_t *output,
                                      const struct thimble_int16_layer *layer, int32_t pixels)
{
#if !THIMBLE_SHORT
    if (pixels == 2) {
        thimble_int16_tile2(panel, weights, output, layer);
        return;
    }
#else
    (void)pixels;
#endif
    thimble_int16_tile1(panel, weights, output, layer);
}
#endif

#endif
