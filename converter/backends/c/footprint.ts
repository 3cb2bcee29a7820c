import type { MemoryNeed } from '../../plan/fit.ts';
import type { MemoryPlan } from '../../plan/plan.ts';
import type { Program } from '../../plan/program.ts';
import { packageModel } from './package.ts';
import { tableBytes } from './table.ts';

/** What the C package of a program takes on a microcontroller, in bytes. The application's own memory comes on top. */
export interface CFootprint {
  /** States, inputs, outputs, activations and scratch; exact. */
  readonly arenaBytes: number;
  /** {@link stackMarginBytes}. */
  readonly stackBytes: number;
  /** Weights, biases, multipliers and other tables; exact. */
  readonly constantBytes: number;
  /** Machine code; estimated. */
  readonly codeBytes: number;
}

/**
 * Stack that one run is taken to need, library functions and its caller's frame included: more than any painted stack of the benchmarks
 * (`docs/benchmarks.md`) has shown.
 */
export const stackMarginBytes = 2048;

/** Footprint of the package that `emitC` writes. Steps without a C kernel must have been refused. */
export function cFootprint(program: Program, plan: MemoryPlan): CFootprint {
  const { tables, functions } = packageModel(program, plan, 'm');
  return {
    arenaBytes: plan.arenaBytes,
    stackBytes: stackMarginBytes,
    constantBytes: tables.reduce((sum, { table }) => sum + tableBytes(table), 0),
    codeBytes: baseCodeBytes + functions.length * functionCodeBytes,
  };
}

/**
 * Fitted by eye to the text sections of twelve packages (arm-none-eabi-gcc -O2 for a Cortex-M4, 3 to 72 functions, 0.6 to 11 kB), so that
 * few have more: single packages have from a sixth to 1.3 times of it. Functions of the C library are not in those sections.
 */
const [baseCodeBytes, functionCodeBytes] = [2560, 250];

/** What a target must hold for this package. The arena is one piece, the stack another. */
export function memoryNeedOf({ arenaBytes, stackBytes, constantBytes, codeBytes }: CFootprint): MemoryNeed {
  return {
    sramBytes: arenaBytes + stackBytes,
    blockBytes: arenaBytes,
    flashBytes: constantBytes + codeBytes,
  };
}
