import type { SourceKind } from '../sourced.ts';
import type { CoreName } from './class-models.ts';

/** The memory that the arena lies in. */
export interface RamTiming {
  /** Cycles of one read that no cache holds; 1 is a memory without wait states (`accessCycles` of a bank). */
  readonly accessCycles: number;
}

/** Words of a cache line, of which one waits for memory. */
const LINE_WORDS = 8;

/** How often a line is used before it leaves the cache: kernels read an input for several outputs. Assumed. */
const LINE_USES = 4;

/** Cores with a cache for data. */
const CACHED: ReadonlySet<CoreName> = new Set<CoreName>(['cortex-m7', 'cortex-m55', 'cortex-m85']);

/** Cycles for which a core waits for activations; a data cache waits once for a line, which it reads in order. */
export function ramCycles(core: CoreName, ram: RamTiming, accesses: number): { cycles: number; source: SourceKind } {
  const waiting = Math.max(0, ram.accessCycles - 1) * accesses;
  return {
    cycles: CACHED.has(core) ? waiting / (LINE_WORDS * LINE_USES) : waiting,
    source: waiting > 0 ? 'assumed' : 'datasheet',
  };
}
