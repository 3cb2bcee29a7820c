/* Registers of the RP2040 that the test programs use (RP2040 Datasheet, sections 2.14 to 2.16, 2.19, 4.2, 4.6, 4.7). */
#ifndef THIMBLE_RP2040_REGISTERS_H
#define THIMBLE_RP2040_REGISTERS_H

#include <stdint.h>

#define RP2040_REGISTER(address) (*(volatile uint32_t *)(address))

/* Writing to a register at these distances sets, or clears, bits alone (section 2.1.2). */
#define RP2040_SET 0x2000u
#define RP2040_CLEAR 0x3000u

#define RP2040_RESETS_RESET 0x4000C000u
#define RP2040_RESETS_DONE 0x4000C008u
#define RP2040_RESETS_USED ((1u << 5) | (1u << 8) | (1u << 21) | (1u << 22)) /* IO_BANK0, PADS_BANK0, TIMER, UART0 */

#define RP2040_XOSC_CTRL 0x40024000u
#define RP2040_XOSC_STATUS 0x40024004u
#define RP2040_XOSC_STARTUP 0x4002400Cu

#define RP2040_CLK_REF_CTRL 0x40008030u
#define RP2040_CLK_PERI_CTRL 0x40008048u

#define RP2040_GPIO0_CTRL 0x40014004u
#define RP2040_GPIO1_CTRL 0x4001400Cu

#define RP2040_UART0_DR 0x40034000u
#define RP2040_UART0_FR 0x40034018u
#define RP2040_UART0_IBRD 0x40034024u
#define RP2040_UART0_FBRD 0x40034028u
#define RP2040_UART0_LCR_H 0x4003402Cu
#define RP2040_UART0_CR 0x40034030u
#define RP2040_UART_RX_EMPTY (1u << 4)
#define RP2040_UART_TX_FULL (1u << 5)

#define RP2040_WATCHDOG_TICK 0x4005802Cu
#define RP2040_TIMERAWL 0x40054028u

#endif
