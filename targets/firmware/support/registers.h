/* Reading and writing of peripheral registers; a test on a computer puts functions of its own in their place. */
#ifndef THIMBLE_REGISTERS_H
#define THIMBLE_REGISTERS_H

#include <stdint.h>

#ifdef FIRMWARE_REGISTERS_ELSEWHERE
uint32_t read32(uint32_t address);
void write32(uint32_t address, uint32_t value);
#else
static inline uint32_t read32(uint32_t address)
{
    return *(volatile uint32_t *)(uintptr_t)address;
}

static inline void write32(uint32_t address, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)address = value;
}
#endif

/* Clears the bits of `mask`, then sets those of `value`. */
static inline void change32(uint32_t address, uint32_t mask, uint32_t value)
{
    write32(address, (read32(address) & ~mask) | value);
}

/* How often a flag is read before an oscillator counts as missing: tens of milliseconds. */
#define REGISTER_PATIENCE 200000u

/* Waits until the bits of `mask` read as `value`; 0 when they do not within some time. */
static inline int wait32(uint32_t address, uint32_t mask, uint32_t value)
{
    for (uint32_t tries = 0; tries < REGISTER_PATIENCE; tries++) {
        if ((read32(address) & mask) == value) {
            return 1;
        }
    }
    return 0;
}

#endif
