/*
 * Depthwise convolution of 3x3 and stride 1 on Armv7E-M, a band of two output rows at a time.
 *
 * A band reads four rows. For four channels they become columns of int16 in temporary memory: for each column of the
 * window and each channel a word of rows (0, 1) and a word of rows (2, 3), 32 bytes in all. PKHBT, PKHTB and SXTB16 make
 * them out of four words of the image; the border is filled with the zero point. Then channel by channel, with its nine
 * weights in six registers: for each column of the kernel the pairs of rows (0, 1) and (1, 2). A column and its six
 * weights are four multiplications, SMLAD and SMLABT for the upper output, SMLATB and SMLAD for the lower one.
 *
 * Four channels go down the whole image before the next four begin: output and input may overlap wherever they may for
 * the loop over the pixels, as long as they begin a multiple of the channels apart, since then no channel meets another.
 *
 * A channel has a record of ten words, made of the tables of depthwise.h when its turn comes: twice the bias, multiplier,
 * constant and shift, and six pairs of weights, doubled. The output is (R(2 sum * multiplier / 2^32) + constant) >> shift,
 * limited to int8: the constant is half of 2^shift, which rounds, and the zero point moved to the left by the shift.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef THIMBLE_BANDS_H
#define THIMBLE_BANDS_H

#include "thimble_integer.h"

#if THIMBLE_DSP

struct thimble_record {
    int32_t bias, multiplier, constant, shift;
    int16_t pairs[12];
};

typedef int16_t __attribute__((may_alias)) thimble_aliasing_half;

/*
 * Columns out of four rows of an image: `count` of them, at least one, for four channels. rows: bytes from the first row
 * to the second, third and fourth, and from one pixel to the next.
 */
THIMBLE_NAKED thimble_columns(
    uint32_t *to __attribute__((unused)), const int8_t *from __attribute__((unused)),
    const int32_t *rows __attribute__((unused)), int32_t count __attribute__((unused)))
{
    __asm__ volatile("push {r4-r11, lr}\n\t"
                     "add r3, r0, r3, lsl #5\n\t"
                     "push {r3}\n\t"
                     "ldmia r2, {r2, r3, r12, lr}\n"
                     "1:\n\t"
                     "ldr r4, [r1]\n\tldr r6, [r1, r2]\n\tldr r5, [r1, r3]\n\tldr r7, [r1, r12]\n\t"
                     "pkhtb r8, r6, r4, asr #16\n\tpkhbt r4, r4, r6, lsl #16\n\t"
                     "pkhtb r9, r7, r5, asr #16\n\tpkhbt r5, r5, r7, lsl #16\n\t"
                     "sxtb16 r6, r4, ror #8\n\tsxtb16 r7, r5, ror #8\n\tsxtb16 r4, r4\n\tsxtb16 r5, r5\n\t"
                     "sxtb16 r10, r8, ror #8\n\tsxtb16 r11, r9, ror #8\n\tsxtb16 r8, r8\n\tsxtb16 r9, r9\n\t"
                     "stmia r0!, {r4-r11}\n\t"
                     "add r1, r1, lr\n\t"
                     "ldr r4, [sp]\n\t"
                     "cmp r0, r4\n\t"
                     "bne 1b\n\t"
                     "pop {r3}\n\t"
                     "pop {r4-r11, pc}\n\t");
}

/* Where the outputs of a band go. The functions below load it at once. */
struct thimble_band {
    int32_t pitch;        /* bytes from the upper row to the lower one; 0 where there is no lower one */
    int32_t step;         /* bytes from one output to the next */
    int32_t bytes;        /* of the columns of an even number of outputs: 64 for each two */
    int32_t is_odd;       /* whether there is one output more */
    int32_t back_columns; /* from the end of the loop to the columns of the next channel */
    int32_t back_output;  /* and to its output */
};

typedef void thimble_band_run(const uint32_t *columns, int8_t *output, const struct thimble_record *records,
                              const struct thimble_record *end, const struct thimble_band *band);

/* The first columns of two outputs in r10 and r11: upper and lower, and the others. Weights in r4 to r9. */
#define THIMBLE_COLUMN_FIRST(up, low, bias) \
    "smlad " up ", r2, r4, " bias "\n\tsmlabt " up ", r3, r5, " up "\n\t" \
    "smlatb " low ", r2, r4, " bias "\n\tsmlad " low ", r3, r5, " low "\n\t"
#define THIMBLE_COLUMN(up, low, w, v) \
    "smlad " up ", r2, " w ", " up "\n\tsmlabt " up ", r3, " v ", " up "\n\t" \
    "smlatb " low ", r2, " w ", " low "\n\tsmlad " low ", r3, " v ", " low "\n\t"

/* Multiplier in r2, constant in r3. */
#define THIMBLE_BAND_EXACT(a) \
    "smmulr " a ", " a ", r2\n\tadd " a ", " a ", " a ", asr #31\n\tadd " a ", " a ", r3\n\t"
#define THIMBLE_BAND_CLAMPED(a) "smmlar " a ", " a ", r2, r3\n\t"
#define THIMBLE_BAND_SINGLE(a) "smmla " a ", " a ", r2, r3\n\t"
#define THIMBLE_BAND_FLOAT(a) \
    "vmov s0, " a "\n\tvmov s1, r2\n\tvcvt.f32.s32 s0, s0\n\tvmul.f32 s0, s0, s1\n\tvcvtr.s32.f32 s0, s0\n\t" \
    "vmov " a ", s0\n\tssat " a ", #16, " a "\n\tadd " a ", " a ", r3\n\t"

/*
 * Registers: r0 columns, r1 output, r2 and r3 a column.
 * Frame: 0 bias, 4 multiplier, 8 constant, 12 shift, 16 pitch, 20 step, 24 end of the columns, 28 where the channel ends,
 * 32 and 36 steps back, 40 records, 44 end of the records.
 */
#define THIMBLE_BAND(name, high) \
    THIMBLE_NAKED name( \
        const uint32_t *columns __attribute__((unused)), int8_t *output __attribute__((unused)), \
        const struct thimble_record *records __attribute__((unused)), \
        const struct thimble_record *end __attribute__((unused)), \
        const struct thimble_band *band __attribute__((unused))) \
    { \
        __asm__ volatile( \
            "push {r4-r11, lr}\n\t" \
            "ldr r12, [sp, #36]\n\t" \
            "sub sp, sp, #48\n\t" \
            "ldmia r12, {r4-r9}\n\t" \
            "add r6, r6, r0\n\t" \
            "adr.w r10, 4f\n\tadr.w r11, 3f\n\tcmp r7, #0\n\tite eq\n\taddeq r7, r10, #1\n\taddne r7, r11, #1\n\t" \
            "add r12, sp, #16\n\t" \
            "stmia r12!, {r4-r9}\n\t" \
            "str r3, [sp, #44]\n" \
            "1:\n\t" \
            "ldmia r2!, {r4-r7}\n\tstmia sp, {r4-r7}\n\t" \
            "ldmia r2!, {r4-r9}\n\tstr r2, [sp, #40]\n" \
            "2:\n\t" \
            "ldr lr, [sp]\n\t" \
            "ldrd r2, r3, [r0], #64\n\t" THIMBLE_COLUMN_FIRST("r10", "r11", "lr") \
            "ldrd r2, r3, [r0, #-32]\n\t" THIMBLE_COLUMN("r10", "r11", "r6", "r7") \
            THIMBLE_COLUMN_FIRST("r12", "lr", "lr") \
            "ldrd r2, r3, [r0]\n\t" THIMBLE_COLUMN("r10", "r11", "r8", "r9") THIMBLE_COLUMN("r12", "lr", "r6", "r7") \
            "ldrd r2, r3, [r0, #32]\n\t" THIMBLE_COLUMN("r12", "lr", "r8", "r9") \
            "ldrd r2, r3, [sp, #4]\n\t" high("r10") high("r11") high("r12") high("lr") \
            "ldrd r2, r3, [sp, #12]\n\t" \
            "asr r10, r10, r2\n\tasr r11, r11, r2\n\tasr r12, r12, r2\n\tasr lr, lr, r2\n\t" \
            "ssat r10, #8, r10\n\tssat r11, #8, r11\n\tssat r12, #8, r12\n\tssat lr, #8, lr\n\t" \
            "strb r11, [r1, r3]\n\tstrb r10, [r1]\n\t" \
            "ldrd r10, r11, [sp, #20]\n\t" \
            "add r1, r1, r10\n\t" \
            "strb lr, [r1, r3]\n\tstrb r12, [r1]\n\t" \
            "add r1, r1, r10\n\t" \
            "cmp r0, r11\n\t" \
            "bne 2b\n\t" \
            "ldr pc, [sp, #28]\n" \
            "3:\n\t" \
            "ldr r11, [sp]\n\t" \
            "ldrd r2, r3, [r0]\n\t" THIMBLE_COLUMN_FIRST("r10", "r11", "r11") \
            "ldrd r2, r3, [r0, #32]\n\t" THIMBLE_COLUMN("r10", "r11", "r6", "r7") \
            "ldrd r2, r3, [r0, #64]\n\t" THIMBLE_COLUMN("r10", "r11", "r8", "r9") \
            "ldrd r2, r3, [sp, #4]\n\t" high("r10") high("r11") \
            "ldrd r2, r3, [sp, #12]\n\t" \
            "asr r10, r10, r2\n\tasr r11, r11, r2\n\tssat r10, #8, r10\n\tssat r11, #8, r11\n\t" \
            "strb r11, [r1, r3]\n\tstrb r10, [r1]\n" \
            "4:\n\t" \
            "add r10, r0, #8\n\t" \
            "str r10, [sp, #24]\n\t" \
            "ldrd r2, r3, [sp, #32]\n\t" \
            "add r0, r0, r2\n\tadd r1, r1, r3\n\t" \
            "ldrd r2, r3, [sp, #40]\n\t" \
            "cmp r2, r3\n\t" \
            "bne 1b\n\t" \
            "add sp, sp, #48\n\t" \
            "pop {r4-r11, pc}\n\t"); \
    }

THIMBLE_BAND(thimble_band_exact, THIMBLE_BAND_EXACT)
THIMBLE_BAND(thimble_band_clamped, THIMBLE_BAND_CLAMPED)
THIMBLE_BAND(thimble_band_single, THIMBLE_BAND_SINGLE)
#if THIMBLE_DSP_FLOAT
THIMBLE_BAND(thimble_band_float, THIMBLE_BAND_FLOAT)
#endif

/* The sizes of a layer are a table of these numbers: */
enum {
    THIMBLE_BANDS_FACTOR_STEP,   /* from the factor of one channel to that of the next: 2, or 0 */
    THIMBLE_BANDS_OFFSET,        /* twice the zero point of the output, and one */
    THIMBLE_BANDS_IS_FLOAT,      /* whether factors are float32 */
    THIMBLE_BANDS_ZERO,          /* the zero point of the input */
    THIMBLE_BANDS_BATCH,
    THIMBLE_BANDS_CHANNELS,      /* at least 4 */
    THIMBLE_BANDS_HEIGHT,
    THIMBLE_BANDS_WIDTH,
    THIMBLE_BANDS_OUTPUT_HEIGHT,
    THIMBLE_BANDS_OUTPUT_WIDTH,  /* at least 2 */
    THIMBLE_BANDS_TOP,           /* rows above the image */
    THIMBLE_BANDS_LEFT           /* columns to the left of it */
};

/* The records of four channels; weights, biases and factors are theirs. */
__attribute__((noinline, unused)) static void thimble_records(
    struct thimble_record *record, const int16_t *weights, const int32_t *biases, const int32_t *factors,
    const int32_t *sizes)
{
    for (int32_t i = 0; i < 4; i++, record++, weights += 2, factors += sizes[THIMBLE_BANDS_FACTOR_STEP]) {
        const uint32_t factor = (uint32_t)factors[0];
        int16_t *pairs = record->pairs;
        record->bias = 2 * biases[i];
        if (sizes[THIMBLE_BANDS_IS_FLOAT] != 0) {
            record->multiplier = (int32_t)(factor - (UINT32_C(1) << 23));
            record->constant = sizes[THIMBLE_BANDS_OFFSET] >> 1;
            record->shift = 0;
        } else {
            record->multiplier = (int32_t)(factor >> 1);
            record->constant = (int32_t)((uint32_t)sizes[THIMBLE_BANDS_OFFSET] << factors[1]);
            record->shift = factors[1] + 1;
        }
        /* Position 2 i stands at 8 i, position 2 i + 1 one further; see depthwise.h. */
        pairs[0] = (int16_t)(2 * weights[0]);
        pairs[1] = pairs[2] = (int16_t)(2 * weights[9]);
        pairs[3] = (int16_t)(2 * weights[24]);
        pairs[4] = (int16_t)(2 * weights[1]);
        pairs[5] = pairs[6] = (int16_t)(2 * weights[16]);
        pairs[7] = (int16_t)(2 * weights[25]);
        pairs[8] = (int16_t)(2 * weights[8]);
        pairs[9] = pairs[10] = (int16_t)(2 * weights[17]);
        pairs[11] = (int16_t)(2 * weights[32 - i]);
    }
}

/* Row k of four of the columns becomes the zero point. */
__attribute__((noinline, unused)) static void thimble_zero_row(uint32_t *columns, int32_t k, const int32_t *sizes)
{
    thimble_aliasing_half *half = (thimble_aliasing_half *)(void *)columns + k;
    const int16_t zero = (int16_t)sizes[THIMBLE_BANDS_ZERO];
    for (int32_t count = sizes[THIMBLE_BANDS_OUTPUT_WIDTH] + 2; count > 0; count--, half += 16) {
        half[0] = half[4] = half[8] = half[12] = zero;
    }
}

/* As thimble_columns, from row y0 of an image on, where rows lie outside of it: a row of the image at first, then the zero
   point where they are needed. */
__attribute__((noinline, unused)) static void thimble_edge_columns(
    uint32_t *columns, const int8_t *image, const int32_t *sizes, int32_t y0, int32_t count, int32_t needed)
{
    const int32_t height = sizes[THIMBLE_BANDS_HEIGHT];
    int32_t rows[5];
    for (int32_t k = 0; k < 4; k++) {
        const int32_t y = y0 + k < 0 ? 0 : y0 + k;
        rows[k] = (y < height ? y : height - 1) * sizes[THIMBLE_BANDS_WIDTH] * sizes[THIMBLE_BANDS_CHANNELS];
        rows[k] -= k == 0 ? 0 : rows[0];
    }
    rows[4] = sizes[THIMBLE_BANDS_CHANNELS];
    thimble_columns(columns + 8 * sizes[THIMBLE_BANDS_LEFT], image + rows[0], rows + 1, count);
    for (int32_t k = 0; k < needed; k++) {
        if (y0 + k < 0 || y0 + k >= height) {
            thimble_zero_row(columns, k, sizes);
        }
    }
}

/* A layer, through columns for two more than the outputs of a row. */
__attribute__((noinline, unused)) static void thimble_depthwise_bands(
    const int8_t *input, int8_t *output, const int16_t *weights, const int32_t *biases, const int32_t *factors,
    const int32_t *sizes, uint32_t *columns, thimble_band_run *run)
{
    const int32_t channels = sizes[THIMBLE_BANDS_CHANNELS];
    const int32_t width = sizes[THIMBLE_BANDS_WIDTH];
    const int32_t most = sizes[THIMBLE_BANDS_OUTPUT_WIDTH] + 2 - sizes[THIMBLE_BANDS_LEFT];
    const int32_t inside = width < most ? width : most;
    const int32_t pitch = width * channels;
    const int32_t output_pitch = sizes[THIMBLE_BANDS_OUTPUT_WIDTH] * channels;
    const int32_t even = sizes[THIMBLE_BANDS_OUTPUT_WIDTH] & ~1;
    const int32_t rows[4] = {pitch, 2 * pitch, 3 * pitch, channels};
    struct thimble_band band = {
        0, channels, even * 32, sizes[THIMBLE_BANDS_OUTPUT_WIDTH] & 1, 8 - even * 32, 1 - even * channels,
    };
    for (int32_t k = 0; k < 4; k++) {
        thimble_zero_row(columns, k, sizes);
    }
    for (int32_t n = sizes[THIMBLE_BANDS_BATCH]; n > 0; n--) {
        for (int32_t c = 0; c < channels; c += 4) {
            struct thimble_record records[4];
            const int32_t over = c > channels - 4 ? c - (channels - 4) : 0;
            const int8_t *from = input + c - over;
            int8_t *to = output + c;
            int32_t y0 = -sizes[THIMBLE_BANDS_TOP];
            thimble_records(records, weights + 9 * c, biases + c - over,
                            factors + sizes[THIMBLE_BANDS_FACTOR_STEP] * (c - over), sizes);
            band.pitch = output_pitch;
            for (int32_t left = sizes[THIMBLE_BANDS_OUTPUT_HEIGHT]; left > 0; left -= 2, y0 += 2) {
                if (y0 >= 0 && y0 + 3 < sizes[THIMBLE_BANDS_HEIGHT]) {
                    thimble_columns(columns + 8 * sizes[THIMBLE_BANDS_LEFT], from + y0 * pitch, rows, inside);
                } else {
                    band.pitch = left == 1 ? 0 : output_pitch;
                    thimble_edge_columns(columns, from, sizes, y0, inside, left == 1 ? 3 : 4);
                }
                run(columns + 2 * over, to, records + over, records + 4, &band);
                to += 2 * output_pitch;
            }
        }
        input += sizes[THIMBLE_BANDS_HEIGHT] * pitch;
        output += sizes[THIMBLE_BANDS_OUTPUT_HEIGHT] * output_pitch;
    }
}

#endif

#endif
