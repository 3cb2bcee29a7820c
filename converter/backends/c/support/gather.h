/*
 * Convolutions on Armv7E-M: how the inputs of a tile come into its panel, and the loop over the tiles; see folded.h.
 *
 * Where four windows side by side lie inside the image, their rows are expanded together, four bytes of each at a time.
 * Windows across its edges are first put together in a strip that has all of them, with zero points where there is no
 * image. Where the channels are a multiple of four and all tiles have four pixels no strip is needed: the windows are
 * read position by position, with `zeros` for those outside. What is left over of the rows of a window follows behind all whole words.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_GATHER_H
#define THIMBLE_GATHER_H

#include "thimble_folded.h"

#if THIMBLE_DSP && !THIMBLE_HELIUM

typedef void thimble_tile_run(const uint32_t *panel, const int8_t *weights, int8_t *output, const struct thimble_tile *tile);

/* The sizes of a layer are a table of these numbers, places in bytes. */
enum {
    THIMBLE_ROWS,        /* of the window */
    THIMBLE_ROW_BYTES,   /* whole words of a row of the window */
    THIMBLE_ACROSS,      /* from the window of one output to that beside it */
    THIMBLE_REST_WORDS,  /* of what is left over of the rows; these four are read at once */
    THIMBLE_PITCH,       /* from one row of the window to the next */
    THIMBLE_DOWN,        /* from the window of one output to that below it */
    THIMBLE_OFFSET,      /* see struct thimble_tile */
    THIMBLE_OUTPUTS,     /* channels of the output */
    THIMBLE_BLOCKS,
    THIMBLE_SINGLES,
    THIMBLE_PANEL_BYTES, /* of the panel, for each pixel */
    THIMBLE_BATCH,
    THIMBLE_IMAGE,       /* from one image to the next */
    THIMBLE_PIXELS,      /* outputs of an image */
    THIMBLE_TILE_WIDTH,  /* 1 to 4 */
    THIMBLE_ORIGIN,      /* from the first window to the image */
    THIMBLE_OUTPUT_WIDTH,
    THIMBLE_FIRST_ROW,   /* outputs whose windows lie inside the image */
    THIMBLE_LAST_ROW,
    THIMBLE_FIRST_COLUMN,
    THIMBLE_LAST_COLUMN,
    THIMBLE_COLUMNS,     /* of the window; what follows is for windows that do not. COLUMNS to WIDTH are read together */
    THIMBLE_CHANNELS,
    THIMBLE_HEIGHT,
    THIMBLE_WIDTH,
    THIMBLE_STRIDE_Y,
    THIMBLE_STRIDE_X,
    THIMBLE_DILATION_Y,
    THIMBLE_TOP,
    THIMBLE_LEFT,
    THIMBLE_ZERO,
    THIMBLE_STRIP,       /* from one row of a strip to the next */
    THIMBLE_REST         /* places of the bytes left over, in the image and then in a strip */
};

/* The places of some numbers in assembly. */
#define THIMBLE_TEXT_(number) #number
#define THIMBLE_TEXT(number) THIMBLE_TEXT_(number)
#define THIMBLE_AT_COLUMNS 21
typedef char thimble_columns_are_there[(int)THIMBLE_COLUMNS == THIMBLE_AT_COLUMNS ? 1 : -1];

/* Four words of inputs in r4 to r7 on the way to words of Q, see folded.h; in between the complement of their odd bytes is P. */
#define THIMBLE_FOLD_EORS \
    "eor r4, r4, #0x7f007f00\n\teor r5, r5, #0x7f007f00\n\teor r6, r6, #0x7f007f00\n\teor r7, r7, #0x7f007f00\n\t"
#define THIMBLE_FOLD_REVS "rev16 r4, r4\n\trev16 r5, r5\n\trev16 r6, r6\n\trev16 r7, r7\n\t"

/* One word of inputs, which becomes Q, and P. */
#define THIMBLE_FOLD_WORD(x, p) \
    "eor " x ", " x ", #0x7f007f00\n\tuxtb16 " p ", " x ", ror #8\n\tmvn " p ", " p "\n\trev16 " x ", " x "\n\t"

/* Where windows lie. */
struct thimble_window {
    int32_t pitch;         /* from one row to the next */
    const int32_t *places; /* of what is left over */
    int32_t stride;        /* of the panel: four bytes for each of its pixels */
};

/* The inputs of four windows side by side, the first of which begins at `from`. */
THIMBLE_NAKED thimble_gather4(
    uint32_t *to __attribute__((unused)), const int8_t *from __attribute__((unused)),
    const int32_t *sizes __attribute__((unused)), const struct thimble_window *window __attribute__((unused)))
{
    __asm__ volatile("push {r4-r11, lr}\n\t"
                     "ldmia r2, {r4-r7}\n\t"
                     "ldmia r3, {r8, r9}\n\t"
                     "sub r8, r8, r5\n\t"
                     "push {r1, r4, r5, r7, r8, r9}\n\t"
                     "mvn lr, #0x007f007f\n\t"
                     "mov r2, r6\n\t"
                     "add r12, r2, r2, lsl #1\n\t"
                     "cmp r5, #0\n\t"
                     "beq 3f\n"
                     "1:\n\t"
                     "ldr r3, [sp, #8]\n\t"
                     "add r3, r3, r1\n"
                     "2:\n\t"
                     "ldr r5, [r1, r2]\n\tldr r6, [r1, r2, lsl #1]\n\tldr r7, [r1, r12]\n\tldr r4, [r1], #4\n\t"
                     "sxtab16 r8, lr, r4, ror #8\n\tsxtab16 r9, lr, r5, ror #8\n\t"
                     "sxtab16 r10, lr, r6, ror #8\n\tsxtab16 r11, lr, r7, ror #8\n\t"
                     "stmia r0!, {r8-r11}\n\t" THIMBLE_FOLD_EORS THIMBLE_FOLD_REVS
                     "stmia r0!, {r4-r7}\n\t"
                     "cmp r1, r3\n\t"
                     "bne 2b\n\t"
                     "ldr r4, [sp, #16]\n\t"
                     "add r1, r1, r4\n\t"
                     "ldr r4, [sp, #4]\n\t"
                     "subs r4, r4, #1\n\t"
                     "str r4, [sp, #4]\n\t"
                     "bne 1b\n"
                     "3:\n\t"
                     "pop {r1, r3, r4, r5, r6, r7}\n\t"
                     "mov lr, r5\n\t"
                     "mov r3, r7\n\t"
                     "cmp lr, #0\n\t"
                     "beq 6f\n"
                     "4:\n\t"
                     "ldmia r3!, {r4-r7}\n\t"
                     "mov r12, #4\n"
                     "5:\n\t"
                     "ldrb r8, [r1, r4]\n\tldrb r9, [r1, r5]\n\tldrb r10, [r1, r6]\n\tldrb r11, [r1, r7]\n\t"
                     "pkhbt r8, r8, r10, lsl #16\n\tpkhbt r9, r9, r11, lsl #16\n\torr r8, r8, r9, lsl #8\n\t"
                     THIMBLE_FOLD_WORD("r8", "r9")
                     "str r8, [r0, #16]\n\tstr r9, [r0], #4\n\t"
                     "add r1, r1, r2\n\t"
                     "subs r12, r12, #1\n\t"
                     "bne 5b\n\t"
                     "add r0, r0, #16\n\t"
                     "sub r1, r1, r2, lsl #2\n\t"
                     "subs lr, lr, #1\n\t"
                     "bne 4b\n"
                     "6:\n\t"
                     "pop {r4-r11, pc}\n\t");
}

/* The inputs of one window. */
THIMBLE_NAKED thimble_gather1(
    uint32_t *to __attribute__((unused)), const int8_t *from __attribute__((unused)),
    const int32_t *sizes __attribute__((unused)), const struct thimble_window *window __attribute__((unused)))
{
    __asm__ volatile("push {r4-r11, lr}\n\t"
                     "mov r9, r1\n\t"
                     "ldmia r2, {r4-r6, r12}\n\t"
                     "ldmia r3, {r6-r8}\n\t"
                     "sub r6, r6, r5\n\t"
                     "lsl r11, r8, #1\n\t"
                     "cmp r5, #0\n\t"
                     "beq 3f\n"
                     "1:\n\t"
                     "add r3, r1, r5\n"
                     "2:\n\t"
                     "ldr r10, [r1], #4\n\t"
                     THIMBLE_FOLD_WORD("r10", "lr")
                     "str r10, [r0, r8]\n\tstr lr, [r0]\n\t"
                     "add r0, r0, r11\n\t"
                     "cmp r1, r3\n\t"
                     "bne 2b\n\t"
                     "add r1, r1, r6\n\t"
                     "subs r4, r4, #1\n\t"
                     "bne 1b\n"
                     "3:\n\t"
                     "cmp r12, #0\n\t"
                     "beq 5f\n"
                     "4:\n\t"
                     "ldmia r7!, {r1-r4}\n\t"
                     "ldrb r1, [r9, r1]\n\tldrb r2, [r9, r2]\n\tldrb r3, [r9, r3]\n\tldrb r4, [r9, r4]\n\t"
                     "pkhbt r1, r1, r3, lsl #16\n\tpkhbt r2, r2, r4, lsl #16\n\torr r1, r1, r2, lsl #8\n\t"
                     THIMBLE_FOLD_WORD("r1", "r2")
                     "str r1, [r0, r8]\n\tstr r2, [r0]\n\t"
                     "add r0, r0, r11\n\t"
                     "subs r12, r12, #1\n\t"
                     "bne 4b\n"
                     "5:\n\t"
                     "pop {r4-r11, pc}\n\t");
}

/* A row of a window, and the column of the image that it begins in. */
struct thimble_row {
    const int8_t *from;
    int32_t x;
};

/* Rows of the windows of four pixels, position by position; those whose column is not in the image read `zeros`. */
THIMBLE_NAKED thimble_gather_row(
    uint32_t *to __attribute__((unused)), const struct thimble_row *rows __attribute__((unused)),
    const int32_t *sizes __attribute__((unused)), const int8_t *zeros __attribute__((unused)))
{
    __asm__ volatile("push {r4-r11, lr}\n\t"
                     "ldrd r4, r5, [r2, #4*" THIMBLE_TEXT(THIMBLE_AT_COLUMNS) "]\n\t"
                     "ldr r6, [r2, #4*" THIMBLE_TEXT(THIMBLE_AT_COLUMNS) " + 12]\n\t"
                     "mov r7, #0\n\t"
                     "mov r8, #0\n\t"
                     "push {r1, r3, r4, r5, r6, r7, r8}\n"
                     "1:\n\t"
                     "ldmia r1, {r4-r11}\n\t"
                     "ldrd r1, r2, [sp, #16]\n\tldr r3, [sp, #24]\n\tldr lr, [sp, #4]\n\t"
                     "add r5, r5, r2\n\tcmp r5, r1\n\tite lo\n\taddlo r4, r4, r3\n\tmovhs r4, lr\n\t"
                     "add r7, r7, r2\n\tcmp r7, r1\n\tite lo\n\taddlo r6, r6, r3\n\tmovhs r6, lr\n\t"
                     "add r9, r9, r2\n\tcmp r9, r1\n\tite lo\n\taddlo r8, r8, r3\n\tmovhs r8, lr\n\t"
                     "add r11, r11, r2\n\tcmp r11, r1\n\tite lo\n\taddlo r12, r10, r3\n\tmovhs r12, lr\n\t"
                     "mov r1, r4\n\tmov r2, r6\n\tmov r3, r8\n\t"
                     "ldr lr, [sp, #12]\n\t"
                     "add lr, lr, r1\n"
                     "2:\n\t"
                     "ldr r4, [r1], #4\n\tldr r5, [r2], #4\n\tldr r6, [r3], #4\n\tldr r7, [r12], #4\n\t"
                     THIMBLE_FOLD_EORS
                     "uxtb16 r8, r4, ror #8\n\tuxtb16 r9, r5, ror #8\n\t"
                     "uxtb16 r10, r6, ror #8\n\tuxtb16 r11, r7, ror #8\n\t"
                     "mvn r8, r8\n\tmvn r9, r9\n\tmvn r10, r10\n\tmvn r11, r11\n\t"
                     "stmia r0!, {r8-r11}\n\t" THIMBLE_FOLD_REVS
                     "stmia r0!, {r4-r7}\n\t"
                     "cmp r1, lr\n\t"
                     "bne 2b\n\t"
                     "ldmia sp, {r1, r2, r3, r4, r5, r6, r7}\n\t"
                     "add r6, r6, #1\n\t"
                     "add r7, r7, r4\n\t"
                     "strd r6, r7, [sp, #20]\n\t"
                     "cmp r6, r3\n\t"
                     "bne 1b\n\t"
                     "add sp, sp, #28\n\t"
                     "pop {r4-r11, pc}\n\t");
}

/* How the inputs of a tile across an edge, or of one narrower than four pixels, are found: one of two ways. */
typedef void thimble_gather_run(uint32_t *to, const int8_t *image, const int8_t *zeros, int8_t *strip,
                                const int32_t *sizes, int32_t oy, int32_t ox, int32_t count);

/* Position by position: the inputs of four outputs from (oy, ox) on. */
__attribute__((noinline, unused)) static void thimble_gather_positions(
    uint32_t *to, const int8_t *image, const int8_t *zeros, int8_t *strip, const int32_t *sizes, int32_t oy, int32_t ox,
    int32_t count)
{
    (void)strip;
    for (int32_t ky = 0; ky < sizes[THIMBLE_ROWS]; ky++) {
        struct thimble_row rows[4];
        int32_t at = ox, y = oy * sizes[THIMBLE_STRIDE_Y] - sizes[THIMBLE_TOP] + ky * sizes[THIMBLE_DILATION_Y];
        for (int32_t p = 0; p < count; p++, at++) {
            if (at == sizes[THIMBLE_OUTPUT_WIDTH]) {
                at = 0;
                y += sizes[THIMBLE_STRIDE_Y];
            }
            const int32_t x = at * sizes[THIMBLE_STRIDE_X] - sizes[THIMBLE_LEFT];
            rows[p].from = image + (y * sizes[THIMBLE_WIDTH] + x) * sizes[THIMBLE_CHANNELS];
            rows[p].x = y >= 0 && y < sizes[THIMBLE_HEIGHT] ? x : INT32_MIN;
        }
        thimble_gather_row(to, rows, sizes, zeros);
        to += 2 * sizes[THIMBLE_ROW_BYTES];
    }
}

/* Puts the windows of `count` outputs from (oy, ox) on together. */
__attribute__((noinline, unused)) static void thimble_gather_strip(
    int8_t *strip, const int8_t *image, const int32_t *sizes, int32_t oy, int32_t ox, int32_t count)
{
    const int32_t channels = sizes[THIMBLE_CHANNELS];
    const int32_t columns = (count - 1) * sizes[THIMBLE_STRIDE_X] + sizes[THIMBLE_COLUMNS];
    const int32_t x0 = ox * sizes[THIMBLE_STRIDE_X] - sizes[THIMBLE_LEFT];
    const int32_t most = sizes[THIMBLE_WIDTH] - x0;
    const int32_t left = x0 < 0 ? -x0 * channels : 0;
    const int32_t n = (most < columns ? most : columns) * channels - left;
    const int8_t *from = image + oy * sizes[THIMBLE_DOWN] + ox * sizes[THIMBLE_ACROSS] - sizes[THIMBLE_ORIGIN] + left;
    int32_t y = oy * sizes[THIMBLE_STRIDE_Y] - sizes[THIMBLE_TOP];
    memset(strip, sizes[THIMBLE_ZERO], (size_t)(sizes[THIMBLE_ROWS] * sizes[THIMBLE_STRIP]));
    strip += left;
    for (int32_t ky = sizes[THIMBLE_ROWS]; ky > 0; ky--) {
        if (y >= 0 && y < sizes[THIMBLE_HEIGHT]) {
            int32_t i = 0;
            /* The last word begins where it ends with the row. */
            for (; i + 4 < n; i += 4) {
                memcpy(strip + i, from + i, 4);
            }
            if (n >= 4) {
                memcpy(strip + n - 4, from + n - 4, 4);
            } else {
                for (; i < n; i++) {
                    strip[i] = from[i];
                    THIMBLE_IN_ORDER();
                }
            }
        }
        y += sizes[THIMBLE_DILATION_Y];
        strip += sizes[THIMBLE_STRIP];
        from += sizes[THIMBLE_PITCH];
    }
}

/* The inputs of `count` outputs from (oy, ox) on, by windows. */
__attribute__((noinline, unused)) static void thimble_gather_windows(
    uint32_t *to, const int8_t *image, const int8_t *zeros, int8_t *strip, const int32_t *sizes, int32_t oy, int32_t ox,
    int32_t count)
{
    (void)zeros;
    struct thimble_window window = {0, 0, 4 * count};
    for (int32_t p = 0; p < count;) {
        const int32_t beside = sizes[THIMBLE_OUTPUT_WIDTH] - ox;
        const int32_t together = count - p < beside ? count - p : beside;
        const int8_t *from = image + oy * sizes[THIMBLE_DOWN] + ox * sizes[THIMBLE_ACROSS] - sizes[THIMBLE_ORIGIN];
        window.pitch = sizes[THIMBLE_PITCH];
        window.places = sizes + THIMBLE_REST;
        if (oy < sizes[THIMBLE_FIRST_ROW] || oy > sizes[THIMBLE_LAST_ROW] || ox < sizes[THIMBLE_FIRST_COLUMN] ||
            ox + together - 1 > sizes[THIMBLE_LAST_COLUMN]) {
            thimble_gather_strip(strip, image, sizes, oy, ox, together);
            from = strip;
            window.pitch = sizes[THIMBLE_STRIP];
            window.places += 4 * sizes[THIMBLE_REST_WORDS];
        }
        if (together == 4) {
            thimble_gather4(to, from, sizes, &window);
        } else {
            for (int32_t i = p; i < p + together; i++, from += sizes[THIMBLE_ACROSS]) {
                thimble_gather1(to + i, from, sizes, &window);
            }
        }
        p += together;
        ox = 0;
        oy++;
    }
}

/* A layer; `last` is for the pixels left over. */
__attribute__((noinline, unused)) static void thimble_convolution(
    const int8_t *image, int8_t *output, const int8_t *weights, const int32_t *biases, const int32_t *factors,
    const int32_t *sizes, const int8_t *zeros, int8_t *strip, uint32_t *panel, thimble_gather_run *gather,
    thimble_tile_run *tile, thimble_tile_run *last)
{
    const int32_t outputs = sizes[THIMBLE_OUTPUTS];
    const int32_t width = sizes[THIMBLE_TILE_WIDTH];
    const struct thimble_tile all = {
        biases, factors, sizes[THIMBLE_OFFSET], outputs, sizes[THIMBLE_BLOCKS], sizes[THIMBLE_SINGLES],
        sizes[THIMBLE_PANEL_BYTES],
    };
    const struct thimble_window inside = {sizes[THIMBLE_PITCH], sizes + THIMBLE_REST, 16};
    const int32_t is_row = sizes[THIMBLE_ROWS] == 1 && sizes[THIMBLE_REST_WORDS] == 0;
    for (int32_t n = sizes[THIMBLE_BATCH]; n > 0; n--) {
        int32_t oy = 0, ox = 0;
        for (int32_t left = sizes[THIMBLE_PIXELS]; left > 0;) {
            const int32_t is_inside = oy >= sizes[THIMBLE_FIRST_ROW] && oy <= sizes[THIMBLE_LAST_ROW] &&
                                      ox >= sizes[THIMBLE_FIRST_COLUMN];
            const int32_t tiles = is_inside && width == 4 ? (sizes[THIMBLE_LAST_COLUMN] + 1 - ox) >> 2 : 0;
            int32_t count = left < width ? left : width;
            if (tiles > 0) {
                const int32_t step = 4 * sizes[THIMBLE_ACROSS];
                const int8_t *from =
                    image + oy * sizes[THIMBLE_DOWN] + ox * sizes[THIMBLE_ACROSS] - sizes[THIMBLE_ORIGIN];
                const int8_t *const end = from + tiles * step;
                for (; from != end; from += step) {
                    if (is_row) {
                        thimble_fold_four(panel, from, sizes[THIMBLE_ACROSS], sizes[THIMBLE_ROW_BYTES]);
                    } else {
                        thimble_gather4(panel, from, sizes, &inside);
                    }
                    tile(panel, weights, output, &all);
                    output += 4 * outputs;
                }
                count = 4 * tiles;
            } else {
                gather(panel, image, zeros, strip, sizes, oy, ox, count);
                (count == width ? tile : last)(panel, weights, output, &all);
                output += count * outputs;
            }
            left -= count;
            ox += count;
            while (ox >= sizes[THIMBLE_OUTPUT_WIDTH]) {
                ox -= sizes[THIMBLE_OUTPUT_WIDTH];
                oy++;
            }
        }
        image += sizes[THIMBLE_IMAGE];
    }
}

#endif

#endif
