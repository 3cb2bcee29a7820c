import type { MemoryPlan } from '../../plan/plan.ts';
import { extraBankBytes } from './banks.ts';
import { type CpuName, cpuFeatures } from './narrow/cpu.ts';
import type { SramUse } from './stack/bound.ts';
import { tableBytes } from './table.ts';
import type { NamedTable } from './tables.ts';

/** Everything that a package takes of the memories of a microcontroller, in bytes, known without a compiler. */
export interface CMemoryUse {
  /** The memory that the user gives, state included. */
  readonly arenaBytes: number;
  /** What of the arena is kept between runs. */
  readonly stateBytes: number;
  /** Variables: static arrays in memories beside that of the arena; `errno` of newlib where float layers set it. */
  readonly staticBytes: number;
  /** An upper bound of what a run puts on the stack of its caller; see `stack/frames.ts` for the processors. */
  readonly stackBoundBytes: number;
  /** The layer where the stack is deepest; empty without layers. */
  readonly stackLayer: string;
  /** arena + static + stack bound. */
  readonly sramBytes: number;
  /** Weights and other tables, in flash. */
  readonly constantBytes: number;
}

/** What {@link memoryUse} is computed from. */
export interface MemoryParts {
  readonly plan: Pick<MemoryPlan, 'arenaBytes' | 'stateBytes' | 'banks'>;
  readonly sram: SramUse;
  readonly tables: readonly NamedTable[];
}

/** The memory that a package takes; `cpu` is the one that it is narrowed to, or null. */
export function memoryUse({ plan, sram, tables }: MemoryParts, cpu: CpuName | null = null): CMemoryUse {
  const helium = cpu !== null && cpuFeatures[cpu].HELIUM === 1;
  const { arenaBytes, stateBytes } = plan;
  // What newlib keeps for errno; avr-libc has nothing of it.
  const staticBytes = extraBankBytes(plan) + (cpu === 'avr' ? 0 : sram.staticBytes);
  return {
    ...{ arenaBytes, stateBytes, staticBytes },
    stackBoundBytes: sram.stackBytes,
    stackLayer: sram.stackLayer,
    sramBytes: arenaBytes + staticBytes + sram.stackBytes,
    constantBytes: tables.reduce((sum, { table }) => sum + tableBytes(table, helium), 0),
  };
}
