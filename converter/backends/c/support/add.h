/*
 * Sums of two int8 tensors of different scales with Helium, four at a time.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_ADD_H
#define THIMBLE_ADD_H

#include "thimble_integer.h"

#if THIMBLE_HELIUM

/* R(R((a << 20) + a_offset) + R((b << 20) + b_offset)) + zero_point; each R is thimble_exact_any by its own factor. */
struct thimble_helium_add {
    int32_t count;
    int32_t a_offset, a_multiplier;
    int32_t b_offset, b_multiplier;
    int32_t multiplier, zero_point;
    int32_t a_shift, b_shift, shift; /* to the left, none above 0 */
    int32_t low, high;               /* limits of the outputs */
};

/* A negative product has one taken off, so that ties are rounded away from zero, except where no bit is shifted out. */
#define THIMBLE_ADD_ROUND(a, multiplier, shift) \
    "vqrdmulh.s32 " a ", " a ", " multiplier "\n\t" \
    "vand q2, " a ", " shift "\n\tvshr.s32 q2, q2, #31\n\tvadd.i32 " a ", " a ", q2\n\t" \
    "vrshl.s32 " a ", " a ", " shift "\n\t"

THIMBLE_NAKED thimble_helium_add(
    const int8_t *a __attribute__((unused)), const int8_t *b __attribute__((unused)),
    int8_t *output __attribute__((unused)), const struct thimble_helium_add *layer __attribute__((unused)))
{
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "vpush {d8-d15}\n\t"
        "ldmia r3!, {r12}\n\t"
        "ldmia r3!, {r4-r9}\n\t"
        "ldrd r10, r11, [r3]\n\tvdup.32 q5, r10\n\tvdup.32 q6, r11\n\t"
        "ldrd r10, r11, [r3, #8]\n\tvdup.32 q7, r10\n\tvdup.32 q3, r11\n\t"
        "ldr r10, [r3, #16]\n\tvdup.32 q4, r10\n\t"
        "dlstp.32 lr, r12\n"
        "1:\n\t"
        "vldrb.s32 q0, [r0], #4\n\tvshl.i32 q0, q0, #20\n\t"
        "vldrb.s32 q1, [r1], #4\n\tvshl.i32 q1, q1, #20\n\t"
        "vadd.i32 q0, q0, r4\n\t" THIMBLE_ADD_ROUND("q0", "r5", "q5")
        "vadd.i32 q1, q1, r6\n\t" THIMBLE_ADD_ROUND("q1", "r7", "q6")
        "vadd.i32 q0, q0, q1\n\t" THIMBLE_ADD_ROUND("q0", "r8", "q7")
        "vadd.i32 q0, q0, r9\n\tvmax.s32 q0, q0, q3\n\tvmin.s32 q0, q0, q4\n\t"
        "vstrb.32 q0, [r2], #4\n\t"
        "letp lr, 1b\n\t"
        "vpop {d8-d15}\n\t"
        "pop {r4-r11, pc}\n\t");
}

#endif

#endif
