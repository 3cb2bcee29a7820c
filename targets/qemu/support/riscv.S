# Start-up and semihosting of a RISC-V hart.

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
    call port_start
    .balign 4                       # mtvec: direct mode
fault:
    la sp, image_stack_top
    call port_fault
    .size port_reset, . - port_reset

# int32_t port_semihost(uint32_t operation, const void *block)
# RISC-V Semihosting 1.0, section 2: these three instructions, uncompressed and on one page.
    .section .text.port_semihost, "ax"
    .global port_semihost
    .type port_semihost, @function
    .option push
    .option norvc
    .balign 16
port_semihost:
    slli x0, x0, 0x1f
    ebreak
    srai x0, x0, 7
    ret
    .option pop
    .size port_semihost, . - port_semihost
