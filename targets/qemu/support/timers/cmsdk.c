/* CMSDK APB timer (Arm DDI 0479, section 4.4): a 32-bit down counter. */
#include "../machine.h"

static volatile uint32_t *registers(void)
{
    return (volatile uint32_t *)PORT_TIMER_ADDRESS;
}

void port_timer_start(void)
{
    registers()[0] = 0;
    registers()[2] = 0xFFFFFFFFu; /* reload */
    registers()[1] = 0xFFFFFFFFu; /* value */
    registers()[0] = 1;           /* enable, no interrupt */
}

uint32_t port_timer_ticks(void)
{
    return ~registers()[1];
}
