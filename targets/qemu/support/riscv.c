/* Faults of a RISC-V hart in machine mode. The rest of the start-up is in riscv.S. */
#include "machine.h"

void port_fault(void);

/* RISC-V Privileged Architecture, section 3.1: mcause says why, mepc where, mtval what. */
void port_fault(void)
{
    uint32_t cause;
    uint32_t address;
    uint32_t value;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, mcause\n csrr %1, mepc\n csrr %2, mtval\n .option pop"
                     : "=r"(cause), "=r"(address), "=r"(value));
    port_print("fault: mcause ");
    port_print_u32(cause);
    port_print(" at ");
    port_print_u32(address);
    port_print(", mtval ");
    port_print_u32(value);
    port_print("\n");
    port_stop(PORT_FAULT_EXIT);
}
