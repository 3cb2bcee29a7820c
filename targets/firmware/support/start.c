/* Start-up of a Cortex-M (Armv6-M, Armv7-M, Armv8-M in Secure state): vector table, variables, floating point. */
#include "firmware.h"

extern uint32_t image_stack_top[];
extern uint32_t image_data_start[], image_data_end[], image_data_load[], image_bss_start[], image_bss_end[];

int main(void);
void port_reset(void);
void firmware_fault(void);
extern const uintptr_t firmware_vectors[48];

/* The serial line may not work any more, but mostly it does. */
void firmware_fault(void)
{
    port_print("\n@thimble {\"verdict\":\"fault\"}\n");
    for (;;) {
    }
}

void port_reset(void)
{
    /* A bootloader, or an emulator, may have left another stack and another vector table. */
    __asm__ volatile("msr msp, %0" : : "r"(image_stack_top) : "memory");
    *(volatile uint32_t *)0xE000ED08u = (uint32_t)firmware_vectors; /* VTOR; reserved, and without effect, on a Cortex-M0 */
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: full access to CP10 and CP11, FPU and vectors */
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    const uint32_t *from = image_data_load;
    for (uint32_t *to = image_data_start; to < image_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = image_bss_start; to < image_bss_end; to++) {
        *to = 0;
    }
    board_start();
    port_timer_start();
    (void)main();
    for (;;) {
        __asm__ volatile("wfi");
    }
}

/* Initial stack pointer, reset, NMI, faults, and the interrupts of the peripherals, none of which is enabled. */
__attribute__((section(".vectors"), used)) const uintptr_t firmware_vectors[48] = {
    (uintptr_t)image_stack_top, (uintptr_t)port_reset,     (uintptr_t)firmware_fault, (uintptr_t)firmware_fault,
    (uintptr_t)firmware_fault,  (uintptr_t)firmware_fault, (uintptr_t)firmware_fault, (uintptr_t)firmware_fault,
    (uintptr_t)firmware_fault,  (uintptr_t)firmware_fault, (uintptr_t)firmware_fault, (uintptr_t)firmware_fault,
    (uintptr_t)firmware_fault,  (uintptr_t)firmware_fault, (uintptr_t)firmware_fault, (uintptr_t)firmware_fault,
};
