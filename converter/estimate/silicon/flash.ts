import type { FlashMemory } from '../../plan/target.ts';
import { type Sourced, type SourceKind, weakestOf } from '../sourced.ts';
import type { CoreName } from './class-models.ts';
import { flashFits } from './flash-fits.ts';

/** What of {@link FlashMemory} decides how long reading takes. */
export type FlashTiming = Pick<FlashMemory, 'kind' | 'waitStates' | 'cacheBytes'>;

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
  /** Of the wait states of a word, the part that the core waits for: prefetch hides some, code that is read in between adds some. */
  exposed: { value: flashFits.exposed, unit: '1', source: 'fitted', ref: FIT },
  /** Of a line of 32 bytes, on cores with caches of their own. */
  lineFill: { value: flashFits.lineFill, unit: 'cycles/line', source: 'fitted', ref: FIT },
  /** One wait state for so many MHz, where none are published. */
  mhzPerWaitState: {
    value: 30,
    unit: 'MHz',
    source: 'assumed',
    ref: 'as the parts whose wait states are published: 21 to 36 MHz, 24 on STM32F1, 27 on F7, 30 on F4, 32 on U5',
  },
  /** Of flash on a quad serial bus. */
  serialClocksPerByte: {
    value: 3.5,
    unit: 'clocks/byte',
    source: 'assumed',
    ref: 'quad I/O: 2 clocks per byte, 12 for address, mode and waiting per line of 8 bytes (RP2040 data sheet, 2.6.3)',
  },
  serialMaxMhz: {
    value: 80,
    unit: 'MHz',
    source: 'assumed',
    ref: 'usual clock of serial flash: ESP32 80 MHz, RP2040 half of the clock of the core',
  },
} as const satisfies Readonly<Record<string, Sourced>>;

const WORD_BYTES = 4;
const LINE_BYTES = 32;

/** Cores whose caches are their own: one for data, which holds weights, beside that for code. */
const L1_CORES: ReadonlySet<CoreName> = new Set<CoreName>(['cortex-m7', 'cortex-m55', 'cortex-m85']);

/** A cache holds weights from one pass to the next where they take no more than this part of it: code or activations take the rest. */
const CACHE_SHARE = 0.5;

/** Caches smaller than this do not hold weights from one pass to the next: the published results do not show it. */
const SMALL_CACHE_BYTES = 16 * 1024;

/** Cycles for which a core waits for weights from flash in one layer. */
export function flashCycles(core: CoreName, clockMHz: number, flash: FlashTiming, reads: FlashReads): ExtraCycles {
  const perByte = flashCyclesPerByte(core, clockMHz, flash);
  const cache = flash.cacheBytes ?? 0;
  const isHeld = cache >= SMALL_CACHE_BYTES && reads.weightBytes <= cache * CACHE_SHARE;
  const bytes = isHeld ? Math.min(reads.weightBytes, reads.streamedBytes) : reads.streamedBytes;
  return { cycles: bytes * perByte.cycles, source: perByte.source };
}

/** Cycles for which a core waits for one byte of weights that no cache holds. */
export function flashCyclesPerByte(core: CoreName, clockMHz: number, flash: FlashTiming): ExtraCycles {
  const { exposed, lineFill, mhzPerWaitState, serialClocksPerByte, serialMaxMhz } = flashConstants;
  if (flash.kind === 'loaded') return { cycles: 0, source: 'datasheet' };
  if (flash.kind === 'external') {
    const serialMhz = Math.min(serialMaxMhz.value, clockMHz / 2);
    const cycles = (serialClocksPerByte.value * clockMHz) / serialMhz;
    return { cycles, source: weakestOf([serialClocksPerByte.source, serialMaxMhz.source]) };
  }
  if (L1_CORES.has(core)) return { cycles: lineFill.value / LINE_BYTES, source: lineFill.source };
  const waitStates = flash.waitStates ?? Math.max(0, Math.ceil(clockMHz / mhzPerWaitState.value) - 1);
  const source = weakestOf([exposed.source, flash.waitStates === null ? mhzPerWaitState.source : 'datasheet']);
  return { cycles: (exposed.value * waitStates) / WORD_BYTES, source };
}
