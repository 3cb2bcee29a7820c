import type { Graph } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import type { Sample } from '../calibrate.ts';
import { noRemedies, type QuantizeOptions } from '../options.ts';
import { type OnProgress, quantizeGraph } from '../quantize-graph.ts';
import { type Memo, noMemo } from '../statistics/memo.ts';
import { compareOutputs, type JudgedSample } from './outputs.ts';

/** What the model is like after one more step. */
export interface StepGain {
  readonly step: string;
  readonly agreement: number;
  readonly cosine: number;
  /** Null without classes. */
  readonly accuracy: number | null;
}

/** The steps in the order of work, each with all options up to it. */
function steps(options: QuantizeOptions): readonly { readonly step: string; readonly options: QuantizeOptions }[] {
  const { remedies, ranges } = options;
  const plain: QuantizeOptions = { ...options, ranges: 'min-max', remedies: noRemedies };
  const chosen: QuantizeOptions = { ...plain, ranges };
  const equalized = { ...noRemedies, equalize: remedies.equalize };
  const absorbed = { ...equalized, absorb: remedies.absorb };
  const rounded = { ...absorbed, rounding: remedies.rounding };
  return [
    { step: 'all that was seen, weights to the nearest integer', options: plain },
    ...(ranges === 'min-max' ? [] : [{ step: `ranges: ${ranges}`, options: chosen }]),
    ...(remedies.equalize ? [{ step: 'channels equalized', options: { ...chosen, remedies: equalized } }] : []),
    ...(remedies.absorb ? [{ step: 'biases absorbed', options: { ...chosen, remedies: absorbed } }] : []),
    ...(remedies.rounding === 'second-order'
      ? [{ step: 'weights rounded by second order', options: { ...chosen, remedies: rounded } }]
      : []),
    ...(remedies.correctBias ? [{ step: 'biases corrected', options }] : []),
  ];
}

/** Quantizes once for each step and judges the result: what each step gained. */
export function stepGains(
  source: Graph,
  samples: readonly Sample[],
  judged: readonly JudgedSample[],
  execute: Executor,
  options: QuantizeOptions,
  onProgress: OnProgress = () => {},
  memo: Memo = noMemo,
): readonly StepGain[] {
  return steps(options).map(({ step, options: each }) => {
    const { graph } = quantizeGraph(source, samples, execute, each, onProgress, memo);
    const { agreement, cosine, accuracy } = compareOutputs(source, graph, judged, execute);
    return { step, agreement: agreement.value, cosine, accuracy: accuracy?.stored.value ?? null };
  });
}
