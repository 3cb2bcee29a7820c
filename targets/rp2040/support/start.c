/*
 * Start-up of a Raspberry Pi RP2040, entered as its second boot stage enters a program: with the vector table's stack pointer at the
 * table's reset handler. The crystal's 12 MHz run everything, the PLLs stay off.
 */
#include "../../qemu/support/machine.h"
#include "registers.h"

extern uint32_t image_stack_top[];
extern uint32_t image_data_start[], image_data_end[], image_data_load[], image_bss_start[], image_bss_end[];

int main(void);
void port_reset(void);
void port_fault(void);
void rp2040_serial_start(void);

static void wait_for(uint32_t address, uint32_t bits)
{
    while ((RP2040_REGISTER(address) & bits) != bits) {
    }
}

static void start_clocks(void)
{
    RP2040_REGISTER(RP2040_XOSC_CTRL) = 0xAA0u;                       /* 1 to 15 MHz */
    RP2040_REGISTER(RP2040_XOSC_STARTUP) = 47u;                       /* 1 ms: 12 MHz / 256 */
    RP2040_REGISTER(RP2040_XOSC_CTRL + RP2040_SET) = 0xFABu << 12;    /* enable */
    wait_for(RP2040_XOSC_STATUS, 1u << 31);
    RP2040_REGISTER(RP2040_CLK_REF_CTRL) = 2u;                        /* the crystal; clk_sys is clk_ref after reset */
    RP2040_REGISTER(RP2040_CLK_PERI_CTRL) = 1u << 11;                 /* enable, from clk_sys */
    RP2040_REGISTER(RP2040_WATCHDOG_TICK) = (1u << 9) | 12u;          /* 1 us for the timer */
    RP2040_REGISTER(RP2040_RESETS_RESET + RP2040_CLEAR) = RP2040_RESETS_USED;
    wait_for(RP2040_RESETS_DONE, RP2040_RESETS_USED);
}

void port_timer_start(void)
{
}

/* Microseconds. */
uint32_t port_timer_ticks(void)
{
    return RP2040_REGISTER(RP2040_TIMERAWL);
}

void port_fault(void)
{
    port_print("hard fault\n");
    port_stop(PORT_FAULT_EXIT);
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
    start_clocks();
    rp2040_serial_start();
    port_stop((uint32_t)main());
}

void port_reset(void)
{
    port_start();
}

/* Initial stack pointer, reset, NMI, and the faults; no interrupt is enabled. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[48] = {
    (uintptr_t)image_stack_top, (uintptr_t)port_reset, (uintptr_t)port_fault, (uintptr_t)port_fault,
};
