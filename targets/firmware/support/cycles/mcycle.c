/* Cycles of a RISC-V hart (Privileged Architecture, section 3.1.10), lower 32 bits. */
#include "../firmware.h"

void port_timer_start(void)
{
}

uint32_t port_timer_ticks(void)
{
    uint32_t cycles;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, mcycle\n .option pop" : "=r"(cycles));
    return cycles;
}
