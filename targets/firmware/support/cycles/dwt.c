/* Cycles by the DWT unit of a Cortex-M3 or later one (Armv7-M ARM, C1.8; Armv8-M ARM, D1.2). Emulators leave it at 0. */
#include "../firmware.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

void port_timer_start(void)
{
    REGISTER(0xE000EDFCu) |= 1u << 24;   /* DEMCR.TRCENA */
    REGISTER(0xE0001FB0u) = 0xC5ACCE55u; /* DWT_LAR, locked after reset on a Cortex-M7; ignored elsewhere */
    REGISTER(0xE0001004u) = 0;           /* DWT_CYCCNT */
    REGISTER(0xE0001000u) |= 1u;         /* DWT_CTRL.CYCCNTENA */
}

uint32_t port_timer_ticks(void)
{
    return REGISTER(0xE0001004u);
}
