/*
 * Weights of 4 bits, expanded to int8 a block of output channels at a time, where the loops of dot.h and the tiles of
 * panel.h and helium.h read them.
 *
 * A word holds eight numbers n from -8 to 7 as n + 8: its byte i number i in the low half and number i + 4 in the high
 * one. A block of four channels begins with four bytes for every `group` inputs, the multipliers of its channels, from 1
 * to 15; then come the words of channels 0 and 1, one for each four inputs of both, then those of channels 2 and 3. A
 * channel left over has four bytes for every group, of which the first counts, then a word for each eight inputs. A weight
 * is its number times its multiplier.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_NIBBLES_H
#define THIMBLE_NIBBLES_H

#include "thimble_folded.h"
#include "thimble_helium.h"
#include "thimble_panel.h"

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

/* How the weights of a layer are kept, and where those of a block go. */
struct thimble_nibbles {
    const uint8_t *weights;
    uint32_t *block;
    int32_t inputs; /* of an output, a multiple of 4 */
    int32_t group;  /* inputs that share a multiplier, a multiple of 8 unless they are all */
};

/* Four numbers in the low halves of the bytes, times m: (n + 8) m + 128 - 8 m = n m + 128 fits a byte. */
THIMBLE_INLINE uint32_t thimble_nibbles_times(uint32_t halves, uint32_t m)
{
    return ((halves & 0x0F0F0F0Fu) * m + (0x80808080u - 0x08080808u * m)) ^ 0x80808080u;
}

/* The same as folded.h wants pairs, e + 256 o in 16 bits: e + 128 and o + 128, put together, are 0x8080 too large. */
THIMBLE_INLINE uint32_t thimble_nibbles_fold(uint32_t halves, uint32_t m)
{
    return ((halves & 0x0F0F0F0Fu) * m + (0x80008000u - 0x08080808u * m)) ^ 0x80008000u;
}

#if THIMBLE_DSP
/* Two words of two channels, whose numbers go `step` bytes further on: multipliers in m0 and m1, what is added in c0 and c1. */
#define THIMBLE_NIBBLES_HALF(word, step) \
    "and %[t], " word ", %[mask]\n\tand " word ", %[mask], " word ", lsr #4\n\t" \
    "mla %[t], %[t], %[m0], %[c0]\n\tmla " word ", " word ", %[m1], %[c1]\n\t" \
    "eor %[t], %[t], %[flip]\n\teor " word ", " word ", %[flip]\n\tstrd %[t], " word ", [%[to]], #" step "\n\t"
#define THIMBLE_NIBBLES_WORDS(step) \
    __asm__ volatile("1:\n\t" \
                     "ldrd %[a], %[b], [%[from]], #8\n\t" THIMBLE_NIBBLES_HALF("%[a]", step) \
                     "subs %[n], %[n], #8\n\t" THIMBLE_NIBBLES_HALF("%[b]", step) \
                     "bne 1b\n\t" \
                     : [from] "+r"(words), [to] "+r"(to), [n] "+r"(whole), [a] "=&r"(a), [b] "=&r"(b), [t] "=&r"(t) \
                     : [m0] "r"(m0), [m1] "r"(m1), [c0] "r"(flip - 0x08080808u * m0), \
                       [c1] "r"(flip - 0x08080808u * m1), [mask] "r"(0x0F0F0F0Fu), [flip] "r"(flip) \
                     : "cc", "memory")
#endif

/* Expands four channels, in the order of dot.h or in two blocks of two channels; returns where the next block lies. */
THIMBLE_INLINE const uint8_t *thimble_nibbles_block(const struct thimble_nibbles *layer, const uint8_t *from,
                                                    int32_t folded, int32_t pairs)
{
    const uint8_t *words = from;
    for (int32_t left = layer->inputs; left > 0; left -= layer->group) {
        words += 4;
    }
    for (int32_t pair = 0; pair < 4; pair += 2) {
        const uint8_t *factor = from + pair;
        uint32_t *to = layer->block + (pairs && pair > 0 ? layer->inputs >> 1 : pair);
        for (int32_t left = layer->inputs; left > 0; left -= layer->group) {
            const uint32_t m0 = factor[0], m1 = factor[1];
            int32_t n = left < layer->group ? left : layer->group;
            factor += 4;
#if THIMBLE_DSP
            int32_t whole = n & ~7;
            n -= whole;
            if (whole > 0) {
                const uint32_t flip = folded ? 0x80008000u : 0x80808080u;
                uint32_t a, b, t;
                if (pairs) {
                    THIMBLE_NIBBLES_WORDS("8");
                } else {
                    THIMBLE_NIBBLES_WORDS("16");
                }
            }
#endif
            for (; n > 0; n -= 4) {
                const uint32_t word = thimble_nibbles_load(words);
                to[0] = folded ? thimble_nibbles_fold(word, m0) : thimble_nibbles_times(word, m0);
                to[1] = folded ? thimble_nibbles_fold(word >> 4, m1) : thimble_nibbles_times(word >> 4, m1);
                to += pairs ? 2 : 4;
                words += 4;
            }
        }
    }
    return words;
}

/* Expands one channel, and up to four numbers behind it. */
THIMBLE_INLINE const uint8_t *thimble_nibbles_single(const struct thimble_nibbles *layer, const uint8_t *from,
                                                     int32_t folded)
{
    uint32_t *to = layer->block;
    const uint8_t *words = from;
    for (int32_t left = layer->inputs; left > 0; left -= layer->group) {
        words += 4;
    }
    for (int32_t left = layer->inputs; left > 0; left -= layer->group) {
        const uint32_t m = from[0];
        from += 4;
        for (int32_t n = left < layer->group ? left : layer->group; n > 0; n -= 8) {
            const uint32_t word = thimble_nibbles_load(words);
            to[0] = folded ? thimble_nibbles_fold(word, m) : thimble_nibbles_times(word, m);
            to[1] = folded ? thimble_nibbles_fold(word >> 4, m) : thimble_nibbles_times(word >> 4, m);
            to += 2;
            words += 4;
        }
    }
    return words;
}

/* Four channels in the order of dot.h, and one. */
THIMBLE_NIBBLES const uint8_t *thimble_nibbles_four(const struct thimble_nibbles *layer, const uint8_t *from)
{
    return thimble_nibbles_block(layer, from, 0, 0);
}

THIMBLE_NIBBLES const uint8_t *thimble_nibbles_one(const struct thimble_nibbles *layer, const uint8_t *from)
{
    return thimble_nibbles_single(layer, from, 0);
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
typedef const uint8_t *thimble_nibbles_expand(const struct thimble_nibbles *layer, const uint8_t *from);

/* How tiles take the weights of a layer. */
struct thimble_nibbles_tiles {
    struct thimble_nibbles layer;
    int32_t step;   /* numbers of factors of a channel */
    int32_t blocks; /* of a tile, in four channels */
    thimble_nibbles_expand *four, *one;
};

/* The outputs of a tile of pixels, four channels at a time. */
THIMBLE_NIBBLES void thimble_nibbles_channels(const thimble_nibbles_input *panel,
                                              const struct thimble_nibbles_tiles *tiles, int8_t *output,
                                              const thimble_nibbles_tile *all, thimble_nibbles_run *run)
{
    const uint8_t *weights = tiles->layer.weights;
    const int8_t *const block = (const int8_t *)tiles->layer.block;
    thimble_nibbles_tile tile = *all;
    tile.blocks = tiles->blocks;
    tile.singles = 0;
    for (int32_t n = all->blocks; n > 0; n--) {
        weights = tiles->four(&tiles->layer, weights);
        run(panel, block, output, &tile);
        tile.biases += 4;
        tile.factors += 4 * tiles->step;
        output += 4;
    }
    tile.blocks = 0;
    tile.singles = 1;
    for (int32_t n = all->singles; n > 0; n--) {
        weights = tiles->one(&tiles->layer, weights);
        run(panel, block, output, &tile);
        tile.biases += 1;
        tile.factors += tiles->step;
        output += 1;
    }
}

#endif

#if THIMBLE_DSP && !THIMBLE_HELIUM
/* Folded: four channels in two blocks of two, or in one for a layer of one pixel; and one channel. */
THIMBLE_NIBBLES const uint8_t *thimble_nibbles_fold_four(const struct thimble_nibbles *layer, const uint8_t *from)
{
    return thimble_nibbles_block(layer, from, 1, 1);
}

THIMBLE_NIBBLES const uint8_t *thimble_nibbles_folds_four(const struct thimble_nibbles *layer, const uint8_t *from)
{
    return thimble_nibbles_block(layer, from, 1, 0);
}

THIMBLE_NIBBLES const uint8_t *thimble_nibbles_fold_one(const struct thimble_nibbles *layer, const uint8_t *from)
{
    return thimble_nibbles_single(layer, from, 1);
}
#endif

#endif
