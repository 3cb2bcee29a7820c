/*
 * STM32L476 at 80 MHz from its internal oscillator of 16 MHz, and USART2 on PA2, which the ST-LINK of a Nucleo-64 board passes on
 * (STM32L4 Reference Manual RM0351: 3.3.3 wait states, 5.1.7 voltage range 1, which is that of the reset, 6.4 RCC, 8.5 GPIO, 40.8 USART).
 */
#include "../registers.h"
#include "../firmware.h"

#define RCC 0x40021000u
#define FLASH_ACR 0x40022000u
#define GPIOA 0x48000000u
#define USART2 0x40004400u

#define MSI_HZ 4000000u
#define PLL_HZ 80000000u

static uint32_t clock_hz = MSI_HZ;

/* HSI16 * 10 / 2; all buses as the core. */
static int start_pll(void)
{
    change32(RCC, 0u, 1u << 8); /* CR: HSION */
    if (!wait32(RCC, 1u << 10, 1u << 10)) {
        return 0;
    }
    write32(RCC + 0x0Cu, 2u | (0u << 4) | (10u << 8) | (1u << 24) | (0u << 25)); /* PLLCFGR: HSI16, M = 1, N, REN, R = 2 */
    change32(RCC, 0u, 1u << 24);                                                 /* CR: PLLON */
    if (!wait32(RCC, 1u << 25, 1u << 25)) {
        return 0;
    }
    change32(FLASH_ACR, 7u, 4u | (7u << 8)); /* 4 wait states, prefetch, both caches */
    if (!wait32(FLASH_ACR, 7u, 4u)) {
        return 0;
    }
    change32(RCC + 0x08u, 3u, 3u); /* CFGR: SW = PLL */
    return wait32(RCC + 0x08u, 3u << 2, 3u << 2);
}

void board_start(void)
{
    if (start_pll()) {
        clock_hz = PLL_HZ;
    }
    change32(RCC + 0x4Cu, 0u, 1u);              /* AHB2ENR: GPIOA */
    change32(RCC + 0x58u, 0u, 1u << 17);        /* APB1ENR1: USART2 */
    change32(GPIOA + 0x20u, 15u << 8, 7u << 8); /* AFRL: PA2 is USART2_TX */
    change32(GPIOA + 0x00u, 3u << 4, 2u << 4);  /* MODER: PA2 alternate */
    write32(USART2 + 0x0Cu, (clock_hz + 57600u) / 115200u); /* BRR */
    write32(USART2 + 0x00u, (1u << 3) | 1u);                /* CR1: TE, UE */
}

uint32_t board_clock_hz(void)
{
    return clock_hz;
}

void board_put(uint8_t byte)
{
    (void)wait32(USART2 + 0x1Cu, 1u << 7, 1u << 7); /* ISR: TXE */
    write32(USART2 + 0x28u, byte);                  /* TDR */
}
