/* Text over the serial line of the board, and the bytes of the self test. */
#include "firmware.h"

void port_print(const char *text)
{
    while (*text != '\0') {
        board_put((uint8_t)*text++);
    }
}

void firmware_print(firmware_text *text)
{
    port_print(text);
}

void port_print_u32(uint32_t value)
{
    char digits[11];
    uint32_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    port_print(&digits[at]);
}

void *firmware_copy(void *to, const void *from, uintptr_t bytes)
{
    for (uintptr_t i = 0; i < bytes; i++) {
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    }
    return to;
}

int firmware_compare(const void *a, const void *b, uintptr_t bytes)
{
    for (uintptr_t i = 0; i < bytes; i++) {
        if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i]) {
            return 1;
        }
    }
    return 0;
}
