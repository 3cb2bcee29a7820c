/*
 * Convolutions of int16 data: panels of their windows, and tiles of pixels that are made of them; see int16_tiles.h.
 *
 * All windows of a tile are in the panel before its first output is written; without a panel one pixel is made at a time.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_INT16_PANEL_H
#define THIMBLE_INT16_PANEL_H

#include "thimble_int16_tiles.h"

#if THIMBLE_DSP && !THIMBLE_HELIUM
/* Pairs of neighbours of all pixels of a tile lie side by side. */
#define THIMBLE_INT16_STEP(layer, pixels) (2 * (pixels))
#define THIMBLE_INT16_PITCH(layer) 2
#else
/* Pixel after pixel. */
#define THIMBLE_INT16_STEP(layer, pixels) 2
#define THIMBLE_INT16_PITCH(layer) (layer)->inputs
#endif

/* Copies n inputs into a panel, in which every second one begins `step` further on, and returns where the next run goes. */
THIMBLE_INLINE int16_t *thimble_int16_put(int16_t *to, const int16_t *from, int32_t n, int32_t step)
{
#if THIMBLE_HELIUM
    int16_t *at = to;
    __asm__ volatile("wlstp.16 lr, %[n], 2f\n"
                     "1:\n\t"
                     "vldrh.u16 q0, [%[from]], #16\n\t"
                     "vstrh.16 q0, [%[at]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:\n\t"
                     : [at] "+&r"(at), [from] "+&r"(from)
                     : [n] "r"(n)
                     : "lr", "q0", "memory");
    to += n;
    if ((n & 1) != 0) {
        *to++ = 0;
    }
    (void)step;
    return to;
#else
#if THIMBLE_DSP
    for (; n >= 8; n -= 8, from += 8) {
        uint32_t word[4];
        memcpy(word, from, sizeof word);
        memcpy(to, &word[0], sizeof word[0]);
        memcpy(to + step, &word[1], sizeof word[1]);
        to += 2 * step;
        memcpy(to, &word[2], sizeof word[2]);
        memcpy(to + step, &word[3], sizeof word[3]);
        to += 2 * step;
    }
#endif
    for (; n >= 2; n -= 2, from += 2, to += step) {
        to[0] = from[0];
        to[1] = from[1];
    }
    if (n != 0) {
        to[0] = from[0];
        to[1] = 0;
        to += step;
    }
    return to;
#endif
}

/* The same of n zeros. */
THIMBLE_INLINE int16_t *thimble_int16_clear(int16_t *to, int32_t n, int32_t step)
{
    for (; n > 0; n -= 2, to += step) {
        to[0] = 0;
        to[1] = 0;
    }
    return to;
}

/* A run of `count` inputs from element `first` of an image row of `size` elements; those outside are zeros. */
THIMBLE_INT16_FUNCTION int16_t *thimble_int16_run(int16_t *to, const int16_t *row, int32_t first, int32_t count,
                                                int32_t size, int32_t step)
{
    const int32_t before = first < 0 ? (first + count < 0 ? count : -first) : 0;
    const int32_t end = first + count > size ? (first > size ? 0 : size - first) : count;
    if (end <= before) {
        return thimble_int16_clear(to, count, step);
    }
    if ((before & 1) == 0) {
        to = thimble_int16_clear(to, before, step);
        to = thimble_int16_put(to, row + first + before, end - before, step);
        return thimble_int16_clear(to, count - end - ((end - before) & 1), step);
    }
    for (int32_t i = 0; i < count; i += 2, to += step) {
        to[0] = i >= before && i < end ? row[first + i] : 0;
        to[1] = i + 1 >= before && i + 1 < end ? row[first + i + 1] : 0;
    }
    return to;
}

/* Puts the window of one output pixel into a panel. */
THIMBLE_INT16_FUNCTION void thimble_int16_window(int16_t *to, const int16_t *image, int32_t oy, int32_t ox,
                                               const struct thimble_int16_layer *layer, int32_t step)
{
    const int32_t size = layer->width * layer->depth;
    const int32_t columns = layer->dilation_x == 1 ? 1 : layer->kernel_width;
    const int32_t count = layer->dilation_x == 1 ? layer->kernel_width * layer->depth : layer->depth;
    const int32_t first = (ox * layer->stride_x - layer->left) * layer->depth;
    int32_t y = oy * layer->stride_y - layer->top;
    for (int32_t ky = 0; ky < layer->kernel_height; ky++, y += layer->dilation_y) {
        int32_t at = first;
        for (int32_t kx = 0; kx < columns; kx++, at += layer->dilation_x * layer->depth) {
            if (y < 0 || y >= layer->height) {
                to = thimble_int16_clear(to, count, step);
            } else if (at >= 0 && at + count <= size) {
                to = thimble_int16_put(to, image + y * size + at, count, step);
            } else {
                to = thimble_int16_run(to, image + y * size, at, count, size, step);
            }
        }
    }
    thimble_int16_clear(to, layer->rest, step);
}

/* Whether the inputs of a pixel lie as in a panel of one pixel. */
THIMBLE_INLINE int32_t thimble_int16_is_direct(const struct thimble_int16_layer *layer)
{
    return layer->kernel_height == 1 && layer->kernel_width == 1 && layer->top == 0 && layer->left == 0 &&
           layer->inputs == layer->depth;
}

/* What makes the outputs of `pixels` pixels of a panel. */
typedef void thimble_int16_maker(const int16_t *panel, const int8_t *weights, int16_t *output,
                                const struct thimble_int16_layer *layer, int32_t pixels);

THIMBLE_INLINE void thimble_int16_images(const int16_t *input, int16_t *output, const int8_t *weights, int16_t *panel,
                                        const struct thimble_int16_layer *layer, int32_t most, thimble_int16_maker *make)
{
    const int32_t direct = thimble_int16_is_direct(layer);
    const int32_t image = layer->height * layer->width * layer->depth;
    for (int32_t n = 0; n < layer->batch; n++, input += image) {
        int32_t oy = 0, ox = 0, left = layer->output_height * layer->output_width;
        while (left > 0) {
            const int32_t pixels = left >= 4 && most == 4 ? 4 : left >= 2 && most >= 2 ? 2 : 1;
            const int16_t *from = panel;
            if (direct && pixels == 1) {
                from = input + (oy * layer->stride_y * layer->width + ox * layer->stride_x) * layer->depth;
                ox++;
            } else {
                const int32_t step = THIMBLE_INT16_STEP(layer, pixels);
                int16_t *to = panel;
                for (int32_t p = 0; p < pixels; p++, to += THIMBLE_INT16_PITCH(layer)) {
                    if (ox == layer->output_width) {
                        ox = 0;
                        oy++;
                    }
                    thimble_int16_window(to, input, oy, ox, layer, step);
                    ox++;
                }
            }
            make(from, weights, output, layer, pixels);
            output += pixels * layer->channels;
            left -= pixels;
            if (ox == layer->output_width) {
                ox = 0;
                oy++;
            }
        }
    }
}

/* All images, with sums of 32 bits. */
THIMBLE_INT16_FUNCTION void thimble_int16_convolution(const int16_t *input, int16_t *output, const int8_t *weights,
                                                    int16_t *panel, const struct thimble_int16_layer *layer)
{
    const int32_t most = layer->pixels < THIMBLE_INT16_PIXELS ? layer->pixels : THIMBLE_INT16_PIXELS;
    thimble_int16_images(input, output, weights, panel, layer, most, thimble_int16_tile);
}

#endif
