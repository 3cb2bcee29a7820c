# What is measured on a RISC-V hart: the call, the layer hooks, the calibration loops. In assembly so that their own cost is known to
# the instruction: measure.ts subtracts exactly what stands here.

    .option norelax

#define PAINT 0xA5C3A5C3

# int port_call(int (*run)(void *), void *argument, struct port_cost *cost)
# Paints the free stack, calls, and looks how far down the paint is gone.
    .section .text.port_call, "ax"
    .global port_call
    .type port_call, @function
port_call:
    addi sp, sp, -32
    sw ra, 0(sp)
    sw s0, 4(sp)
    sw s1, 8(sp)
    sw s2, 12(sp)
    sw s3, 16(sp)
    sw s4, 20(sp)
    sw s5, 24(sp)
    mv s0, a0
    mv s1, a1
    mv s2, a2
    la s3, image_stack_limit
    li s4, PAINT
    mv t0, s3
1:  sw s4, 0(t0)
    addi t0, t0, 4
    bltu t0, sp, 1b
    call port_timer_ticks
    mv s5, a0
    mv a0, s1
    .global port_mark_begin
port_mark_begin:
    jalr s0                         # counted: this one instruction and the callee
    .global port_mark_end
port_mark_end:
    mv s1, a0
    call port_timer_ticks
    sub a0, a0, s5
    sw a0, 4(s2)
2:  lw t0, 0(s3)
    bne t0, s4, 3f
    addi s3, s3, 4
    bltu s3, sp, 2b
3:  sub s3, sp, s3
    sw s3, 0(s2)
    mv a0, s1
    lw ra, 0(sp)
    lw s0, 4(sp)
    lw s1, 8(sp)
    lw s2, 12(sp)
    lw s3, 16(sp)
    lw s4, 20(sp)
    lw s5, 24(sp)
    addi sp, sp, 32
    ret
    .size port_call, . - port_call

# void thimble_profile_begin(int layer), void thimble_profile_end(int layer)
# Jumps to the ret of its layer, so that the address that is executed tells the layer. Up to 1024 layers, 6 instructions
# each: five before the ret and the ret, of which the plugin sees the address of the last.
    .macro hook name, table
    .section .text.\name, "ax"
    .global \name
    .type \name, @function
\name:
    andi a0, a0, 1023               # two bytes each
    slli a0, a0, 1
6:  auipc a1, %pcrel_hi(\table)
    add a1, a1, a0
    jr %pcrel_lo(6b)(a1)
    .balign 4
    .global \table
\table:
    .rept 1024
    c.jr ra
    .endr
    .size \name, . - \name
    .endm

    hook thimble_profile_begin, port_layer_begin
    hook thimble_profile_end, port_layer_end

# int port_loop_short(void *), int port_loop_long(void *): loops of four instructions, for checking the counters.
# 4 n + 3 instructions each: two for n, which ends as the result 0, and the return.
    .macro calibration name, high, low
    .section .text.\name, "ax"
    .global \name
    .type \name, @function
\name:
    lui a0, \high
    addi a0, a0, \low
5:  nop
    nop
    addi a0, a0, -1
    bnez a0, 5b
    ret
    .size \name, . - \name
    .endm

    calibration port_loop_short, 0, 1000
    calibration port_loop_long, 24, 0
