import type { MemoryPlan } from '../../../plan/plan.ts';
import { type Program, type Step, workOf } from '../../../plan/program.ts';
import { spareBytes } from '../../../plan/spare.ts';
import { cKernelNeeds } from '../kernels.ts';
import { spareOf } from '../spare.ts';

/** A layer as it is emitted: the step of the program, or of a row of it, and how often it runs. */
export interface PlannedLayer {
  /** Of the step in the program. */
  readonly index: number;
  readonly step: Step;
  readonly spareBytes: number;
  readonly times: number;
}

/** The layers of a program in order. */
export function plannedLayers(program: Program, plan: MemoryPlan): readonly PlannedLayer[] {
  return workOf(program).flatMap((item): PlannedLayer[] => {
    if (item.kind === 'step') {
      const { step } = item;
      const { bytes } = spareOf(plan, step, spareBytes(step, cKernelNeeds, 1));
      return [{ index: step.index, step, spareBytes: bytes, times: 1 }];
    }
    const { actions, order, scratch } = item.stream;
    const bytes = program.buffers.find(({ id }) => id === scratch)?.bytes ?? 0;
    return actions.flatMap((action, i) => {
      if (action.kind !== 'layer') return [];
      const times = order.filter((one) => one === i).length;
      return [{ index: action.step.index, step: action.step, spareBytes: bytes, times }];
    });
  });
}
