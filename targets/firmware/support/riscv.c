/* The rest of the start-up of a RISC-V hart: variables, the board, the program. */
#include "firmware.h"

extern uint32_t image_data_start[], image_data_end[], image_data_load[], image_bss_start[], image_bss_end[];

int main(void);
void firmware_start(void);
void firmware_fault(void);

void firmware_fault(void)
{
    port_print("\n@thimble {\"verdict\":\"fault\"}\n");
    for (;;) {
    }
}

void firmware_start(void)
{
    const uint32_t *from = image_data_load;
    for (uint32_t *to = image_data_start; to < image_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = image_bss_start; to < image_bss_end; to++) {
        *to = 0;
    }
    board_start();
    port_timer_start();
    (void)main();
    for (;;) {
        __asm__ volatile("wfi");
    }
}
