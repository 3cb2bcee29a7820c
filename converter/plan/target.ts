/**
 * Where a model is to run, as plain numbers. Profiles (`targets/profiles`) say the same with a source for each number; whoever reads
 * them makes one of these.
 */
export interface Target {
  /** `stm32h743zi`. */
  readonly name: string;
  readonly kind: TargetKind;
  /** What a human calls it: `STM32H743ZI (NUCLEO-H743ZI)`. */
  readonly title: string;
  /** The core that runs the model comes first. */
  readonly cores: readonly [TargetCore, ...TargetCore[]];
  /** Empty where memory is no question: phones and single-board computers. */
  readonly banks: readonly SramBank[];
  /** Where code and weights lie; null as `banks` are empty. */
  readonly flash: FlashMemory | null;
  /** Absent where nobody has measured layers on the part. */
  readonly measured?: MeasuredLayers;
}

/** Cycles of layers of C that were measured on the part, for each instruction that is predicted for its processor. */
export interface MeasuredLayers {
  /** The processor of the predictions. */
  readonly processor: string;
  /** By operator; `any` for all others. `error` is the part of their time by which layers of the kind are off. */
  readonly kinds: readonly { readonly kind: string; readonly cycles: number; readonly error: number }[];
  /** What was measured, and when. */
  readonly ref: string;
}

export type TargetKind = 'mcu' | 'phone' | 'sbc';

/** Cores of one kind. */
export interface TargetCore {
  /** `Cortex-M7`. */
  readonly name: string;
  readonly count: number;
  /** Instruction set: `Armv7E-M`, `RV32IMC`. */
  readonly isa: string;
  readonly clockHz: number;
  readonly fpu: Fpu;
  readonly extensions: readonly Extension[];
}

export type Fpu = 'none' | 'single' | 'double';

/** What a core has besides its base instructions. A name that is not there is not known to be there. */
export type Extension =
  /** Arm DSP: pairs of 16-bit products (SMLAD). */
  | 'dsp'
  /** Arm M-profile vectors, integer. */
  | 'mve'
  /** Arm M-profile vectors, float. */
  | 'mve-float'
  | 'neon'
  | 'fp16'
  | 'dotprod'
  | 'i8mm'
  | 'sve2'
  /** RISC-V vectors. */
  | 'rvv'
  /** 128-bit vectors of the ESP32-S3. */
  | 'pie';

/** A memory that variables can lie in. */
export interface SramBank {
  readonly name: string;
  readonly bytes: number;
  /** Banks of one region follow each other without a gap, in the order of the list: one buffer may lie across them. */
  readonly region: string;
  readonly use: BankUse;
  /** Cycles of the first core for one aligned read of data that no cache holds; 1 is a memory without wait states. */
  readonly accessCycles: number;
  /** Whether the general DMA controller reaches it. */
  readonly dma: boolean;
  /** Section of the linker script; null is where `.bss` goes. */
  readonly section: string | null;
}

/**
 * `code` banks are for instructions, `heap` banks are given out by malloc only, `other-core` banks are not reached by the first core, or
 * taken by another.
 */
export type BankUse = 'data' | 'code' | 'heap' | 'other-core';

export interface FlashMemory {
  /** `loaded`: copied to SRAM at boot, so that code and weights take SRAM. */
  readonly kind: 'internal' | 'external' | 'loaded';
  readonly bytes: number;
  /** Of one read at full clock that no cache holds; null where nobody has published it. */
  readonly waitStates: number | null;
  /** Of the cache before it; 0 without one, null where nobody has published it. */
  readonly cacheBytes: number | null;
  /** That come with one read; absent where nobody has published it. */
  readonly lineBytes?: number;
  /** Nanoseconds for each byte that is read in order and no cache holds; absent where nobody has looked. */
  readonly readNsPerByte?: number;
}

/** A piece of memory in one range of addresses. */
export interface SramRegion {
  readonly name: string;
  readonly bytes: number;
}

/** What variables may use, banks without a gap between them joined; the largest first. */
export function dataRegions({ banks }: Target): readonly SramRegion[] {
  const bytes = new Map<string, number>();
  for (const bank of banks) {
    if (bank.use === 'data') bytes.set(bank.region, (bytes.get(bank.region) ?? 0) + bank.bytes);
  }
  return [...bytes].map(([name, sum]) => ({ name, bytes: sum })).sort((a, b) => b.bytes - a.bytes);
}

/** All that variables may use. */
export function sramBytesOf(target: Target): number {
  return dataRegions(target).reduce((sum, { bytes }) => sum + bytes, 0);
}
