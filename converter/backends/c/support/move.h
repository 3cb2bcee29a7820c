/*
 * Moves of bytes within the arena, whose source and target may overlap.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_MOVE_H
#define THIMBLE_MOVE_H

#include "thimble_integer.h"

#if defined(__GNUC__)
#define THIMBLE_SHARED __attribute__((noinline, unused)) static
typedef uint32_t __attribute__((may_alias)) thimble_move_word;
#else
#define THIMBLE_SHARED static
#endif

/* As memmove, which small C libraries do byte by byte: 32 bytes at a time on Armv7E-M and 16 on others, in either direction. */
THIMBLE_SHARED void thimble_move(unsigned char *to, const unsigned char *from, uint32_t n)
{
#if THIMBLE_DSP
    if (n >= 32 && (((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
        uint32_t left = n - 32;
        if ((uintptr_t)to < (uintptr_t)from) {
            __asm__ volatile("1:\n\t"
                             "ldmia %[from]!, {r3-r6, r8-r10, r12}\n\t"
                             "stmia %[to]!, {r3-r6, r8-r10, r12}\n\t"
                             "subs %[left], %[left], #32\n\t"
                             "bhs 1b\n\t"
                             : [from] "+r"(from), [to] "+r"(to), [left] "+r"(left)
                             :
                             : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "cc", "memory");
            n = left + 32;
        } else {
            const unsigned char *source;
            unsigned char *target;
            /* What is no multiple of 32 bytes lies in front and comes last. */
            source = from + n;
            target = to + n;
            if (((uintptr_t)source & 3) == 0) {
                __asm__ volatile("1:\n\t"
                                 "ldmdb %[from]!, {r3-r6, r8-r10, r12}\n\t"
                                 "stmdb %[to]!, {r3-r6, r8-r10, r12}\n\t"
                                 "subs %[left], %[left], #32\n\t"
                                 "bhs 1b\n\t"
                                 : [from] "+r"(source), [to] "+r"(target), [left] "+r"(left)
                                 :
                                 : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "cc", "memory");
                n = left + 32;
            }
        }
    }
#elif defined(__GNUC__) && (defined(__arm__) || defined(__riscv))
    if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
        const uint32_t whole = n & ~(uint32_t)15;
        const thimble_move_word *source = (const thimble_move_word *)(const void *)from;
        thimble_move_word *target = (thimble_move_word *)(void *)to;
        if ((uintptr_t)to < (uintptr_t)from) {
            for (uint32_t left = whole; left > 0; left -= 16) {
                const uint32_t a = source[0], b = source[1], c = source[2], d = source[3];
                target[0] = a;
                target[1] = b;
                target[2] = c;
                target[3] = d;
                source += 4;
                target += 4;
            }
            to += whole;
            from += whole;
            n -= whole;
        } else {
            memmove(to + whole, from + whole, n - whole);
            source += whole / 4;
            target += whole / 4;
            for (n = whole; n > 0; n -= 16) {
                source -= 4;
                target -= 4;
                const uint32_t a = source[0], b = source[1], c = source[2], d = source[3];
                target[3] = d;
                target[2] = c;
                target[1] = b;
                target[0] = a;
            }
        }
    }
#endif
    memmove(to, from, n);
}

#endif
