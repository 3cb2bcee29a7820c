/* TIMER0 of an nRF51 runs at 16 MHz, as its core does (nRF51 Series Reference Manual 3.0, section 18): a tick is a cycle. */
#include "../registers.h"
#include "../firmware.h"

#define TIMER0 0x40008000u

void port_timer_start(void)
{
    write32(TIMER0 + 0x508u, 3u); /* BITMODE: 32 bits */
    write32(TIMER0 + 0x510u, 0u); /* PRESCALER */
    write32(TIMER0 + 0x000u, 1u); /* TASKS_START */
}

uint32_t port_timer_ticks(void)
{
    write32(TIMER0 + 0x040u, 1u); /* TASKS_CAPTURE[0] */
    return read32(TIMER0 + 0x540u);
}
