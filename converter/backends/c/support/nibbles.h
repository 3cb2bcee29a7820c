/*
 * Weights of 4 bits, expanded to int8 a block of output channels at a time, where the loops of dot.h and the tiles of
 * panel.h and helium.h read them.
 *
 * A word holds eight numbers n from -8 to 7 as n + 8: its byte i number i in the low half and number i + 4 in the high
 * one. A block of four channels lies in the order of dot.h: for each four inputs two words, of channels 0 and 1, 2 and 3;
 * channels left over lie by themselves, eight inputs in a word. In front of the words of every `group` inputs stand four
 * bytes: the multipliers of the channels, from 1 to 15. A weight is its number times the multiplier.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_NIBBLES_H
#define THIMBLE_NIBBLES_H

#include "thimble_dot.h"
#include "thimble_helium.h"
#include "thimble_panel.h"

/* Where the weights of a block go, and how they are kept. */
struct thimble_nibbles {
    uint32_t *block;
    int32_t inputs; /* of an output, a multiple of 4 */
    int32_t group;  /* inputs that share a multiplier, a multiple of 8 unless they are all */
};

#if defined(__GNUC__)
#define THIMBLE_NIBBLES __attribute__((noinline, unused)) static
#else
#define THIMBLE_NIBBLES static inline
#endif

/* Tables begin at a word. */
THIMBLE_INLINE uint32_t thimble_nibbles_load(const uint8_t *from)
{
    uint32_t word;
#if defined(__GNUC__)
    memcpy(&word, __builtin_assume_aligned(from, 4), sizeof word);
#else
    memcpy(&word, from, sizeof word);
#endif
    return word;
}

/* Four numbers in the low halves of the bytes, times m: (n + 8) m + 128 - 8 m = n m + 128 fits a byte. */
THIMBLE_INLINE uint32_t thimble_nibbles_times(uint32_t halves, uint32_t m)
{
    return ((halves & 0x0F0F0F0Fu) * m + (0x80808080u - 0x08080808u * m)) ^ 0x80808080u;
}

/* Expands four channels; returns where the next block lies. */
THIMBLE_NIBBLES const uint8_t *thimble_nibbles_four(const struct thimble_nibbles *layer, const uint8_t *from)
{
    uint32_t *to = layer->block;
    for (int32_t left = layer->inputs; left > 0; left -= layer->group) {
        const uint32_t m0 = from[0], m1 = from[1], m2 = from[2], m3 = from[3];
        const uint32_t *const end = to + (left < layer->group ? left : layer->group);
        from += 4;
        for (; to != end; to += 4, from += 8) {
            const uint32_t a = thimble_nibbles_load(from), b = thimble_nibbles_load(from + 4);
            to[0] = thimble_nibbles_times(a, m0);
            to[1] = thimble_nibbles_times(a >> 4, m1);
            to[2] = thimble_nibbles_times(b, m2);
            to[3] = thimble_nibbles_times(b >> 4, m3);
        }
    }
    return from;
}

/* Expands one channel, and up to four numbers behind it. */
THIMBLE_NIBBLES const uint8_t *thimble_nibbles_one(const struct thimble_nibbles *layer, const uint8_t *from)
{
    uint32_t *to = layer->block;
    for (int32_t left = layer->inputs; left > 0; left -= layer->group) {
        const uint32_t m = from[0];
        const int32_t count = left < layer->group ? left : layer->group;
        from += 4;
        for (int32_t i = 0; i < count; i += 8, to += 2, from += 4) {
            const uint32_t a = thimble_nibbles_load(from);
            to[0] = thimble_nibbles_times(a, m);
            to[1] = thimble_nibbles_times(a >> 4, m);
        }
    }
    return from;
}

#if THIMBLE_HELIUM
typedef struct thimble_helium thimble_nibbles_tile;
typedef int8_t thimble_nibbles_input;
#elif THIMBLE_DSP
typedef struct thimble_tile thimble_nibbles_tile;
typedef uint32_t thimble_nibbles_input;
#endif

#if THIMBLE_DSP
typedef void thimble_nibbles_run(const thimble_nibbles_input *panel, const int8_t *weights, int8_t *output,
                                 const thimble_nibbles_tile *tile);

/* The outputs of a tile of pixels, block by block; `step` numbers of factors belong to a channel. */
THIMBLE_NIBBLES void thimble_nibbles_tiles(const thimble_nibbles_input *panel, const uint8_t *weights, int8_t *output,
                                           const thimble_nibbles_tile *all, const struct thimble_nibbles *layer,
                                           int32_t step, thimble_nibbles_run *run)
{
    thimble_nibbles_tile tile = *all;
    tile.blocks = 1;
    tile.singles = 0;
    for (int32_t n = all->blocks; n > 0; n--) {
        weights = thimble_nibbles_four(layer, weights);
        run(panel, (const int8_t *)layer->block, output, &tile);
        tile.biases += 4;
        tile.factors += 4 * step;
        output += 4;
    }
    tile.blocks = 0;
    tile.singles = 1;
    for (int32_t n = all->singles; n > 0; n--) {
        weights = thimble_nibbles_one(layer, weights);
        run(panel, (const int8_t *)layer->block, output, &tile);
        tile.biases += 1;
        tile.factors += step;
        output += 1;
    }
}
#endif

#endif
