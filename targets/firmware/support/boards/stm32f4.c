/*
 * STM32F446 at 180 MHz from its internal oscillator of 16 MHz, and USART2 on PA2, which the ST-LINK of a Nucleo-64 board passes on
 * (STM32F446 Reference Manual RM0390: 3.4.1 wait states and accelerator, 5.1.4 over-drive, 6.3 RCC, 7.4 GPIO, 25.6 USART).
 */
#include "../registers.h"
#include "../firmware.h"

#define RCC 0x40023800u
#define PWR 0x40007000u
#define FLASH_ACR 0x40023C00u
#define GPIOA 0x40020000u
#define USART2 0x40004400u

#define HSI_HZ 16000000u
#define PLL_HZ 180000000u

static uint32_t clock_hz = HSI_HZ;

/* HSI / 8 * 180 / 2. AHB as the core, APB1 a quarter of it, APB2 a half. */
static int start_pll(void)
{
    change32(RCC + 0x40u, 0u, 1u << 28); /* APB1ENR: PWR */
    change32(PWR, 3u << 14, 3u << 14);   /* CR: VOS scale 1 */
    write32(RCC + 0x04u, 8u | (180u << 6) | (0u << 16) | (8u << 24) | (2u << 28)); /* PLLCFGR: M, N, P = 2, Q, R; HSI */
    change32(RCC, 0u, 1u << 24);         /* CR: PLLON */
    change32(PWR, 0u, 1u << 16);         /* CR: ODEN */
    if (!wait32(PWR + 4u, 1u << 16, 1u << 16)) {
        return 0;
    }
    change32(PWR, 0u, 1u << 17); /* CR: ODSWEN */
    if (!wait32(PWR + 4u, 1u << 17, 1u << 17) || !wait32(RCC, 1u << 25, 1u << 25)) {
        return 0;
    }
    change32(FLASH_ACR, 15u, 5u | (7u << 8)); /* 5 wait states, prefetch, both caches */
    if (!wait32(FLASH_ACR, 15u, 5u)) {
        return 0;
    }
    change32(RCC + 0x08u, 0xFCF0u, (5u << 10) | (4u << 13)); /* CFGR: APB1 / 4, APB2 / 2 */
    change32(RCC + 0x08u, 3u, 2u);                           /* CFGR: SW = PLL */
    return wait32(RCC + 0x08u, 3u << 2, 2u << 2);
}

void board_start(void)
{
    const int fast = start_pll();
    if (fast) {
        clock_hz = PLL_HZ;
    }
    change32(RCC + 0x30u, 0u, 1u);                   /* AHB1ENR: GPIOA */
    change32(RCC + 0x40u, 0u, 1u << 17);             /* APB1ENR: USART2 */
    change32(GPIOA + 0x20u, 15u << 8, 7u << 8);      /* AFRL: PA2 is USART2_TX */
    change32(GPIOA + 0x00u, 3u << 4, 2u << 4);       /* MODER: PA2 alternate */
    const uint32_t apb1_hz = fast ? PLL_HZ / 4u : HSI_HZ;
    write32(USART2 + 0x08u, (apb1_hz + 57600u) / 115200u); /* BRR */
    write32(USART2 + 0x0Cu, (1u << 13) | (1u << 3));       /* CR1: UE, TE */
}

uint32_t board_clock_hz(void)
{
    return clock_hz;
}

void board_put(uint8_t byte)
{
    (void)wait32(USART2 + 0x00u, 1u << 7, 1u << 7); /* SR: TXE */
    write32(USART2 + 0x04u, byte);
}
