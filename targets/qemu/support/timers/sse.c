/* System counter of the SSE-300 (Arm 101773, system counter control frame): 64 bits, of which the lower 32 are read. */
#include "../machine.h"

static volatile uint32_t *registers(void)
{
    return (volatile uint32_t *)PORT_TIMER_ADDRESS;
}

void port_timer_start(void)
{
    registers()[0] = 1; /* CNTCR.EN */
}

uint32_t port_timer_ticks(void)
{
    return registers()[2]; /* CNTCV[31:0] */
}
