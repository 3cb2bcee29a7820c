/*
 * What the parts of a bare firmware need from each other. start.c (or riscv.S) begins, a file of boards/ knows clocks and the serial
 * line, a file of cycles/ counts, print.c is the same everywhere, and main.c is written for the model.
 */
#ifndef THIMBLE_FIRMWARE_H
#define THIMBLE_FIRMWARE_H

#include "port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Text that takes no SRAM: AVR reads constants from flash by other instructions than variables, and __memx pointers know both. */
#ifdef __AVR__
typedef const __memx char firmware_text;
#define TEXT(literal) \
    (__extension__({ static const __memx char firmware_literal[] = literal; &firmware_literal[0]; }))
#else
typedef const char firmware_text;
#define TEXT(literal) literal
#endif

/* Prints text as it is. */
void firmware_print(firmware_text *text);

/* Clocks, then the serial line. Where an oscillator or a PLL does not answer the firmware goes on by the clock of the reset. */
void board_start(void);

/* Cycles of the core per second, as board_start left them; 0 where nobody knows, as in an emulator. */
uint32_t board_clock_hz(void);

/* Sends a byte over the serial line; waits until there is room. */
void board_put(uint8_t byte);

/* A counter of cycles modulo 2^32 that starts at some moment. Must not touch the stack. */
void port_timer_start(void);
uint32_t port_timer_ticks(void);

/* The memory of the model. */
extern unsigned char firmware_arena[];

/* Copies, and compares: 0 where all bytes are the same. The self test calls these, so that no library function is there for it alone. */
void *firmware_copy(void *to, const void *from, uintptr_t bytes);
int firmware_compare(const void *a, const void *b, uintptr_t bytes);

#ifdef __cplusplus
}
#endif

#endif
