/*
 * RP2040 at 133 MHz from a crystal of 12 MHz, and UART0 on GPIO 0 (RP2040 Datasheet: 2.14 resets, 2.15 clocks, 2.16 crystal, 2.18 PLL,
 * 2.19.6 pins, 4.2 UART, 4.6 and 4.7 timer and its tick).
 */
#include "../registers.h"
#include "../firmware.h"

/* Writing to a register at these distances sets, or clears, bits alone (section 2.1.2). */
#define SET 0x2000u
#define CLEAR 0x3000u

#define RESETS 0x4000C000u
#define USED ((1u << 5) | (1u << 8) | (1u << 12) | (1u << 21) | (1u << 22)) /* IO_BANK0, PADS_BANK0, PLL_SYS, TIMER, UART0 */
#define XOSC 0x40024000u
#define PLL_SYS 0x40028000u
#define CLK_REF 0x40008030u
#define CLK_SYS 0x4000803Cu
#define CLK_PERI 0x40008048u
#define UART0 0x40034000u

#define XOSC_HZ 12000000u
#define PLL_HZ 133000000u
#define ROSC_HZ 6500000u

static uint32_t clock_hz = ROSC_HZ;

static int start_crystal(void)
{
    write32(XOSC, 0xAA0u);               /* CTRL: 1 to 15 MHz */
    write32(XOSC + 0x0Cu, 47u);          /* STARTUP: 1 ms, 12 MHz / 256 */
    write32(XOSC + SET, 0xFABu << 12);   /* CTRL: enable */
    if (!wait32(XOSC + 4u, 1u << 31, 1u << 31)) {
        return 0;
    }
    write32(CLK_REF, 2u); /* the crystal; clk_sys is clk_ref after reset */
    return wait32(CLK_REF + 8u, 1u << 2, 1u << 2);
}

/* 12 MHz * 133 / 6 / 2 = 133 MHz; the oscillator of the PLL at 1596 MHz. */
static int start_pll(void)
{
    write32(PLL_SYS, 1u);                              /* CS: REFDIV */
    write32(PLL_SYS + 8u, 133u);                       /* FBDIV_INT */
    write32(PLL_SYS + 4u + CLEAR, (1u << 0) | (1u << 5)); /* PWR: PD, VCOPD */
    if (!wait32(PLL_SYS, 1u << 31, 1u << 31)) {
        return 0;
    }
    write32(PLL_SYS + 0x0Cu, (6u << 16) | (2u << 12)); /* PRIM */
    write32(PLL_SYS + 4u + CLEAR, 1u << 3);            /* PWR: POSTDIVPD */
    write32(CLK_SYS, 0u);                              /* AUXSRC: PLL_SYS, while SRC is clk_ref */
    write32(CLK_SYS, 1u);                              /* SRC: AUXSRC */
    return wait32(CLK_SYS + 8u, 1u << 1, 1u << 1);
}

void board_start(void)
{
    write32(RESETS + CLEAR, USED);
    (void)wait32(RESETS + 8u, USED, USED);
    if (start_crystal()) {
        clock_hz = start_pll() ? PLL_HZ : XOSC_HZ;
    }
    write32(CLK_PERI, 1u << 11);                         /* enable, from clk_sys */
    write32(0x4005802Cu, (1u << 9) | 12u);               /* WATCHDOG_TICK: 1 us of clk_ref for the timer */
    const uint32_t divider = (4u * clock_hz + 57600u) / 115200u; /* in 64ths */
    write32(UART0 + 0x24u, divider >> 6);                /* IBRD */
    write32(UART0 + 0x28u, divider & 63u);               /* FBRD */
    write32(UART0 + 0x2Cu, (3u << 5) | (1u << 4));       /* LCR_H: 8 bits, FIFO */
    write32(UART0 + 0x30u, (1u << 9) | (1u << 8) | 1u);  /* CR: both directions, enable */
    write32(0x40014004u, 2u);                            /* GPIO0_CTRL: UART0 TX */
    write32(0x4001400Cu, 2u);                            /* GPIO1_CTRL: UART0 RX */
}

uint32_t board_clock_hz(void)
{
    return clock_hz;
}

void board_put(uint8_t byte)
{
    (void)wait32(UART0 + 0x18u, 1u << 5, 0u); /* FR: TXFF */
    write32(UART0, byte);
}
