/*
 * What a test program needs from the computer it runs on: files, text, and a measured call.
 * Implemented by host/support/port.c and by qemu/support/. No heap, no stdio on bare metal.
 */
#ifndef THIMBLE_PORT_H
#define THIMBLE_PORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a measured call cost. Zero where the platform cannot tell. */
struct port_cost {
    uint32_t stack_bytes; /* deepest written word below the caller's stack pointer */
    uint32_t ticks;       /* of the machine's timer; a fixed number of instructions each under -icount shift=0 */
};

/* Reads exactly `bytes` bytes of a file in the working folder. 0 = done, otherwise the file is missing or short. */
int port_read_file(const char *name, void *data, uint32_t bytes);

/* Writes a file in the working folder. 0 = done. */
int port_write_file(const char *name, const void *data, uint32_t bytes);

/* Prints text as it is. */
void port_print(const char *text);

/* Prints a number in decimal. */
void port_print_u32(uint32_t value);

/* Calls run(argument) and tells its cost; returns what it returned. Instruction counting covers exactly this call. */
int port_call(int (*run)(void *), void *argument, struct port_cost *cost);

/* The hooks that a package compiled with THIMBLE_PROFILE calls around each layer. */
void thimble_profile_begin(int layer);
void thimble_profile_end(int layer);

#ifdef __cplusplus
}
#endif

#endif
