@ The measured call, the layer hooks and the calibration loops. In assembly so that their own cost is known to the
@ instruction: measure.ts subtracts exactly what stands here. Armv6-M instructions only, so that every Cortex-M runs the same.

    .syntax unified
    .thumb

#define PAINT 0xA5C3A5C3

@ int port_call(int (*run)(void *), void *argument, struct port_cost *cost)
@ Paints the free stack, calls, and looks how far down the paint is gone.
    .section .text.port_call, "ax"
    .global port_call
    .type port_call, %function
port_call:
    push {r4-r7, lr}
    mov r4, r8
    mov r5, r9
    mov r6, r10
    push {r4-r6}                    @ 32 bytes in all: the stack stays 8-byte aligned
    mov r4, r0
    mov r8, r2
    mov r9, r1
    ldr r5, =image_stack_limit
    ldr r6, =PAINT
    mov r7, sp
    mov r0, r5
1:  str r6, [r0]
    adds r0, #4
    cmp r0, r7
    blo 1b
    bl port_timer_ticks
    mov r10, r0
    mov r0, r9
    .global port_mark_begin
port_mark_begin:
    blx r4                          @ counted: this one instruction and the callee
    .global port_mark_end
port_mark_end:
    mov r9, r0
    bl port_timer_ticks
    mov r1, r10
    subs r0, r0, r1
    mov r1, r8
    str r0, [r1, #4]
2:  ldr r3, [r5]
    cmp r3, r6
    bne 3f
    adds r5, #4
    cmp r5, r7
    blo 2b
3:  subs r5, r7, r5
    str r5, [r1]
    mov r0, r9
    pop {r4-r6}
    mov r8, r4
    mov r9, r5
    mov r10, r6
    pop {r4-r7, pc}
    .size port_call, . - port_call
    .ltorg

@ void thimble_profile_begin(int layer), void thimble_profile_end(int layer)
@ Jumps to the bx of its layer, so that the address that is executed tells the layer. Up to 1024 layers, 6 instructions
@ each: five before the bx and the bx, of which the plugin sees the address of the last.
    .macro hook name, table
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
    .balign 4
\name:
    lsls r0, r0, #22                @ the layer modulo 1024, two bytes each
    lsrs r0, r0, #21
    adr r1, \table
    adds r1, r1, r0
    mov pc, r1
    .balign 4
    .global \table
\table:
    .rept 1024
    bx lr
    .endr
    .size \name, . - \name
    .endm

    hook thimble_profile_begin, port_layer_begin
    hook thimble_profile_end, port_layer_end

@ int port_loop_short(void *), int port_loop_long(void *): loops of four instructions, for checking the counters.
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

    calibration port_loop_short, 1000
    calibration port_loop_long, 98304
