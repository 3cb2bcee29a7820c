/*
 * The port of the test programs to a bare Cortex-M under QEMU: start-up, files by semihosting, faults reported.
 * Semihosting: Arm document "Semihosting for AArch32 and AArch64", operations by BKPT 0xAB.
 */
#include "port.h"

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
extern uint32_t image_stack_top[];

int main(void);
void port_reset(void);
void port_fault(void);
int port_loop_1000(void *unused);
int port_loop_100000(void *unused);

static int32_t semihost(uint32_t operation, const void *block)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

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
    const int32_t handle = semihost(SYS_OPEN, open_block);
    if (handle < 0) {
        return 1;
    }
    const uintptr_t block[3] = {(uintptr_t)handle, data, bytes};
    const int32_t left = bytes == 0 ? 0 : semihost(operation, block);
    const uintptr_t close_block[1] = {(uintptr_t)handle};
    return semihost(SYS_CLOSE, close_block) != 0 || left != 0;
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
    (void)semihost(SYS_WRITE0, text);
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

static void stop(uint32_t exit_code)
{
    const uint32_t block[2] = {STOPPED_APPLICATION_EXIT, exit_code};
    (void)semihost(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

/* Armv7-M ARM B3.2: CFSR 0xE000ED28 says why, BFAR 0xE000ED38 where. */
void port_fault(void)
{
    port_print("fault: CFSR ");
    port_print_u32(*(volatile uint32_t *)0xE000ED28u);
    port_print(", address ");
    port_print_u32(*(volatile uint32_t *)0xE000ED38u);
    port_print("\n");
    stop(101);
}

/* CMSDK APB timer 0 (Arm DDI 0479): a 32-bit down counter at 25 MHz, wraps after 171 G instructions. */
static void start_timer(void)
{
    volatile uint32_t *const timer = (volatile uint32_t *)0x40000000u;
    timer[0] = 0;
    timer[2] = 0xFFFFFFFFu; /* reload */
    timer[1] = 0xFFFFFFFFu; /* value */
    timer[0] = 1;           /* enable, no interrupt */
}

/* The counters are checked in every run against loops of known length: measure.S, 4 n + 3 instructions. */
static void calibrate(void)
{
    struct port_cost small;
    struct port_cost large;
    (void)port_call(port_loop_1000, 0, &small);
    (void)port_call(port_loop_100000, 0, &large);
    port_print("@clock ");
    port_print_u32(small.ticks);
    port_print(" ");
    port_print_u32(large.ticks);
    port_print("\n");
}

void port_reset(void)
{
    const uint32_t *from = image_data_load;
    for (uint32_t *to = image_data_start; to < image_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = image_bss_start; to < image_bss_end; to++) {
        *to = 0;
    }
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: full access to CP10 and CP11 */
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    start_timer();
    calibrate();
    stop((uint32_t)main());
}

/* Initial stack pointer, reset, NMI, and the faults; nothing else can happen: no interrupt is enabled. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)image_stack_top, (uintptr_t)port_reset, (uintptr_t)port_fault, (uintptr_t)port_fault,
    (uintptr_t)port_fault,      (uintptr_t)port_fault, (uintptr_t)port_fault, (uintptr_t)port_fault,
    (uintptr_t)port_fault,      (uintptr_t)port_fault, (uintptr_t)port_fault, (uintptr_t)port_fault,
    (uintptr_t)port_fault,      (uintptr_t)port_fault, (uintptr_t)port_fault, (uintptr_t)port_fault,
};
