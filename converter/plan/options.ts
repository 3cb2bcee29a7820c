import type { MemoryBank } from './banks.ts';

/** What kernels should be good at, where there is a choice: least flash, neither, or fewest instructions. */
export type KernelGoal = 'size' | 'balanced' | 'latency';

/** What a memory plan should be good at. */
export interface PlanOptions {
  /**
   * `latency`: nothing that takes more instructions. `balanced`: also row streaming where it costs next to nothing. `sram`: the
   * smallest arena.
   */
  readonly optimize: 'latency' | 'balanced' | 'sram';
  /** How kernels are chosen; memory is planned alike for all of them. */
  readonly kernels: KernelGoal;
  /** Take the quickest program whose arena has at most so many bytes, whatever `optimize` says; null for no such wish. */
  readonly arenaBytes: number | null;
  /** The model's input comes row by row, and is never in memory as a whole. */
  readonly feedRows: boolean;
  /** The memories of the target, to divide the buffers among; null for one arena wherever the user puts it. */
  readonly banks: readonly MemoryBank[] | null;
}

export const latencyPlan: PlanOptions = {
  optimize: 'latency',
  kernels: 'balanced',
  arenaBytes: null,
  feedRows: false,
  banks: null,
};

export const balancedPlan: PlanOptions = { ...latencyPlan, optimize: 'balanced' };
