@ The measured call, the layer hooks and the calibration loops. In assembly so that their own cost is known to the
@ instruction: measure.ts subtracts exactly what stands here.

    .syntax unified
    .thumb

#define TIMER_VALUE 0x40000004
#define PAINT 0xA5C3A5C3

@ int port_call(int (*run)(void *), void *argument, struct port_cost *cost)
@ Paints the free stack, calls, and looks how far down the paint is gone.
    .section .text.port_call, "ax"
    .global port_call
    .type port_call, %function
port_call:
    push {r4-r9, r10, lr}           @ 32 bytes: the stack stays 8-byte aligned
    mov r4, r0
    mov r5, r2
    mov r0, r1
    mov r8, sp
    ldr r6, =image_stack_limit
    ldr r7, =PAINT
    mov r2, r6
1:  str r7, [r2], #4
    cmp r2, r8
    blo 1b
    ldr r9, =TIMER_VALUE
    ldr r10, [r9]
    .global port_mark_begin
port_mark_begin:
    blx r4                          @ counted: this one instruction and the callee
    .global port_mark_end
port_mark_end:
    ldr r3, [r9]
    sub r3, r10, r3                 @ the timer counts down
    str r3, [r5, #4]
2:  ldr r3, [r6]
    cmp r3, r7
    bne 3f
    adds r6, #4
    cmp r6, r8
    blo 2b
3:  sub r6, r8, r6
    str r6, [r5]
    pop {r4-r9, r10, pc}
    .size port_call, . - port_call
    .ltorg

@ void thimble_profile_begin(int layer), void thimble_profile_end(int layer)
@ Jumps to the bx of its layer, so that the address that is executed tells the layer. Up to 1024 layers, 7 instructions
@ each: five before the bx and the bx (begin), of which the plugin sees the address of the last.
    .macro hook name, table
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
\name:
    ubfx r0, r0, #0, #10
    adr r1, 4f
    add r1, r1, r0, lsl #1
    adds r1, #1
    bx r1
    .balign 4
    .global \table
\table:
4:  .rept 1024
    bx lr
    .endr
    .size \name, . - \name
    .endm

    hook thimble_profile_begin, port_layer_begin
    hook thimble_profile_end, port_layer_end

@ int port_loop_1000(void *), int port_loop_100000(void *): loops of four instructions, for checking the counters.
@ 4 n + 3 instructions each: the load of n, the result, the return.
    .macro calibration name, count
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
\name:
    ldr r0, =\count
5:  nop
    nop
    subs r0, #1
    bne 5b
    movs r0, #0
    bx lr
    .size \name, . - \name
    .ltorg
    .endm

    calibration port_loop_1000, 1000
    calibration port_loop_100000, 100000
