/*
 * Nordic nRF51 and nRF52: crystal oscillator, instruction cache where there is one, UART (nRF51 Series Reference Manual 3.0, sections 13
 * and 29; nRF52840 Product Specification 1.1, sections 5.4, 4.3 and 6.33).
 */
#include "../registers.h"
#include "../firmware.h"

#ifndef BOARD_PIN_TX
#error "define BOARD_PIN_TX, the number of the pin that sends"
#endif

#define CLOCK 0x40000000u
#define UART0 0x40002000u
#define GPIO 0x50000000u

void board_start(void)
{
    write32(CLOCK + 0x100u, 0u); /* EVENTS_HFCLKSTARTED */
    write32(CLOCK + 0x000u, 1u); /* TASKS_HFCLKSTART: without it the core runs by an RC oscillator of the same frequency */
    (void)wait32(CLOCK + 0x100u, 1u, 1u);
#ifdef BOARD_HAS_ICACHE
    write32(0x4001E540u, 1u); /* NVMC.ICACHECNF */
#endif
    write32(GPIO + 0x508u, 1u << BOARD_PIN_TX); /* OUTSET: the line rests high */
    write32(GPIO + 0x518u, 1u << BOARD_PIN_TX); /* DIRSET */
    write32(UART0 + 0x508u, 0xFFFFFFFFu);       /* PSELRTS: none */
    write32(UART0 + 0x50Cu, BOARD_PIN_TX);      /* PSELTXD */
    write32(UART0 + 0x510u, 0xFFFFFFFFu);       /* PSELCTS: none */
    write32(UART0 + 0x514u, 0xFFFFFFFFu);       /* PSELRXD: none */
    write32(UART0 + 0x524u, 0x01D7E000u);       /* BAUDRATE: 115200 */
    write32(UART0 + 0x56Cu, 0u);                /* CONFIG: 8N1 */
    write32(UART0 + 0x500u, 4u);                /* ENABLE */
    write32(UART0 + 0x11Cu, 0u);                /* EVENTS_TXDRDY */
    write32(UART0 + 0x008u, 1u);                /* TASKS_STARTTX */
}

uint32_t board_clock_hz(void)
{
    return BOARD_CLOCK_HZ;
}

void board_put(uint8_t byte)
{
    write32(UART0 + 0x51Cu, byte); /* TXD */
    (void)wait32(UART0 + 0x11Cu, 1u, 1u);
    write32(UART0 + 0x11Cu, 0u);
}
