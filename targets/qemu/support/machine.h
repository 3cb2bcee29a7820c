/*
 * What the parts of a test program need from each other: port.c is the same on every machine, cortex-m.* or riscv.* belong to
 * the processor, timers/ to the board.
 */
#ifndef THIMBLE_MACHINE_H
#define THIMBLE_MACHINE_H

#include "port.h"

/* A semihosting operation (Arm document "Semihosting for AArch32 and AArch64"); returns its result. */
int32_t port_semihost(uint32_t operation, const void *block);

/* Called by the reset code with a stack: fills static data, calibrates, runs main and ends the emulator. */
void port_start(void);

/* Ends the emulator. */
void port_stop(uint32_t exit_code);

/* Exit code after a fault. */
#define PORT_FAULT_EXIT 101u

/* A timer that counts up; wraps at 32 bits. Must not touch the stack: it runs just before and after the measured call. */
void port_timer_start(void);
uint32_t port_timer_ticks(void);

/* Loops of 4 n + 3 instructions, n = 1000 and 98304. */
int port_loop_short(void *unused);
int port_loop_long(void *unused);

#endif
