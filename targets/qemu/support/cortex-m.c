/* Start-up, semihosting and faults of a Cortex-M: Armv6-M, Armv7-M, Armv8-M in Secure state. */
#include "machine.h"

extern uint32_t image_stack_top[];

void port_reset(void);
void port_fault(void);

/* Operations by BKPT 0xAB. */
int32_t port_semihost(uint32_t operation, const void *block)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

/* Armv7-M ARM B3.2: CFSR 0xE000ED28 says why, BFAR 0xE000ED38 where. Armv6-M has neither: both read as zero there. */
void port_fault(void)
{
    port_print("fault: CFSR ");
    port_print_u32(*(volatile uint32_t *)0xE000ED28u);
    port_print(", address ");
    port_print_u32(*(volatile uint32_t *)0xE000ED38u);
    port_print("\n");
    port_stop(PORT_FAULT_EXIT);
}

void port_reset(void)
{
#if __ARM_ARCH == 6
    *(volatile uint32_t *)0xE000ED14u |= 1u << 3; /* CCR.UNALIGN_TRP; fixed at 1 on Armv6-M itself */
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; /* CPACR: full access to CP10 and CP11, FPU and vectors */
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    port_start();
}

/* Initial stack pointer, reset, NMI, and the faults; nothing else can happen: no interrupt is enabled. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)image_stack_top, (uintptr_t)port_reset, (uintptr_t)port_fault, (uintptr_t)port_fault,
    (uintptr_t)port_fault,      (uintptr_t)port_fault, (uintptr_t)port_fault, (uintptr_t)port_fault,
    (uintptr_t)port_fault,      (uintptr_t)port_fault, (uintptr_t)port_fault, (uintptr_t)port_fault,
    (uintptr_t)port_fault,      (uintptr_t)port_fault, (uintptr_t)port_fault, (uintptr_t)port_fault,
};
