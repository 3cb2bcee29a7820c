import type { Graph } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import type { Quality } from '../search/limit.ts';
import { compareOutputs, type JudgedSample, realOutputs } from './outputs.ts';

/** What a quantized graph is like beside the float one. */
export type Judge = (stored: Graph) => Quality;

/** Judges many quantized graphs by the same samples; the float graph runs once. */
export function judgeAgainst(real: Graph, samples: readonly JudgedSample[], execute: Executor): Judge {
  const known = realOutputs(real, samples, execute);
  return (stored) => {
    const { agreement, accuracy, cosine } = compareOutputs(known, stored, samples, execute);
    return {
      agreement: agreement.value,
      drop: accuracy === null ? null : accuracy.real.value - accuracy.stored.value,
      noise: 1 - cosine,
    };
  };
}
