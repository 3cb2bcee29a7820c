/*
 * Convolution tiles of Helium, the vectors of Armv8.1-M: one or two output pixels by all channels, bit-equal to the
 * portable loops.
 *
 * Weights lie as in dot.h: VLD4 of words makes 16 weights of each of four channels out of 64 bytes. VMLADAVA multiplies
 * 16 inputs by them and adds all products to one register with an even number: four channels of two pixels take all
 * eight of those. The inputs of a pixel lie in the order of the weights.
 *
 * Four sums become outputs together, by pairs of factor and shift as in panel.h: half the factor is the multiplier, and
 * VQRDMULH is gemmlowp's rounding doubling high multiply; VRSHL by a negative number rounds ties up.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef TINY_HELIUM_H
#define TINY_HELIUM_H

#include "tiny_dot.h"

#if TINY_HELIUM

/* What all tiles of a layer share. The functions below load it at once. */
struct tiny_helium {
    const int32_t *biases;
    const int32_t *factors; /* pairs of factor and shift */
    int32_t zero_point;
    int32_t pitch;   /* bytes from one output pixel to the next */
    int32_t blocks;  /* of four channels */
    int32_t singles; /* channels after them */
    int32_t inputs;  /* of a pixel, a multiple of 4 */
};

/* Copies n bytes, and returns where the next go. */
TINY_INLINE int8_t *tiny_helium_copy(int8_t *to, const int8_t *from, int32_t n)
{
    int8_t *at = to;
    __asm__ volatile("wlstp.8 lr, %[n], 2f\n"
                     "1:\n\t"
                     "vldrb.u8 q0, [%[from]], #16\n\t"
                     "vstrb.8 q0, [%[at]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:\n\t"
                     : [at] "+&r"(at), [from] "+&r"(from)
                     : [n] "r"(n)
                     : "lr", "q0", "memory");
    return to + n;
}

/* Writes four inputs, and returns where the next go. */
TINY_INLINE int8_t *tiny_helium_word(int8_t *to, int8_t a, int8_t b, int8_t c, int8_t d)
{
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
    return to + 4;
}

/* Factors in q2, one less than the shifts in q3, the zero point in r7. What follows takes the sums in `a` to outputs in
   its words, limited to int8, with the help of q4. */
#define TINY_V_FIXED "vmvn q3, q3\n\t"
#define TINY_V_HALF "vshr.u32 q2, q2, #1\n\t" TINY_V_FIXED
#define TINY_V_NONE ""
#define TINY_V_FINISH(a) \
    "vrshl.s32 " a ", " a ", q3\n\tvadd.i32 " a ", " a ", r7\n\t" \
    "vqmovnb.s32 " a ", " a "\n\tvqmovnb.s16 " a ", " a "\n\t"
#define TINY_V_EXACT(a) \
    "vqrdmulh.s32 " a ", " a ", q2\n\tvshr.s32 q4, " a ", #31\n\tvadd.i32 " a ", " a ", q4\n\t" TINY_V_FINISH(a)
#define TINY_V_CLAMPED(a) "vqrdmulh.s32 " a ", " a ", q2\n\t" TINY_V_FINISH(a)
#define TINY_V_SINGLE(a) \
    "vmulh.s32 q4, " a ", q2\n\tvadd.i32 " a ", " a ", q4\n\t" TINY_V_FINISH(a)
#define TINY_V_FLOAT(a) \
    "vcvt.f32.s32 " a ", " a "\n\tvmul.f32 " a ", " a ", q2\n\tvcvtn.s32.f32 " a ", " a "\n\t" \
    "vqadd.s32 " a ", " a ", r7\n\tvqmovnb.s32 " a ", " a "\n\tvqmovnb.s16 " a ", " a "\n\t"

/* The pairs of four channels, or of one; the one pair of all channels. */
#define TINY_V_EACH4 "vld20.32 {q2, q3}, [r11]\n\tvld21.32 {q2, q3}, [r11]!\n\t"
#define TINY_V_EACH1 "ldrd r4, r6, [r11], #8\n\tvdup.32 q2, r4\n\tvdup.32 q3, r6\n\t"
#define TINY_V_SAME "ldrd r4, r6, [r11]\n\tvdup.32 q2, r4\n\tvdup.32 q3, r6\n\t"

#define TINY_V_WEIGHTS \
    "vld40.32 {q0, q1, q2, q3}, [r1]\n\tvld41.32 {q0, q1, q2, q3}, [r1]\n\t" \
    "vld42.32 {q0, q1, q2, q3}, [r1]\n\tvld43.32 {q0, q1, q2, q3}, [r1]!\n\t"
#define TINY_V_SUMS(x, a, b, c, d) \
    "vmladava.s8 " a ", q0, " x "\n\tvmladava.s8 " b ", q1, " x "\n\t" \
    "vmladava.s8 " c ", q2, " x "\n\tvmladava.s8 " d ", q3, " x "\n\t"
#define TINY_V_FIRST TINY_V_SUMS("q4", "r0", "r2", "r4", "r6")
#define TINY_V_SECOND TINY_V_SUMS("q5", "r8", "r10", "r12", "lr")

/*
 * Frame: 0 and 4 inputs, 8 and 12 outputs, 16 blocks left, 20 whole vectors of inputs, 24 bytes of the weights of those
 * left over, 28 zero point, 32 inputs of a pixel, 36 singles.
 * Registers: r1 weights, r3 and r5 inputs, r9 biases, r11 factors; P0 has a one for each input left over;
 * q6 = 0, 16, 32, 48.
 */
#define TINY_V_ENTER \
    "push {r4-r11, lr}\n\t" \
    "vpush {d8-d15}\n\t" \
    "sub sp, sp, #44\n\t" \
    "ldmia r3, {r4-r10}\n\t" \
    "mov r11, r5\n\t" \
    "add r3, r0, r10\n\t" \
    "strd r0, r3, [sp]\n\t" \
    "add r3, r2, r7\n\t" \
    "strd r2, r3, [sp, #8]\n\t" \
    "lsr r3, r10, #4\n\t" \
    "strd r8, r3, [sp, #16]\n\t" \
    "and r3, r10, #15\n\t" \
    "vctp.8 r3\n\t" \
    "lsl r3, r3, #2\n\t" \
    "strd r3, r6, [sp, #24]\n\t" \
    "strd r10, r9, [sp, #32]\n\t" \
    "mov r9, r4\n\t" \
    "mov r2, #0\n\t" \
    "vidup.u32 q6, r2, #4\n\t" \
    "vshl.i32 q6, q6, #2\n\t" \
    "cmp r8, #0\n\t" \
    "beq.w 4f\n"

#define TINY_V_LEAVE \
    "add sp, sp, #44\n\t" \
    "vpop {d8-d15}\n\t" \
    "pop {r4-r11, pc}\n\t"

#define TINY_V_TILE(name) \
    TINY_NAKED name( \
        const int8_t *inputs __attribute__((unused)), const int8_t *weights __attribute__((unused)), \
        int8_t *output __attribute__((unused)), const struct tiny_helium *tile __attribute__((unused)))

/* Two pixels. */
#define TINY_HELIUM2(name, prepare, round, four, one) \
    TINY_V_TILE(name) \
    { \
        __asm__ volatile( \
            TINY_V_ENTER \
            "1:\n\t" \
            "ldmia r9!, {r0, r2, r4, r6}\n\t" \
            "ldrd r3, r5, [sp]\n\t" \
            "ldr r7, [sp, #20]\n\t" \
            "mov r8, r0\n\tmov r10, r2\n\tmov r12, r4\n\tmov lr, r6\n\t" \
            "cbz r7, 3f\n" \
            "2:\n\t" \
            "vldrb.u8 q4, [r3], #16\n\t" TINY_V_WEIGHTS TINY_V_FIRST \
            "vldrb.u8 q5, [r5], #16\n\t" \
            "subs r7, r7, #1\n\t" TINY_V_SECOND \
            "bne 2b\n" \
            "3:\n\t" \
            "ldr r7, [sp, #24]\n\t" \
            "cbz r7, 3f\n\t" \
            "vadd.i32 q7, q6, r1\n\t" \
            "vpstttt\n\t" \
            "vldrbt.u8 q4, [r3]\n\tvldrbt.u8 q5, [r5]\n\tvldrwt.u32 q0, [q7]\n\tvldrwt.u32 q1, [q7, #4]\n\t" \
            "vpstt\n\t" \
            "vldrwt.u32 q2, [q7, #8]\n\tvldrwt.u32 q3, [q7, #12]\n\t" TINY_V_FIRST TINY_V_SECOND \
            "add r1, r1, r7\n" \
            "3:\n\t" \
            "vmov q0[2], q0[0], r0, r4\n\tvmov q0[3], q0[1], r2, r6\n\t" \
            "vmov q1[2], q1[0], r8, r12\n\tvmov q1[3], q1[1], r10, lr\n\t" four prepare \
            "ldr r7, [sp, #28]\n\t" round("q0") round("q1") \
            "ldrd r3, r5, [sp, #8]\n\t" \
            "ldr r7, [sp, #16]\n\t" \
            "vstrb.32 q0, [r3], #4\n\tvstrb.32 q1, [r5], #4\n\t" \
            "strd r3, r5, [sp, #8]\n\t" \
            "subs r7, r7, #1\n\t" \
            "str r7, [sp, #16]\n\t" \
            "bne 1b\n" \
            "4:\n\t" \
            "ldrd r10, r8, [sp, #32]\n\t" \
            "cmp r8, #0\n\t" \
            "beq.w 7f\n" \
            "5:\n\t" \
            "ldr r0, [r9], #4\n\t" \
            "ldrd r3, r5, [sp]\n\t" \
            "mov r2, r0\n\t" \
            "add r7, r1, r10\n\t" \
            "dlstp.8 lr, r10\n" \
            "6:\n\t" \
            "vldrb.u8 q0, [r1], #16\n\tvldrb.u8 q1, [r3], #16\n\tvldrb.u8 q2, [r5], #16\n\t" \
            "vmladava.s8 r0, q0, q1\n\tvmladava.s8 r2, q0, q2\n\t" \
            "letp lr, 6b\n\t" \
            "mov r1, r7\n\t" \
            "vmov q0[2], q0[0], r0, r2\n\tvmov q0[3], q0[1], r0, r2\n\t" one prepare \
            "ldr r7, [sp, #28]\n\t" round("q0") \
            "ldrd r3, r5, [sp, #8]\n\t" \
            "vmov r0, r2, q0[2], q0[0]\n\t" \
            "strb r0, [r3], #1\n\tstrb r2, [r5], #1\n\t" \
            "strd r3, r5, [sp, #8]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 5b\n" \
            "7:\n\t" TINY_V_LEAVE); \
    }

/* One pixel. */
#define TINY_HELIUM1(name, prepare, round, four, one) \
    TINY_V_TILE(name) \
    { \
        __asm__ volatile( \
            TINY_V_ENTER \
            "ldr r10, [sp, #20]\n\t" \
            "ldr r12, [sp, #24]\n" \
            "1:\n\t" \
            "ldmia r9!, {r0, r2, r4, r6}\n\t" \
            "ldr r3, [sp]\n\t" \
            "wls lr, r10, 3f\n" \
            "2:\n\t" \
            "vldrb.u8 q4, [r3], #16\n\t" TINY_V_WEIGHTS TINY_V_FIRST \
            "le lr, 2b\n" \
            "3:\n\t" \
            "cmp r12, #0\n\t" \
            "beq 3f\n\t" \
            "vadd.i32 q7, q6, r1\n\t" \
            "vpstttt\n\t" \
            "vldrbt.u8 q4, [r3]\n\tvldrwt.u32 q0, [q7]\n\tvldrwt.u32 q1, [q7, #4]\n\tvldrwt.u32 q2, [q7, #8]\n\t" \
            "vpst\n\t" \
            "vldrwt.u32 q3, [q7, #12]\n\t" TINY_V_FIRST \
            "add r1, r1, r12\n" \
            "3:\n\t" \
            "vmov q0[2], q0[0], r0, r4\n\tvmov q0[3], q0[1], r2, r6\n\t" four prepare \
            "ldr r7, [sp, #28]\n\t" round("q0") \
            "ldr r3, [sp, #8]\n\t" \
            "vstrb.32 q0, [r3], #4\n\t" \
            "str r3, [sp, #8]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 1b\n" \
            "4:\n\t" \
            "ldrd r10, r8, [sp, #32]\n\t" \
            "cmp r8, #0\n\t" \
            "beq.w 7f\n" \
            "5:\n\t" \
            "ldr r0, [r9], #4\n\t" \
            "ldr r3, [sp]\n\t" \
            "add r7, r1, r10\n\t" \
            "dlstp.8 lr, r10\n" \
            "6:\n\t" \
            "vldrb.u8 q0, [r1], #16\n\tvldrb.u8 q1, [r3], #16\n\tvmladava.s8 r0, q0, q1\n\t" \
            "letp lr, 6b\n\t" \
            "mov r1, r7\n\t" \
            "vdup.32 q0, r0\n\t" one prepare \
            "ldr r7, [sp, #28]\n\t" round("q0") \
            "ldr r3, [sp, #8]\n\t" \
            "vmov.32 r2, q0[0]\n\t" \
            "strb r2, [r3], #1\n\t" \
            "str r3, [sp, #8]\n\t" \
            "subs r8, r8, #1\n\t" \
            "bne 5b\n" \
            "7:\n\t" TINY_V_LEAVE); \
    }

TINY_HELIUM2(tiny_helium2_exact_each, TINY_V_HALF, TINY_V_EXACT, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM2(tiny_helium2_exact_same, TINY_V_HALF, TINY_V_EXACT, TINY_V_SAME, TINY_V_SAME)
TINY_HELIUM2(tiny_helium2_clamped_each, TINY_V_HALF, TINY_V_CLAMPED, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM2(tiny_helium2_clamped_same, TINY_V_HALF, TINY_V_CLAMPED, TINY_V_SAME, TINY_V_SAME)
TINY_HELIUM2(tiny_helium2_single_each, TINY_V_FIXED, TINY_V_SINGLE, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM2(tiny_helium2_single_same, TINY_V_FIXED, TINY_V_SINGLE, TINY_V_SAME, TINY_V_SAME)
TINY_HELIUM1(tiny_helium1_exact_each, TINY_V_HALF, TINY_V_EXACT, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM1(tiny_helium1_exact_same, TINY_V_HALF, TINY_V_EXACT, TINY_V_SAME, TINY_V_SAME)
TINY_HELIUM1(tiny_helium1_clamped_each, TINY_V_HALF, TINY_V_CLAMPED, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM1(tiny_helium1_clamped_same, TINY_V_HALF, TINY_V_CLAMPED, TINY_V_SAME, TINY_V_SAME)
TINY_HELIUM1(tiny_helium1_single_each, TINY_V_FIXED, TINY_V_SINGLE, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM1(tiny_helium1_single_same, TINY_V_FIXED, TINY_V_SINGLE, TINY_V_SAME, TINY_V_SAME)
#if TINY_HELIUM_FLOAT
TINY_HELIUM2(tiny_helium2_float_each, TINY_V_NONE, TINY_V_FLOAT, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM2(tiny_helium2_float_same, TINY_V_NONE, TINY_V_FLOAT, TINY_V_SAME, TINY_V_SAME)
TINY_HELIUM1(tiny_helium1_float_each, TINY_V_NONE, TINY_V_FLOAT, TINY_V_EACH4, TINY_V_EACH1)
TINY_HELIUM1(tiny_helium1_float_same, TINY_V_NONE, TINY_V_FLOAT, TINY_V_SAME, TINY_V_SAME)
#endif

/*
 * Depthwise convolution of one output per channel, 16 channels at a time. Products of int8 are int16, of even channels
 * in one vector and of odd ones in another; two kernel positions are added before the sums are widened, so that the
 * magnitudes of the two weights must not exceed 255 together. q0 to q3 have the sums of channels 0, 4, 8, 12; then of
 * 1, 5, 9, 13; and so on.
 *
 * The table has for each 16 channels: the biases in that order, 16 weights of each position, then for each of the four
 * vectors multipliers and negative shifts (for `float`, factors and zeros). It is filled up with zeros.
 */
struct tiny_helium_depthwise {
    const int8_t *table;
    int32_t zero_point;
    int32_t channels;
    int32_t step;   /* from behind the window of one output, in channels, to the next */
    int32_t pairs;  /* of kernel positions */
    int32_t single; /* positions left over */
    int32_t height, width, output_height, output_width;
    int32_t stride_y, stride_x, top, left;
    int32_t kernel_height, kernel_width, dilation_y, dilation_x;
};

/* `count` output pixels, for the window of the first of which `tap` points to each position. */
typedef void tiny_helium_depthwise_run(const int8_t *const *tap, int8_t *output,
                                          const struct tiny_helium_depthwise *layer, int32_t count);

#define TINY_D_FIRST "vldrb.u8 q5, [r1], #16\n\tvmullb.s8 q6, q4, q5\n\tvmullt.s8 q7, q4, q5\n\t"
#define TINY_D_SECOND \
    "vldrb.u8 q5, [r1]\n\tvmullb.s8 q5, q4, q5\n\tvadd.i16 q6, q6, q5\n\t" \
    "vldrb.u8 q5, [r1], #16\n\tvmullt.s8 q5, q4, q5\n\tvadd.i16 q7, q7, q5\n\t"
#define TINY_D_WIDEN \
    "vmovlb.s16 q4, q6\n\tvadd.i32 q0, q0, q4\n\tvmovlt.s16 q5, q6\n\tvadd.i32 q2, q2, q5\n\t" \
    "vmovlb.s16 q4, q7\n\tvadd.i32 q1, q1, q4\n\tvmovlt.s16 q5, q7\n\tvadd.i32 q3, q3, q5\n\t"
#define TINY_D_PAIR(load) \
    "ldrd r4, r5, [r2], #8\n\tadd r4, r4, r6\n\tadd r5, r5, r6\n\t" \
    load " q4, [r4]\n\t" TINY_D_FIRST load " q4, [r5]\n\t" TINY_D_SECOND TINY_D_WIDEN

#define TINY_D_EXACT(a) \
    "vldrw.u32 q4, [r1], #16\n\tvqrdmulh.s32 " a ", " a ", q4\n\tvshr.s32 q5, " a ", #31\n\t" \
    "vadd.i32 " a ", " a ", q5\n\tvldrw.u32 q4, [r1], #16\n\tvrshl.s32 " a ", " a ", q4\n\t" \
    "vadd.i32 " a ", " a ", r10\n\t"
#define TINY_D_CLAMPED(a) \
    "vldrw.u32 q4, [r1], #16\n\tvqrdmulh.s32 " a ", " a ", q4\n\t" \
    "vldrw.u32 q4, [r1], #16\n\tvrshl.s32 " a ", " a ", q4\n\tvadd.i32 " a ", " a ", r10\n\t"
/* Twice the sum has the product without its lower 31 bits in the upper half. */
#define TINY_D_SINGLE(a) \
    "vldrw.u32 q4, [r1], #16\n\tvshl.i32 " a ", " a ", #1\n\tvmulh.s32 " a ", " a ", q4\n\t" \
    "vldrw.u32 q4, [r1], #16\n\tvrshl.s32 " a ", " a ", q4\n\tvadd.i32 " a ", " a ", r10\n\t"
#define TINY_D_FLOAT(a) \
    "vldrw.u32 q4, [r1], #32\n\tvcvt.f32.s32 " a ", " a "\n\tvmul.f32 " a ", " a ", q4\n\t" \
    "vcvtn.s32.f32 " a ", " a "\n\tvqadd.s32 " a ", " a ", r10\n\t"

/* Registers: r0 taps, r1 table, r2 walks along the taps, r6 byte from the taps, r7 pairs, r8 output, r9 channels left,
   r10 zero point, r11 layer, r12 pixels left. P0 has a one for each of the channels left. */
#define TINY_HELIUM_DEPTHWISE(name, round) \
    TINY_NAKED name( \
        const int8_t *const *tap __attribute__((unused)), int8_t *output __attribute__((unused)), \
        const struct tiny_helium_depthwise *layer __attribute__((unused)), int32_t count __attribute__((unused))) \
    { \
        __asm__ volatile( \
            "push {r4-r11, lr}\n\t" \
            "vpush {d8-d15}\n\t" \
            "mov r8, r1\n\t" \
            "mov r11, r2\n\t" \
            "mov r12, r3\n\t" \
            "mov r6, #0\n\t" \
            "ldr r10, [r11, #4]\n\t" \
            "ldr r7, [r11, #16]\n" \
            "1:\n\t" \
            "ldr r1, [r11]\n\t" \
            "ldr r9, [r11, #8]\n" \
            "2:\n\t" \
            "vldrw.u32 q0, [r1], #16\n\tvldrw.u32 q1, [r1], #16\n\t" \
            "vldrw.u32 q2, [r1], #16\n\tvldrw.u32 q3, [r1], #16\n\t" \
            "mov r2, r0\n\t" \
            "vctp.8 r9\n\t" \
            "cmp r9, #16\n\t" \
            "blt 4f\n\t" \
            "wls lr, r7, 6f\n" \
            "3:\n\t" TINY_D_PAIR("vldrb.u8") \
            "le lr, 3b\n\t" \
            "b 6f\n" \
            "4:\n\t" \
            "wls lr, r7, 6f\n" \
            "5:\n\t" TINY_D_PAIR("vpst\n\tvldrbt.u8") \
            "le lr, 5b\n" \
            "6:\n\t" \
            "ldr r3, [r11, #20]\n\t" \
            "cbz r3, 7f\n\t" \
            "ldr r4, [r2]\n\t" \
            "add r4, r4, r6\n\t" \
            "vpst\n\t" \
            "vldrbt.u8 q4, [r4]\n\t" TINY_D_FIRST TINY_D_WIDEN \
            "7:\n\t" round("q0") round("q1") round("q2") round("q3") \
            "vqmovnb.s32 q4, q0\n\tvqmovnt.s32 q4, q2\n\tvqmovnb.s32 q5, q1\n\tvqmovnt.s32 q5, q3\n\t" \
            "vqmovnb.s16 q6, q4\n\tvqmovnt.s16 q6, q5\n\t" \
            "vpst\n\t" \
            "vstrbt.8 q6, [r8], #16\n\t" \
            "add r6, r6, #16\n\t" \
            "subs r9, r9, #16\n\t" \
            "bgt 2b\n\t" \
            "ldr r3, [r11, #12]\n\t" \
            "add r8, r8, r9\n\t" \
            "add r6, r6, r9\n\t" \
            "add r6, r6, r3\n\t" \
            "subs r12, r12, #1\n\t" \
            "bne 1b\n\t" \
            "vpop {d8-d15}\n\t" \
            "pop {r4-r11, pc}\n\t"); \
    }

TINY_HELIUM_DEPTHWISE(tiny_helium_depthwise_exact, TINY_D_EXACT)
TINY_HELIUM_DEPTHWISE(tiny_helium_depthwise_clamped, TINY_D_CLAMPED)
TINY_HELIUM_DEPTHWISE(tiny_helium_depthwise_single, TINY_D_SINGLE)
#if TINY_HELIUM_FLOAT
TINY_HELIUM_DEPTHWISE(tiny_helium_depthwise_float, TINY_D_FLOAT)
#endif

/* All output pixels of one image, by kernels of up to 32 positions. Those outside the image read `zeros`. */
__attribute__((noinline, unused)) static void tiny_helium_depthwise_image(
    const int8_t *image, int8_t *output, const int8_t *zeros, const struct tiny_helium_depthwise *layer,
    tiny_helium_depthwise_run *run)
{
    const int32_t pitch = layer->width * layer->channels;
    const int32_t below = (layer->kernel_height - 1) * layer->dilation_y;
    const int32_t beside = (layer->kernel_width - 1) * layer->dilation_x;
    for (int32_t oy = 0; oy < layer->output_height; oy++) {
        const int32_t y0 = oy * layer->stride_y - layer->top;
        const int32_t rows_fit = y0 >= 0 && y0 + below < layer->height;
        int32_t x0 = -layer->left;
        for (int32_t ox = 0; ox < layer->output_width;) {
            const int8_t *tap[32];
            const int8_t **next = tap;
            int32_t count = 1;
            if (rows_fit && x0 >= 0 && x0 + beside < layer->width) {
                count = (layer->width - 1 - beside - x0) / layer->stride_x + 1;
                count = count < layer->output_width - ox ? count : layer->output_width - ox;
            }
            for (int32_t y = y0; y <= y0 + below; y += layer->dilation_y) {
                for (int32_t x = x0; x <= x0 + beside; x += layer->dilation_x) {
                    const int32_t is_inside = y >= 0 && y < layer->height && x >= 0 && x < layer->width;
                    *next++ = is_inside ? image + y * pitch + x * layer->channels : zeros;
                }
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
