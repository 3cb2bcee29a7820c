/*
 * ATmega328P and ATmega2560 at 16 MHz: UART0, timer 1, and the measured call. Start-up is avr-libc's (ATmega328P Data Sheet DS40002061B,
 * sections 15 and 19; ATmega2560 Data Sheet DS40002211A, sections 17 and 22: the same registers).
 */
#include "firmware.h"

#include <avr/io.h>

extern uint8_t _end; /* behind the variables: avr-libc's linker script */

#define PAINT 0xC5u

void board_start(void)
{
    UCSR0A = 1u << U2X0;
    UBRR0 = F_CPU / 8u / 115200u - 1u;
    UCSR0C = (1u << UCSZ01) | (1u << UCSZ00); /* 8N1 */
    UCSR0B = 1u << TXEN0;
}

uint32_t board_clock_hz(void)
{
    return F_CPU;
}

void board_put(uint8_t byte)
{
    while ((UCSR0A & (1u << UDRE0)) == 0) {
    }
    UDR0 = byte;
}

void port_timer_start(void)
{
    TCCR1A = 0;
    TCCR1B = (1u << CS12) | (1u << CS10); /* a tick each 1024 cycles: 4 s until it wraps around */
}

uint32_t port_timer_ticks(void)
{
    return (uint32_t)TCNT1 * 1024u;
}

void firmware_print(firmware_text *text)
{
    while (*text != '\0') {
        board_put((uint8_t)*text++);
    }
}

void port_print_u32(uint32_t value)
{
    uint32_t unit = 1;
    while (value / unit >= 10u) {
        unit *= 10u;
    }
    for (; unit != 0; unit /= 10u) {
        board_put((uint8_t)('0' + value / unit % 10u));
    }
}

/* Paints the free memory, calls, and looks how far down the paint is gone. The labels are for an emulator. */
__attribute__((noinline, noclone)) int port_call(int (*run)(void *), void *argument, struct port_cost *cost)
{
    uint8_t *const top = (uint8_t *)SP;
    for (volatile uint8_t *at = &_end; at < top; at++) {
        *at = PAINT;
    }
    TCNT1 = 0;
    __asm__ volatile(".global port_mark_begin\nport_mark_begin:" ::: "memory");
    const int status = run(argument);
    __asm__ volatile(".global port_mark_end\nport_mark_end:" ::: "memory");
    cost->ticks = port_timer_ticks();
    const volatile uint8_t *at = &_end;
    while (at < top && *at == PAINT) {
        at++;
    }
    cost->stack_bytes = (uint32_t)(top - at);
    return status;
}
