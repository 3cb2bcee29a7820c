@ The second boot stage of an RP2040: the boot ROM copies the first 256 bytes of the flash to the end of SRAM, checks the CRC in
@ the last four, which is put there when the firmware is linked, and calls them (RP2040 Datasheet, section 2.8.1). Read command 03h at
@ a fourth of the core's clock works with every serial flash; then the program behind this stage begins.
@ Registers of the SSI: section 4.10.13.

    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .section .boot2, "ax"
    .global firmware_boot2
    .type firmware_boot2, %function
firmware_boot2:
    ldr r3, =0x18000000             @ SSI
    movs r1, #0
    str r1, [r3, #0x08]             @ SSIENR: off, so that it can be set up
    movs r1, #4
    str r1, [r3, #0x14]             @ BAUDR
    ldr r1, =0x001F0300             @ frames of 32 bits, one data line, EEPROM read
    str r1, [r3, #0x00]             @ CTRLR0
    ldr r1, =0x03000218             @ command 03h of 8 bits, 24 bits of address
    ldr r0, =0x180000F4
    str r1, [r0]                    @ SPI_CTRLR0
    movs r1, #0
    str r1, [r3, #0x04]             @ CTRLR1: one frame
    movs r1, #1
    str r1, [r3, #0x08]             @ SSIENR
    ldr r0, =0x10000100             @ the vector table
    ldr r1, =0xE000ED08             @ VTOR
    str r0, [r1]
    ldmia r0, {r0, r1}
    msr msp, r0
    bx r1
    .ltorg
    .size firmware_boot2, . - firmware_boot2
