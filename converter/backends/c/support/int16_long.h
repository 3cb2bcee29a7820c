/*
 * Convolutions of int16 data whose sums need 64 bits: one pixel at a time; see int16_tiles.h.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_INT16_LONG_H
#define THIMBLE_INT16_LONG_H

#include "thimble_int16_panel.h"

#if THIMBLE_HELIUM
#include <arm_mve.h>
#endif

/* Channels at a time. */
#if THIMBLE_HELIUM
#define THIMBLE_INT16_BLOCK 4
#else
#define THIMBLE_INT16_BLOCK 2
#endif

/* The products of n inputs with the weights of a block of channels. */
THIMBLE_INLINE void thimble_int16_sums(int64_t sums[THIMBLE_INT16_BLOCK], const int16_t *x, const int8_t *w, int32_t n)
{
#if THIMBLE_HELIUM
    int64_t a = 0, b = 0, c = 0, d = 0;
    for (int32_t i = 0; i < n; i += 8, w += 32) {
        const int16x8_t inputs = vldrhq_s16(x + i);
        a = vmlaldavaq_s16(a, inputs, vldrbq_s16(w));
        b = vmlaldavaq_s16(b, inputs, vldrbq_s16(w + 8));
        c = vmlaldavaq_s16(c, inputs, vldrbq_s16(w + 16));
        d = vmlaldavaq_s16(d, inputs, vldrbq_s16(w + 24));
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
#elif THIMBLE_DSP
    int64_t a = 0, b = 0;
    for (int32_t i = 0; i < n; i += 4, w += 8) {
        uint32_t p[2], v[2], even;
        memcpy(p, x + i, sizeof p);
        memcpy(v, w, sizeof v);
        __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(v[0]));
        __asm__("smlald %Q0, %R0, %1, %2" : "+r"(a) : "r"(p[0]), "r"(even));
        __asm__("sxtb16 %0, %1, ror #8" : "=r"(even) : "r"(v[0]));
        __asm__("smlald %Q0, %R0, %1, %2" : "+r"(a) : "r"(p[1]), "r"(even));
        __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(v[1]));
        __asm__("smlald %Q0, %R0, %1, %2" : "+r"(b) : "r"(p[0]), "r"(even));
        __asm__("sxtb16 %0, %1, ror #8" : "=r"(even) : "r"(v[1]));
        __asm__("smlald %Q0, %R0, %1, %2" : "+r"(b) : "r"(p[1]), "r"(even));
    }
    sums[0] = a;
    sums[1] = b;
#else
    /* Four products leave room for 2^6 times as much in 32 bits. */
    int64_t a = 0, b = 0;
    for (int32_t i = 0; i < n; i += 4, w += 8) {
        const int32_t x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
        a += THIMBLE_INT16_FOUR(x0, x1, x2, x3, w);
        b += THIMBLE_INT16_FOUR(x0, x1, x2, x3, w + 4);
    }
    sums[0] = a;
    sums[1] = b;
#endif
}

/* One pixel. */
THIMBLE_INLINE void thimble_int16_long_tile(const int16_t *panel, const int8_t *weights, int16_t *output,
                                           const struct thimble_int16_layer *layer, int32_t pixels)
{
    const int32_t low = (int16_t)layer->low, high = (int16_t)layer->high;
    const struct thimble_channel *row = layer->rows;
    int64_t sums[THIMBLE_INT16_BLOCK];
    (void)pixels;
    for (int32_t c = 0; c < layer->channels; c += THIMBLE_INT16_BLOCK) {
        thimble_int16_sums(sums, panel, weights, layer->inputs);
        for (int32_t i = 0; i < THIMBLE_INT16_BLOCK && c + i < layer->channels; i++) {
            output[c + i] = thimble_int16(sums[i], row++, low, high);
        }
        weights += THIMBLE_INT16_BLOCK * layer->inputs;
    }
}

/* All images, with sums of 64 bits. */
THIMBLE_INT16_FUNCTION void thimble_int16_long_convolution(const int16_t *input, int16_t *output, const int8_t *weights,
                                                         int16_t *panel, const struct thimble_int16_layer *layer)
{
    thimble_int16_images(input, output, weights, panel, layer, 1, thimble_int16_long_tile);
}

#endif
