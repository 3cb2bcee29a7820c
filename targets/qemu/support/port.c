/*
 * The port of the test programs to bare metal under QEMU: files and text by semihosting, the beginning and the end.
 */
#include "machine.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_EXIT_EXTENDED = 0x20,
    MODE_READ = 1, /* "rb" */
    MODE_WRITE = 5 /* "wb" */
};

/* ADP_Stopped_ApplicationExit: the second word of the block is the exit code. */
#define STOPPED_APPLICATION_EXIT 0x20026u

extern uint32_t image_data_start[], image_data_end[], image_data_load[], image_bss_start[], image_bss_end[];

int main(void);

static uint32_t length(const char *text)
{
    uint32_t count = 0;
    while (text[count] != '\0') {
        count++;
    }
    return count;
}

/* SYS_READ and SYS_WRITE return the number of bytes that were NOT transferred. */
static int transfer(uint32_t operation, uint32_t mode, const char *name, uintptr_t data, uint32_t bytes)
{
    const uintptr_t open_block[3] = {(uintptr_t)name, mode, length(name)};
    const int32_t handle = port_semihost(SYS_OPEN, open_block);
    if (handle < 0) {
        return 1;
    }
    const uintptr_t block[3] = {(uintptr_t)handle, data, bytes};
    const int32_t left = bytes == 0 ? 0 : port_semihost(operation, block);
    const uintptr_t close_block[1] = {(uintptr_t)handle};
    return port_semihost(SYS_CLOSE, close_block) != 0 || left != 0;
}

int port_read_file(const char *name, void *data, uint32_t bytes)
{
    return transfer(SYS_READ, MODE_READ, name, (uintptr_t)data, bytes);
}

int port_write_file(const char *name, const void *data, uint32_t bytes)
{
    return transfer(SYS_WRITE, MODE_WRITE, name, (uintptr_t)data, bytes);
}

void port_print(const char *text)
{
    (void)port_semihost(SYS_WRITE0, text);
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

void port_stop(uint32_t exit_code)
{
    const uint32_t block[2] = {STOPPED_APPLICATION_EXIT, exit_code};
    (void)port_semihost(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

/* The counters are checked in every run against loops of known length. */
static void calibrate(void)
{
    struct port_cost small;
    struct port_cost large;
    (void)port_call(port_loop_short, 0, &small);
    (void)port_call(port_loop_long, 0, &large);
    port_print("@clock ");
    port_print_u32(small.ticks);
    port_print(" ");
    port_print_u32(large.ticks);
    port_print("\n");
}

void port_start(void)
{
    const uint32_t *from = image_data_load;
    for (uint32_t *to = image_data_start; to < image_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = image_bss_start; to < image_bss_end; to++) {
        *to = 0;
    }
    port_timer_start();
    calibrate();
    port_stop((uint32_t)main());
}
