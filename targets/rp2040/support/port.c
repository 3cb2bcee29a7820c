/*
 * The port of the test programs to a Raspberry Pi RP2040: text goes out of UART0 (GPIO 0 and 1, 115200 baud, 8N1), and so do requests, which
 * are lines of their own:
 *
 *     @read <name> <bytes>     answered by a zero byte and the file, or by a one where it has not that many bytes
 *     @write <name> <bytes>    followed by a line of hexadecimal digits
 *     @exit <code>             the end
 */
#include "../../qemu/support/machine.h"
#include "registers.h"

void rp2040_serial_start(void);

void rp2040_serial_start(void)
{
    RP2040_REGISTER(RP2040_UART0_IBRD) = 6u; /* 12 MHz / (16 * 115200) = 6 + 33 / 64 */
    RP2040_REGISTER(RP2040_UART0_FBRD) = 33u;
    RP2040_REGISTER(RP2040_UART0_LCR_H) = (3u << 5) | (1u << 4); /* 8 bits, FIFOs */
    RP2040_REGISTER(RP2040_UART0_CR) = (1u << 9) | (1u << 8) | 1u;
    RP2040_REGISTER(RP2040_GPIO0_CTRL) = 2u;
    RP2040_REGISTER(RP2040_GPIO1_CTRL) = 2u;
}

static void put(char byte)
{
    while ((RP2040_REGISTER(RP2040_UART0_FR) & RP2040_UART_TX_FULL) != 0) {
    }
    RP2040_REGISTER(RP2040_UART0_DR) = (uint8_t)byte;
}

static uint8_t get(void)
{
    while ((RP2040_REGISTER(RP2040_UART0_FR) & RP2040_UART_RX_EMPTY) != 0) {
    }
    return (uint8_t)RP2040_REGISTER(RP2040_UART0_DR);
}

void port_print(const char *text)
{
    while (*text != '\0') {
        put(*text++);
    }
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

static void request(const char *what, const char *name, uint32_t bytes)
{
    port_print(what);
    port_print(name);
    put(' ');
    port_print_u32(bytes);
    put('\n');
}

int port_read_file(const char *name, void *data, uint32_t bytes)
{
    uint8_t *to = data;
    request("\n@read ", name, bytes);
    if (get() != 0) {
        return 1;
    }
    for (uint32_t i = 0; i < bytes; i++) {
        to[i] = get();
    }
    return 0;
}

int port_write_file(const char *name, const void *data, uint32_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = data;
    request("\n@write ", name, bytes);
    for (uint32_t i = 0; i < bytes; i++) {
        put(digits[from[i] >> 4]);
        put(digits[from[i] & 15]);
    }
    put('\n');
    return 0;
}

void port_stop(uint32_t exit_code)
{
    port_print("\n@exit ");
    port_print_u32(exit_code);
    put('\n');
    for (;;) {
    }
}
