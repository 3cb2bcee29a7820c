import { coefficientsOf } from '../../converter/backends/c/counts/coefficients.ts';
import { packageTrips } from '../../converter/backends/c/counts/package.ts';
import { predictedCounts } from '../../converter/backends/c/counts/predict.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { macsOf } from '../../converter/backends/c/describe.ts';
import type { CPackageModel } from '../../converter/backends/c/package.ts';
import { int4Of, type Step } from '../../converter/plan/program.ts';

/** Instructions of one run, and of each layer by the index of its step. */
export interface RunInstructions {
  readonly instructions: number;
  readonly layers: readonly number[];
}

/**
 * Instructions for each multiply-accumulate of int8 layers whose kernels in assembly the prediction cannot count: what an emulated Cortex-M4
 * executed for the pointwise and depthwise layers of the keyword model of MLPerf Tiny (`npm run bench -- --only cycles --models kws`), and for the former
 * with weights of 4 bits.
 */
const perMac = { pointwise: 0.89, depthwise: 2.25, int4: 1.39 } as const;

/** Predicts the instructions of a package. Layers with kernels that cannot be counted take what their multiply-accumulates take elsewhere. */
export function runInstructions(model: CPackageModel, cpu: CountedCpu): RunInstructions {
  const trips = packageTrips(model, cpu);
  const coefficients = coefficientsOf(cpu);
  const layers = model.program.steps.map((step) => {
    const own = trips.layers[step.index];
    if (own === undefined) return 0;
    const counted = predictedCounts(own, coefficients).instructions;
    const isWhole = int4Of(step) === null && [...own.all.keys()].every((key) => !key.endsWith('|unknown'));
    return isWhole ? counted : Math.max(counted, byMacs(step));
  });
  const between = predictedCounts(trips.between, coefficients).instructions;
  return { instructions: layers.reduce((sum, count) => sum + count, between), layers };
}

function byMacs(step: Step): number {
  if (int4Of(step) !== null) return macsOf(step) * perMac.int4;
  return macsOf(step) * (step.op.type === 'depthwise-conv-2d' ? perMac.depthwise : perMac.pointwise);
}
