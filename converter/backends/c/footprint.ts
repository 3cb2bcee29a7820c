import type { MemoryNeed } from '../../plan/fit.ts';
import type { MemoryPlan } from '../../plan/plan.ts';
import type { Program } from '../../plan/program.ts';
import { extraBankBytes } from './banks.ts';
import { packageModel } from './package.ts';
import { tableBytes } from './table.ts';

/** What the C package of a program takes on a microcontroller, in bytes. The application's own memory comes on top. */
export interface CFootprint {
  /** States, inputs, outputs, activations and scratch, in whatever memory; exact. */
  readonly arenaBytes: number;
  /** {@link stackMarginBytes}. */
  readonly stackBytes: number;
  /** Weights, biases, multipliers and other tables; exact. */
  readonly constantBytes: number;
  /** Machine code; estimated. */
  readonly codeBytes: number;
}

/**
 * What one run is taken to need besides its arena: stack, with library functions and the caller's frame, and variables of the C library.
 * Twelve models in QEMU (mps2-an386) painted from 116 to 920 bytes of stack; those in float had 104 bytes of variables.
 */
export const stackMarginBytes = 2048;

/** Footprint of the package that `emitC` writes. Steps without a C kernel must have been refused. */
export function cFootprint(program: Program, plan: MemoryPlan): CFootprint {
  const { tables, functions } = packageModel(program, plan, 'm');
  return {
    arenaBytes: plan.arenaBytes + extraBankBytes(plan),
    stackBytes: stackMarginBytes,
    constantBytes: tables.reduce((sum, { table }) => sum + tableBytes(table), 0),
    codeBytes: baseCodeBytes + functions.length * functionCodeBytes,
  };
}

/**
 * Fitted by eye to the code flash of the same twelve programs as linked (arm-none-eabi-gcc -O2 for a Cortex-M4; 3 to 72 functions, 2.4 to
 * 11.8 kB), library functions included. They have from 0.4 to 1.25 times of what is estimated.
 */
const [baseCodeBytes, functionCodeBytes] = [3072, 300];

/**
 * What a target must hold for this package. The arena is one piece, the stack another.
 *
 * @param isDivided whether the plan was made for the memories of this target and lies in several of them
 */
export function memoryNeedOf(
  { arenaBytes, stackBytes, constantBytes, codeBytes }: CFootprint,
  isDivided = false,
): MemoryNeed {
  return {
    sramBytes: arenaBytes + stackBytes,
    blockBytes: isDivided ? null : arenaBytes,
    flashBytes: constantBytes + codeBytes,
  };
}
