/* Retired instructions (RISC-V Privileged Architecture, section 3.1.10), lower 32 bits; under -icount exact. */
#include "../machine.h"

void port_timer_start(void)
{
}

uint32_t port_timer_ticks(void)
{
    uint32_t instructions;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, minstret\n .option pop" : "=r"(instructions));
    return instructions;
}
