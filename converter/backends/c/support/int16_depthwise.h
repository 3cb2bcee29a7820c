/*
 * Depthwise convolutions of int16 data with int8 weights, of one output per channel; see int16_tiles.h for what is done to the sums.
 *
 * The table has for each four channels, filled up by zeros: the biases, for each kernel position two words with the weights of two
 * channels each, the first in the lower half, and the factors. With Helium it has for each eight channels the biases of
 * the even ones, then of the odd ones, for each position eight weights as bytes, and the factors of the even and odd ones.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_INT16_DEPTHWISE_H
#define THIMBLE_INT16_DEPTHWISE_H

#include "thimble_int16_tiles.h"

/* The functions in assembly know where the first fields lie. */
struct thimble_int16_depthwise {
    const void *table;
    int32_t channels;
    int32_t step; /* from behind the window of one output, in bytes, to the next */
    int32_t taps;
    uint32_t low, high; /* limits of the output, each twice */
    int32_t is_limited; /* whether they are not those of int16 */
    int32_t batch, height, width, output_height, output_width;
    int32_t stride_y, stride_x, top, left;
    int32_t kernel_height, kernel_width, dilation_y, dilation_x;
};

#if THIMBLE_HELIUM
/* `count` output pixels, for the window of the first of which `tap` points to each position.
   Registers: r0 taps, r1 table, r2 walks along the taps, r6 byte from the taps, r7 taps, r8 output, r9 channels left, r11 layer,
   r12 pixels left; q6 and q7 limits. P0 has a one for each of the channels left. */
THIMBLE_NAKED thimble_int16_depthwise_run(
    const int16_t *const *tap __attribute__((unused)), int16_t *output __attribute__((unused)),
    const struct thimble_int16_depthwise *layer __attribute__((unused)), int32_t count __attribute__((unused)))
{
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "vpush {d8-d15}\n\t"
        "mov r8, r1\n\t"
        "mov r11, r2\n\t"
        "mov r12, r3\n\t"
        "mov r6, #0\n\t"
        "ldrd r4, r5, [r11, #16]\n\t"
        "vdup.16 q6, r4\n\tvdup.16 q7, r5\n\t"
        "ldr r7, [r11, #12]\n"
        "1:\n\t"
        "ldrd r1, r9, [r11]\n"
        "2:\n\t"
        "vldrw.u32 q0, [r1], #16\n\tvldrw.u32 q1, [r1], #16\n\t"
        "mov r2, r0\n\t"
        "vctp.16 r9\n\t"
        "dls lr, r7\n"
        "3:\n\t"
        "ldr r4, [r2], #4\n\t"
        "add r4, r4, r6\n\t"
        "vpst\n\t"
        "vldrht.u16 q2, [r4]\n\t"
        "vldrb.s16 q3, [r1], #8\n\t"
        "vmullb.s16 q4, q2, q3\n\tvadd.i32 q0, q0, q4\n\t"
        "vmullt.s16 q5, q2, q3\n\tvadd.i32 q1, q1, q5\n\t"
        "le lr, 3b\n\t"
        "vldrw.u32 q2, [r1], #16\n\tvldrw.u32 q3, [r1], #16\n\t"
        "vrmulh.s32 q0, q0, q2\n\tvrmulh.s32 q1, q1, q3\n\t"
        "vqmovnb.s32 q4, q0\n\tvqmovnt.s32 q4, q1\n\t"
        "vmax.s16 q4, q4, q6\n\tvmin.s16 q4, q4, q7\n\t"
        "vpst\n\t"
        "vstrht.16 q4, [r8], #16\n\t"
        "add r6, r6, #16\n\t"
        "subs r9, r9, #8\n\t"
        "bgt 2b\n\t"
        "ldr r3, [r11, #8]\n\t"
        "add r8, r8, r9, lsl #1\n\t"
        "add r6, r6, r9, lsl #1\n\t"
        "add r6, r6, r3\n\t"
        "subs r12, r12, #1\n\t"
        "bne 1b\n\t"
        "vpop {d8-d15}\n\t"
        "pop {r4-r11, pc}\n\t");
}
#else
/* The same in C, for any number of channels. */
THIMBLE_INT16_FUNCTION void thimble_int16_depthwise_run(const int16_t *const *tap, int16_t *output,
                                                      const struct thimble_int16_depthwise *layer, int32_t count)
{
    const int32_t low = (int16_t)layer->low, high = (int16_t)layer->high;
    const int32_t taps = layer->taps, channels = layer->channels, step = layer->step / 2 + channels;
    for (int32_t from = 0; count > 0; count--, from += step) {
        const int32_t *row = (const int32_t *)layer->table;
        for (int32_t c = 0; c < channels; c += 4) {
            int32_t a = row[0], b = row[1], e = row[2], f = row[3];
            const int32_t left = channels - c;
            row += 4;
            if (left >= 4) {
                for (int32_t i = 0; i < taps; i++, row += 2) {
                    const int16_t *const x = tap[i] + from + c;
                    a += x[0] * (int16_t)row[0];
                    b += x[1] * (row[0] >> 16);
                    e += x[2] * (int16_t)row[1];
                    f += x[3] * (row[1] >> 16);
                }
            } else {
                for (int32_t i = 0; i < taps; i++, row += 2) {
                    const int16_t *const x = tap[i] + from + c;
                    a += x[0] * (int16_t)row[0];
                    b += left > 1 ? x[1] * (row[0] >> 16) : 0;
                    e += left > 2 ? x[2] * (int16_t)row[1] : 0;
                }
            }
            *output++ = thimble_int16_output(a, row[0], low, high);
            if (left > 1) {
                *output++ = thimble_int16_output(b, row[1], low, high);
            }
            if (left > 2) {
                *output++ = thimble_int16_output(e, row[2], low, high);
            }
            if (left > 3) {
                *output++ = thimble_int16_output(f, row[3], low, high);
            }
            row += 4;
        }
    }
}
#endif

#if THIMBLE_DSP && !THIMBLE_HELIUM
#define THIMBLE_INT16_TAP(w, v) \
    "ldr r8, [r0], #4\n\tadd r8, r8, r11\n\tldrd r8, r9, [r8]\n\t" \
    "smlabb r4, r8, " w ", r4\n\tsmlatt r5, r8, " w ", r5\n\tsmlabb r6, r9, " v ", r6\n\tsmlatt r7, r9, " v ", r7\n\t"
#define THIMBLE_INT16_SATURATE(a) "ssat " a ", #16, " a "\n\t"
#define THIMBLE_INT16_POSITIVE(a) "usat " a ", #15, " a "\n\t"
#define THIMBLE_INT16_ANY_LIMITS \
    "ldrd r2, r3, [sp, #32]\n\tldr r8, [sp, #40]\n\tcmp r8, #0\n\tbeq 5f\n\t" \
    THIMBLE_INT16_LIMIT("r4") THIMBLE_INT16_LIMIT("r6") "5:\n\t"

/*
 * Channels in fours. Frame: 0 taps, 4 pairs of kernel positions, 8 channels, 12 bytes to the next pixel, 16 kernel positions,
 * 20 channels left, 24 pixels left, 28 table, 32 and 36 limits, 40 whether they are any.
 * Registers: r0 walks along the taps, r1 table, r11 byte from the taps, r10 pairs left; the output lies at 44.
 */
#define THIMBLE_INT16_DEPTHWISE(name, saturate, limits) \
    THIMBLE_NAKED name( \
        const int16_t *const *tap __attribute__((unused)), int16_t *output __attribute__((unused)), \
        const struct thimble_int16_depthwise *layer __attribute__((unused)), int32_t count __attribute__((unused))) \
    { \
        __asm__ volatile( \
            "push {r4-r11, lr}\n\t" \
            "sub sp, sp, #52\n\t" \
            "ldmia r2, {r4-r10}\n\t" \
            "lsr r11, r7, #1\n\t" \
            "strd r0, r11, [sp]\n\t" \
            "strd r5, r6, [sp, #8]\n\t" \
            "str r7, [sp, #16]\n\t" \
            "strd r3, r4, [sp, #24]\n\t" \
            "strd r8, r9, [sp, #32]\n\t" \
            "strd r10, r1, [sp, #40]\n\t" \
            "mov r11, #0\n" \
            "1:\n\t" \
            "ldr r1, [sp, #28]\n\t" \
            "ldr r2, [sp, #8]\n\tstr r2, [sp, #20]\n" \
            "2:\n\t" \
            "ldrd r0, r10, [sp]\n\t" \
            "ldmia r1!, {r4-r7}\n\t" \
            "cmp r10, #0\n\tbeq 4f\n" \
            "3:\n\t" \
            "ldmia r1!, {r2, r3, r12, lr}\n\t" THIMBLE_INT16_TAP("r2", "r3") THIMBLE_INT16_TAP("r12", "lr") \
            "subs r10, r10, #1\n\tbne 3b\n" \
            "4:\n\t" \
            "ldr r2, [sp, #16]\n\tlsls r2, r2, #31\n\tbeq 4f\n\t" \
            "ldrd r2, r3, [r1], #8\n\t" THIMBLE_INT16_TAP("r2", "r3") \
            "4:\n\t" \
            "ldmia r1!, {r2, r3, r8, r9}\n\t" \
            "smmulr r4, r4, r2\n\tsmmulr r5, r5, r3\n\tsmmulr r6, r6, r8\n\tsmmulr r7, r7, r9\n\t" \
            saturate("r4") saturate("r5") saturate("r6") saturate("r7") \
            "pkhbt r4, r4, r5, lsl #16\n\tpkhbt r6, r6, r7, lsl #16\n\t" limits \
            "ldr r2, [sp, #20]\n\tldr r3, [sp, #44]\n\t" \
            "strd r4, r6, [r3], #8\n\tstr r3, [sp, #44]\n\t" \
            "add r11, r11, #8\n\t" \
            "subs r2, r2, #4\n\tstr r2, [sp, #20]\n\t" \
            "bgt 2b\n\t" \
            "ldrd r2, r3, [sp, #12]\n\t" \
            "add r11, r11, r2\n\t" \
            "ldr r2, [sp, #24]\n\t" \
            "subs r2, r2, #1\n\tstr r2, [sp, #24]\n\t" \
            "bne 1b\n\t" \
            "add sp, sp, #52\n\t" \
            "pop {r4-r11, pc}\n\t"); \
    }

THIMBLE_INT16_DEPTHWISE(thimble_int16_depthwise_any, THIMBLE_INT16_SATURATE, THIMBLE_INT16_ANY_LIMITS)
THIMBLE_INT16_DEPTHWISE(thimble_int16_depthwise_positive, THIMBLE_INT16_POSITIVE, "")
#endif

/* `count` output pixels of whole fours of channels or any. */
THIMBLE_INLINE void thimble_int16_depthwise_pixels(const int16_t *const *tap, int16_t *output,
                                                  const struct thimble_int16_depthwise *layer, int32_t count)
{
#if THIMBLE_DSP && !THIMBLE_HELIUM
    if ((layer->channels & 3) == 0) {
        if (layer->low == 0 && layer->high == 0x7FFF7FFFu) {
            thimble_int16_depthwise_positive(tap, output, layer, count);
        } else {
            thimble_int16_depthwise_any(tap, output, layer, count);
        }
        return;
    }
#endif
    thimble_int16_depthwise_run(tap, output, layer, count);
}

/* All output pixels, by kernels of up to 32 positions. Those outside the image read `zeros`. */
THIMBLE_INT16_FUNCTION void thimble_int16_depthwise_images(const int16_t *image, int16_t *output, const int16_t *zeros,
                                                         const struct thimble_int16_depthwise *layer)
{
    const int32_t pitch = layer->width * layer->channels;
    const int32_t below = (layer->kernel_height - 1) * layer->dilation_y;
    const int32_t beside = (layer->kernel_width - 1) * layer->dilation_x;
    for (int32_t n = 0; n < layer->batch; n++, image += layer->height * pitch) {
        for (int32_t oy = 0; oy < layer->output_height; oy++) {
            const int32_t y0 = oy * layer->stride_y - layer->top;
            int32_t x0 = -layer->left;
            for (int32_t ox = 0; ox < layer->output_width;) {
                const int16_t *tap[32];
                const int16_t **next = tap;
                int32_t count = 1;
                for (int32_t y = y0; y <= y0 + below; y += layer->dilation_y) {
                    const int16_t *const row = image + y * pitch;
                    for (int32_t x = x0; x <= x0 + beside; x += layer->dilation_x) {
                        const int32_t is_inside = y >= 0 && y < layer->height && x >= 0 && x < layer->width;
                        *next++ = is_inside ? row + x * layer->channels : zeros;
                    }
                }
                if (y0 >= 0 && y0 + below < layer->height && x0 >= 0 && x0 + beside < layer->width) {
                    count = (layer->width - 1 - beside - x0) / layer->stride_x + 1;
                    count = count < layer->output_width - ox ? count : layer->output_width - ox;
                }
                thimble_int16_depthwise_pixels(tap, output, layer, count);
                output += count * layer->channels;
                ox += count;
                x0 += count * layer->stride_x;
            }
        }
    }
}

#endif
