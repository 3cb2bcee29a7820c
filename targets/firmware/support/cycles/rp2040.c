/*
 * Cycles of an RP2040: SysTick has the lower 24 bits (Armv6-M ARM, B3.3), and the timer of microseconds (RP2040 Datasheet, section 4.6)
 * tells how often they have wrapped around.
 */
#include "../registers.h"
#include "../firmware.h"

#define TIMERAWL 0x40054028u
#define SYST_CVR 0xE000E018u

static uint32_t first_us;
static uint32_t cycles_per_us;

void port_timer_start(void)
{
    cycles_per_us = board_clock_hz() / 1000000u;
    write32(0xE000E014u, 0x00FFFFFFu); /* SYST_RVR */
    write32(SYST_CVR, 0u);
    write32(0xE000E010u, 5u); /* SYST_CSR: processor clock, enabled, no interrupt */
    first_us = read32(TIMERAWL);
}

/* The time in microseconds is good to a few hundred cycles, of 2^24: it is the nearest number with the lower bits of SysTick. */
uint32_t port_timer_ticks(void)
{
    const uint32_t low = (0u - read32(SYST_CVR)) & 0x00FFFFFFu;
    const uint32_t about = (read32(TIMERAWL) - first_us) * cycles_per_us;
    const uint32_t wraps = (about - low + 0x00800000u) & 0xFF000000u;
    return wraps + low;
}
