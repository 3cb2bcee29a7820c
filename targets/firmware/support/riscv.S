# Start-up of a RISC-V hart in machine mode.

    .option norelax
    .option arch, +zicsr

    .section .vectors, "ax"
    .global port_reset
    .type port_reset, @function
port_reset:
    la gp, __global_pointer$
    la sp, image_stack_top
    la t0, fault
    csrw mtvec, t0
    call firmware_start
    .balign 4                       # mtvec: direct mode
fault:
    la sp, image_stack_top
    call firmware_fault
    .size port_reset, . - port_reset
