/* The FPGA images of Arm's MPS2 and MPS3 boards: a CMSDK APB UART (Arm DDI 0479, section 4.3) and clocks that need nothing. */
#include "../registers.h"
#include "../firmware.h"

#ifndef BOARD_UART
#error "define BOARD_UART, the address of the UART"
#endif

void board_start(void)
{
    write32(BOARD_UART + 0x10u, BOARD_UART_CLOCK / 115200u); /* BAUDDIV */
    write32(BOARD_UART + 0x08u, 1u);                         /* CTRL: transmitter */
}

uint32_t board_clock_hz(void)
{
    return 0;
}

void board_put(uint8_t byte)
{
    while ((read32(BOARD_UART + 0x04u) & 1u) != 0) { /* STATE: transmit buffer full */
    }
    write32(BOARD_UART, byte);
}
