import type { KernelNeeds } from '../../converter/plan/lower.ts';
import { disjoint } from '../../converter/plan/overlap.ts';

/** Kernels that ask for nothing: no scratch, never in place. What a plain layer-wise runtime needs. */
export const simpleNeeds: KernelNeeds = {
  alignment: 4,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  overlapUnit: () => 1,
  spareBytes: () => 0,
  slowdown: () => 1,
};
