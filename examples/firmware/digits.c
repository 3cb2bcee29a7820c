/*
 * Handwritten digits on a bare board: reads ten images from flash, runs the model on each, and prints what it finds, the cycles of
 * each run and a verdict over the serial line. For every board of `thimble build`: STM32, RP2040, nRF52840, QEMU's.
 *
 *     thimble convert examples/digits/digits_int8.tflite --to c --name digits
 *     thimble build digits-c --board rp2040 --app examples/firmware/digits.c --out digits-rp2040
 *     thimble flash digits-rp2040 --board rp2040 --monitor
 *
 * The images are sample data: the first of each class in examples/digits/digits_test_images_u8.npy (UCI Machine Learning Repository,
 * E. Alpaydin and C. Kaynak, 1998, CC BY 4.0). With a camera, write its pixels where read_sample does.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "digits.h"
#include "firmware.h"

#define SAMPLES 10

/* SAMPLE DATA in flash, in the order of the digits. */
static const uint8_t images[SAMPLES][DIGITS_INPUT_0_ELEMENTS] = {
    { /* a 0: test image 24 */
        0,   0, 143, 239,  80,   0,   0,   0,   0,  48, 239, 239, 255,  64,   0,   0,
        0, 159, 223,   0, 143, 223,   0,   0,   0, 128, 191,   0,   0, 191,  80,   0,
        0, 128, 128,   0,   0, 159, 128,   0,   0,  80, 223,   0,   0, 191, 128,   0,
        0,   0, 255, 112, 191, 255,  64,   0,   0,   0, 143, 255, 239, 112,   0,   0,
    },
    { /* a 1: test image 16 */
        0,   0, 112, 159,   0,   0,   0,   0,   0,   0, 143, 255,   0,   0,   0,   0,
        0,   0,  96, 255,  80,   0,   0,   0,   0,   0, 143, 255, 143,   0,   0,   0,
        0,   0,   0,  96, 223,  16,   0,   0,   0,   0,   0,  32, 255,  64,   0,   0,
        0,   0,  16,  64, 223, 191,  64,  16,   0,   0, 112, 255, 255, 255, 255,  80,
    },
    { /* a 2: test image 6 */
        0,  16, 239, 239,  32,   0,   0,   0,   0, 112, 223, 207, 143,   0,   0,   0,
        0, 143, 143,  96, 207,   0,   0,   0,   0,  16,   0, 128, 191,   0,   0,   0,
        0,   0,   0, 128, 191,   0,   0,   0,   0,   0,   0, 175,  96,   0,   0,   0,
        0,   0, 112, 255, 255, 255, 112,   0,   0,   0, 255, 239, 191, 191,  48,   0,
    },
    { /* a 3: test image 2 */
        0,   0,  96, 223, 255, 255,  32,   0,   0,  80, 255, 207, 175, 255,   0,   0,
        0,   0, 112,  32, 239, 191,   0,   0,   0,   0,   0, 112, 255, 207,  16,   0,
        0,   0,   0,   0,  96, 239, 159,   0,   0,   0,   0,   0,   0, 239, 143,   0,
        0,   0,  48, 175, 128, 255,  96,   0,   0,   0, 112, 255, 255, 128,   0,   0,
    },
    { /* a 4: test image 13 */
        0,   0,   0,  16, 223,  80,   0,   0,   0,   0,   0, 175, 175,   0,   0,   0,
        0,   0, 143, 191,  16,   0,   0,   0,   0,  80, 239,  16,   0,  32,  64,   0,
        0, 223, 112,   0,   0, 207, 159,   0,   0, 239, 255, 255, 255, 255,  80,   0,
        0,  48, 128, 128, 239, 159,   0,   0,   0,   0,   0,  48, 239,  32,   0,   0,
    },
    { /* a 5: test image 14 */
        0,  32, 255, 255, 255, 255,  48,   0,   0,  16, 255, 207,  96,  64,   0,   0,
        0, 143, 255,  48,   0,   0,   0,   0,   0, 143, 255, 207, 112,   0,   0,   0,
        0,  48, 175, 207, 255, 143,   0,   0,   0,   0,   0,   0, 112, 255,  16,   0,
        0,  32, 175,  80, 191, 223,   0,   0,   0,  48, 255, 255, 255,  80,   0,   0,
    },
    { /* a 6: test image 1 */
        0,   0,  64, 223,  96,   0,   0,   0,   0,   0, 159, 239,  32,   0,   0,   0,
        0,   0, 255, 175,   0,   0,   0,   0,   0,   0, 207, 175,   0,   0,   0,   0,
        0,  48, 255, 191, 128,  48,   0,   0,   0,  32, 255, 223, 128, 191, 143,   0,
        0,   0, 255, 207,  64, 191, 191,   0,   0,   0,  96, 239, 255, 191,  16,   0,
    },
    { /* a 7: test image 0 */
        0,   0,  32, 207, 255, 143,   0,   0,   0,   0, 191, 191, 112, 255,  48,   0,
        0,  16, 223,  48,   0, 255,  64,   0,   0,   0,   0,  64, 159, 255,  96,   0,
        0,   0,   0, 207, 255, 255, 143,   0,   0,   0,   0,  80, 207,  16,   0,   0,
        0,   0,   0, 175, 143,   0,   0,   0,   0,   0,  16, 255,  64,   0,   0,   0,
    },
    { /* a 8: test image 7 */
        0,   0,  48, 159, 223,  48,   0,   0,   0, 128, 255, 175, 159, 207,   0,   0,
        0, 112, 223,   0,  16, 239,  32,   0,   0,  32, 255, 143, 255, 255,  16,   0,
        0,   0, 191, 255, 239, 239,  32,   0,   0,   0, 191, 159,   0, 128, 128,   0,
        0,   0, 143, 191,  64, 112, 191,   0,   0,   0,  32, 175, 255, 255, 143,   0,
    },
    { /* a 9: test image 8 */
        0,   0,  48, 191,  80,   0,   0,   0,   0,  16, 239, 223, 255,  96,   0,   0,
        0,  96, 255,   0,  96, 255,  96,   0,   0,  80, 255, 175, 223, 255,  64,   0,
        0,   0, 128, 159, 191, 255,   0,   0,   0,   0,  16,  16, 112, 239,  16,   0,
        0,   0, 128, 159, 159, 255,  32,   0,   0,   0,  32, 207, 223, 112,   0,   0,
    },
};

unsigned char firmware_arena[DIGITS_ARENA_BYTES] __attribute__((aligned(DIGITS_ARENA_ALIGN)));

/* Pixels of 0 to 255 as the model wants them: real = pixel / 255, stored = real / scale + zero point. */
static void read_sample(int8_t *values, uint32_t sample)
{
    for (uint32_t i = 0; i < DIGITS_INPUT_0_ELEMENTS; i++) {
        values[i] = (int8_t)((int32_t)images[sample][i] + DIGITS_INPUT_0_ZERO_POINT);
    }
}

static uint32_t largest(const int8_t *scores)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < DIGITS_OUTPUT_0_ELEMENTS; i++) {
        if (scores[i] > scores[best]) {
            best = i;
        }
    }
    return best;
}

static void print_field(const char *name, uint32_t value)
{
    port_print(name);
    port_print_u32(value);
}

int main(void)
{
    struct port_cost cost = {0, 0};
    uint32_t found = 0;
    uint32_t right = 0;
    int status = 0;
    port_print("\ndigits: ten images from flash\n");
    for (uint32_t sample = 0; sample < SAMPLES; sample++) {
        read_sample(digits_input_0(firmware_arena), sample);
        status |= port_call(digits_run, firmware_arena, &cost);
        found = largest(digits_output_0(firmware_arena));
        right += found == sample;
        print_field("a ", sample);
        print_field(" looks like ", found);
        print_field(", cycles ", cost.ticks);
        port_print("\n");
    }
    print_field("right: ", right);
    port_print(" of 10\n");
    print_field("@thimble {\"model\":\"digits\",\"board\":\"bare\",\"selftest\":", SAMPLES - right);
    print_field(",\"status\":", (uint32_t)status);
    print_field(",\"largest\":", found);
    print_field(",\"cycles\":", cost.ticks);
    print_field(",\"clockHz\":", board_clock_hz());
    print_field(",\"stackBytes\":", cost.stack_bytes);
    port_print(right == SAMPLES && status == 0 ? ",\"verdict\":\"pass\"}\n" : ",\"verdict\":\"fail\"}\n");
    return 0;
}
