/* nRF51 TIMER0 (nRF51 Series Reference Manual 3.0, section 18): 32 bits at 16 MHz, read by capturing. */
#include "../machine.h"

enum {
    TASKS_START = 0x000 / 4,
    TASKS_CAPTURE_0 = 0x040 / 4,
    BITMODE = 0x508 / 4,
    PRESCALER = 0x510 / 4,
    CC_0 = 0x540 / 4
};

static volatile uint32_t *registers(void)
{
    return (volatile uint32_t *)PORT_TIMER_ADDRESS;
}

void port_timer_start(void)
{
    registers()[BITMODE] = 3; /* 32 bits */
    registers()[PRESCALER] = 0;
    registers()[TASKS_START] = 1;
}

uint32_t port_timer_ticks(void)
{
    registers()[TASKS_CAPTURE_0] = 1;
    return registers()[CC_0];
}
