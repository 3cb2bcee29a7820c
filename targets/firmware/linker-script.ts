/** A stretch of memory. */
export interface Region {
  readonly origin: number;
  readonly bytes: number;
}

/** A memory beside the first, with the section of the package that lies in it. */
export interface NamedRegion extends Region {
  readonly section: string;
}

/** The memories that a firmware is linked into. */
export interface FirmwareMemory {
  /** Where the image begins; a second boot stage stands before the vector table. */
  readonly flash: Region;
  /** Variables, arena and stack. */
  readonly ram: Region;
  readonly others: readonly NamedRegion[];
}

/**
 * The linker script of a firmware. Sections are those of targets/qemu/support/image.ld, so that one reader knows both: what is not the
 * package's (objects named harness_*) is kept apart, and the stack has `stackBytes` at the end of RAM.
 */
export function linkerScript(memory: FirmwareMemory, stackBytes: number, hasBootStage: boolean): string {
  const line = (name: string, { origin, bytes }: Region) => `    ${name} : ORIGIN = ${hex(origin)}, LENGTH = ${bytes}`;
  const others = memory.others.map((region, i) => line(`BANK${i + 1}`, region));
  const banks = memory.others.map(
    ({ section }, i) => `    ${section} (NOLOAD) : { *(${section} ${section}.*) } > BANK${i + 1}`,
  );
  const boot = hasBootStage ? ['    .boot2 : { KEEP(*(.boot2)) . = 252; LONG(0) } > FLASH'] : [];
  return `/* Made by thimble: the memories of the board, from its profile. */
MEMORY
{
${[line('FLASH', memory.flash), line('RAM', memory.ram), ...others].join('\n')}
}

ENTRY(port_reset)

SECTIONS
{
${[...boot, ''].join('\n')}    .vectors : { . = ALIGN(256); KEEP(*(.vectors)) } > FLASH
    .harness : { *harness_*.o(.text .text.* .rodata .rodata.* .srodata .srodata.*) . = ALIGN(4); } > FLASH
    .text : { *(.text .text.*) } > FLASH
    .weights : { *weights*.o(.rodata .rodata.* .srodata .srodata.*) } > FLASH
    .rodata : { *(.rodata .rodata.* .srodata .srodata.*) . = ALIGN(4); } > FLASH
    .harness_data : ALIGN(4)
    {
        image_data_start = .;
        *harness_*.o(.data .data.* .sdata .sdata.*)
    } > RAM AT > FLASH
    .data :
    {
        *(.data .data.*)
        PROVIDE(__global_pointer$ = . + 0x800);
        *(.sdata .sdata.*)
        . = ALIGN(4);
        image_data_end = .;
    } > RAM AT > FLASH
    image_data_load = LOADADDR(.harness_data);

    .arena (NOLOAD) : { *(.bss.arena) } > RAM
${[...banks, ''].join('\n')}    .bss_start (NOLOAD) : { . = ALIGN(4); image_bss_start = .; } > RAM
    .harness_bss (NOLOAD) : { *harness_*.o(.sbss .sbss.* .bss .bss.* COMMON) } > RAM
    .bss (NOLOAD) : { *(.sbss .sbss.* .bss .bss.* COMMON) } > RAM
    .bss_end (NOLOAD) : { . = ALIGN(4); image_bss_end = .; } > RAM

    .stack (NOLOAD) : { . += ${stackBytes}; } > RAM
    image_stack_top = ORIGIN(RAM) + LENGTH(RAM);
    image_stack_limit = image_stack_top - ${stackBytes};

    /DISCARD/ : { *(.ARM.exidx* .ARM.extab* .eh_frame*) }
}
`;
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}
