import type { CMemoryUse } from '../../converter/backends/c/memory-use.ts';
import type { McuAnchor } from '../anchors.ts';

/** One step of the emitted program beside the operators of the file that it came from. */
export interface LayerFigure {
  readonly name: string;
  readonly instructions: number;
  readonly macs: number;
  /** TFLite Micro with CMSIS-NN and its reference kernels on the operator of the same number; null where not published. */
  readonly cmsisNn: number | null;
  readonly reference: number | null;
}

/** What one inference of our C package costs on the emulated Cortex-M4. Memory in bytes. */
export interface McuMeasured {
  readonly instructions: number;
  /** `plugin` is exact, `icount` good to 40 instructions. */
  readonly counter: 'plugin' | 'icount';
  readonly layers: readonly LayerFigure[];
  /** Multiply-accumulates of the model as imported, and those left after the passes. */
  readonly macs: number;
  readonly macsLeft: number;
  readonly arenaBytes: number;
  /** No plan of these steps can be smaller. */
  readonly lowerBoundBytes: number;
  readonly staticBytes: number;
  readonly stackBytes: number;
  /** Worst case of the stack by the machine code; null where it is not known. */
  readonly codeStackBytes: number | null;
  /** What was predicted without a compiler. */
  readonly predicted: CMemoryUse;
  /** arena + static + stack. */
  readonly sramBytes: number;
  readonly codeFlashBytes: number;
  readonly weightFlashBytes: number;
  /** Whether the outputs are byte-equal to the published ones of the same input; null where none are published. */
  readonly isExact: boolean | null;
}

/** A bound that the project has set itself, and whether it holds. */
export interface Limit {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly holds: boolean;
}

export type McuFigure =
  | {
      readonly id: string;
      readonly path: string;
      readonly measured: McuMeasured;
      readonly anchor: McuAnchor | null;
      readonly limits: readonly Limit[];
    }
  | { readonly id: string; readonly path: string; readonly skipped: string };

/** Code flash that the kws package stays below, in bytes: 16 kB. */
export const kwsFlashLimitBytes = 16_000;

/** The stack bound may be this much above the painted stack. */
export const stackSlackBytes = 256;

/** Measured arena and variables beyond those that were predicted; 0 where the prediction is exact. */
export function staticMemoryOff({ arenaBytes, staticBytes, predicted }: McuMeasured): number {
  return arenaBytes + staticBytes - predicted.arenaBytes - predicted.staticBytes;
}

/**
 * The bounds: instructions not above a third of TFLite Micro's reference kernels, arena and variables not above its
 * non-persistent arena (stack excluded on both sides), memory as predicted, and for kws code flash below 16 kB.
 */
export function limitsOf(id: string, measured: McuMeasured, anchor: McuAnchor | null): Limit[] {
  const limits: Limit[] = [];
  const add = (name: string, value: number, limit: number) => {
    limits.push({ name, value, limit, holds: value <= limit });
  };
  if (anchor !== null) {
    add('instructions', measured.instructions, Math.floor(anchor.instructions.reference / 3));
    add('sram', measured.arenaBytes + measured.staticBytes, anchor.referenceRam.nonPersistentBytes);
  }
  const { predicted, stackBytes } = measured;
  add('static memory off by', Math.abs(staticMemoryOff(measured)), 0);
  add('stack above its bound by', Math.max(0, stackBytes - predicted.stackBoundBytes), 0);
  add('stack bound', predicted.stackBoundBytes, stackBytes + stackSlackBytes);
  if (id === 'kws') add('code flash', measured.codeFlashBytes, kwsFlashLimitBytes - 1);
  return limits;
}
