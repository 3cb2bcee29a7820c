import type { FlashMemory } from '../../plan/target.ts';
import { type Sourced, type SourceKind, weakestOf } from '../sourced.ts';
import type { CoreName } from './class-models.ts';
import { flashFits } from './flash-fits.ts';

/** What of {@link FlashMemory} decides how long reading takes. */
export type FlashTiming = Omit<FlashMemory, 'bytes'>;

/** What a layer reads from flash. */
export interface FlashReads {
  /** Bytes of weights read, each time that they are read. */
  readonly streamedBytes: number;
  /** Bytes of weights, once: what a cache would have to hold. */
  readonly weightBytes: number;
}

/** Cycles beyond those of the core. */
export interface ExtraCycles {
  readonly cycles: number;
  readonly source: SourceKind;
}

const FIT = 'MLPerf Tiny, TFLM and microTVM with CMSIS-NN, fitted together with the engines (docs/estimator.md)';

/** Constants of the flash model. */
export const flashConstants = {
  /** Of the wait states of an access, the part that the core waits for: prefetch hides some, code that is read in between adds some. */
  exposed: { value: flashFits.exposed, unit: '1', source: 'fitted', ref: FIT },
  /** Bytes of an access where they are not known. */
  lineBytes: {
    value: 16,
    unit: 'B',
    source: 'assumed',
    ref: '128 bits, as on most flash behind a cache or a prefetch buffer',
  },
  /** One wait state for so many MHz, where none are published. */
  mhzPerWaitState: {
    value: 30,
    unit: 'MHz',
    source: 'assumed',
    ref: 'as the parts whose wait states are published: 21 to 36 MHz, 24 on STM32F1, 27 on F7, 30 on F4, 32 on U5',
  },
  /** Of flash on a quad serial bus, for each byte. */
  serialClocksPerByte: { value: 2, unit: 'clocks/byte', source: 'datasheet', ref: 'quad I/O: four bits with a clock' },
  /** The same, for each line. */
  serialClocksPerLine: {
    value: 12,
    unit: 'clocks/line',
    source: 'assumed',
    ref: 'address 6, mode 2, waiting 4, as the usual parts ask for',
  },
  serialMaxMhz: {
    value: 80,
    unit: 'MHz',
    source: 'assumed',
    ref: 'usual clock of serial flash: ESP32 80 MHz, RP2040 half of the clock of the core',
  },
} as const satisfies Readonly<Record<string, Sourced>>;

/** Of the caches of a core. */
const L1_LINE_BYTES = 32;

/** Cores whose caches are their own: one for data, which holds weights, beside that for code. */
const L1_CORES: ReadonlySet<CoreName> = new Set<CoreName>(['cortex-m7', 'cortex-m55', 'cortex-m85']);

/** A cache holds weights from one pass to the next where they take no more than this part of it: code or activations take the rest. */
const CACHE_SHARE = 0.75;

/** Caches smaller than this do not hold weights from one pass to the next: the published results do not show it. */
const SMALL_CACHE_BYTES = 16 * 1024;

/** Cycles for which a core waits for weights from flash in one layer. */
export function flashCycles(core: CoreName, clockMHz: number, flash: FlashTiming, reads: FlashReads): ExtraCycles {
  const { cycles, source } = flashCyclesPerByte(core, clockMHz, flash);
  return { cycles: cycles * missedBytes(flash, reads), source };
}

/** Bytes of weights that no cache holds when they are read. */
export function missedBytes(flash: Pick<FlashTiming, 'cacheBytes'>, reads: FlashReads): number {
  const cache = flash.cacheBytes ?? 0;
  const isHeld = cache >= SMALL_CACHE_BYTES && reads.weightBytes <= cache * CACHE_SHARE;
  return isHeld ? Math.min(reads.weightBytes, reads.streamedBytes) : reads.streamedBytes;
}

/**
 * Cycles for which a core waits for one byte of weights that no cache holds; `exposed` is for fits of that constant. The sources are those of
 * the model: those of the numbers of a profile are the profile's.
 */
export function flashCyclesPerByte(
  core: CoreName,
  clockMHz: number,
  flash: FlashTiming,
  exposed: Sourced<'1'> = flashConstants.exposed,
): ExtraCycles {
  if (flash.kind === 'loaded') return { cycles: 0, source: 'datasheet' };
  if (flash.readNsPerByte !== undefined) {
    return { cycles: (flash.readNsPerByte * clockMHz) / 1000, source: 'datasheet' };
  }
  const lineBytes = L1_CORES.has(core) ? L1_LINE_BYTES : (flash.lineBytes ?? flashConstants.lineBytes.value);
  if (flash.kind === 'external') {
    const { serialClocksPerByte, serialClocksPerLine, serialMaxMhz } = flashConstants;
    const clocks = serialClocksPerByte.value + serialClocksPerLine.value / lineBytes;
    const cycles = (clocks * clockMHz) / Math.min(serialMaxMhz.value, clockMHz / 2);
    return { cycles, source: weakestOf([serialClocksPerLine.source, serialMaxMhz.source]) };
  }
  const waitStates = flash.waitStates ?? assumedWaitStates(clockMHz);
  const source = weakestOf([exposed.source, flash.waitStates === null ? 'assumed' : 'datasheet']);
  return { cycles: (exposed.value * waitStates) / lineBytes, source };
}

/**
 * Cycles for which a core without any cache before its flash waits for code: a taken branch finds nothing that was read ahead and waits once,
 * straight code is read ahead in time. A cache, however small, holds the loops of kernels; where it is not known whether there is one, it is
 * taken to be there.
 */
export function codeCycles(clockMHz: number, flash: FlashTiming, takenBranches: number): ExtraCycles {
  if (flash.kind !== 'internal' || flash.cacheBytes !== 0) return { cycles: 0, source: 'datasheet' };
  return { cycles: takenBranches * (flash.waitStates ?? assumedWaitStates(clockMHz)), source: 'assumed' };
}

/** Wait states at a clock where none are published. */
export function assumedWaitStates(clockMHz: number): number {
  return Math.max(0, Math.ceil(clockMHz / flashConstants.mhzPerWaitState.value) - 1);
}

/** Wait states at a slower clock: as many as the access takes that needs `waitStates` at `fullMHz`. */
export function waitStatesAt(waitStates: number, fullMHz: number, clockMHz: number): number {
  return Math.max(0, Math.ceil(((waitStates + 1) * clockMHz) / fullMHz - 1e-9) - 1);
}
