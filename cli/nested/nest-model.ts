import { findChannelGroups } from '../../converter/compress/prune/groups/find.ts';
import type { ChannelGroups } from '../../converter/compress/prune/groups/types.ts';
import { nestFloat } from '../../converter/compress/prune/nested/fit.ts';
import { orderByWeights } from '../../converter/compress/prune/nested/order.ts';
import { nestQuantized } from '../../converter/compress/prune/nested/quantized.ts';
import { repairWidths } from '../../converter/compress/prune/nested/repair-widths.ts';
import { nestStored } from '../../converter/compress/prune/nested/stored.ts';
import { nestUniformly } from '../../converter/compress/prune/nested/uniform.ts';
import type { NestedModel } from '../../converter/compress/prune/nested/widths.ts';
import { defaultPruneOptions } from '../../converter/compress/prune/options.ts';
import { storednessOf } from '../../converter/compress/quantize/dequantize-graph.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { ProblemError } from '../../converter/problem.ts';
import { type CommandIo, progressOn } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { preprocessingFor } from '../options/preprocessing.ts';
import { pruneSamples } from '../prune/samples.ts';
import { fastExecutor } from '../quantize/executor.ts';
import type { NamedSample } from '../quantize/samples.ts';
import { checkNestedSamples, type NestedWish } from './options.ts';

/** A model of several widths on the way to a package. */
export interface NestedOnItsWay {
  /** What is quantized, where that is asked for: the whole model, its channels in order and its weights fitted for all widths. */
  readonly whole: LoadedModel;
  /** The widths of what became of {@link whole}. */
  widthsOf(model: LoadedModel): NestedModel;
}

type Arguments = Parameters<typeof preprocessingFor>[1] & Parameters<typeof pruneSamples>[2];

/**
 * Chooses the widths of a model by the samples of the command line. A float model gets weights that serve all of them, before it is quantized; a quantized one
 * keeps its weights, and widths get biases. Without samples channels are ordered by the sizes of their weights, and nothing is fitted.
 *
 * @throws ProblemError for a model without channels that can leave, for shares that cannot be had, and for missing samples
 */
export function nestModel(loaded: LoadedModel, wish: NestedWish, args: Arguments, io: CommandIo): NestedOnItsWay {
  const { samples } = pruneSamples(loaded.graph, preprocessingFor(loaded, args, io).optionsOf, args, io);
  checkNestedSamples(wish, samples.length);
  const groups = findChannelGroups(loaded.graph);
  if (groups.groups.length === 0) throw new ProblemError([nothingToNest]);
  const round = wish.round ?? usualRound(groups);
  if (samples.length === 0) return { whole: loaded, widthsOf: ({ graph }) => byWeights(graph, wish.shares, round) };
  const options = { scores: wish.scores ?? defaultPruneOptions.scores, round };
  const context = (list: readonly NamedSample[], onProgress: (work: string, done: number, total: number) => void) => {
    return { samples: list.map(({ load }) => load), execute: fastExecutor, onProgress };
  };
  const repair = { scales: wish.scales };
  if (storednessOf(loaded.graph).stored > 0) {
    return {
      whole: loaded,
      widthsOf: ({ graph }) =>
        during(io, (on) => nestStored(graph, wish.shares, options, context(samples, on), repair)),
    };
  }
  const float = during(io, (on) => nestFloat(loaded.graph, wish.shares, options, context(samples, on)));
  return {
    whole: { ...loaded, imported: float.graph, graph: float.graph },
    widthsOf: ({ graph }) => {
      if (storednessOf(graph).stored === 0) return float;
      const widths = nestQuantized(float, graph, round);
      return during(io, (on) => {
        const { samples: loads, execute } = context(samples, on);
        return repairWidths(widths, loads, execute, repair, (done, total) => on('repairing widths', done, total));
      });
    },
  };
}

function byWeights(graph: Graph, shares: readonly number[], round: number): NestedModel {
  const groups = findChannelGroups(graph);
  if (groups.groups.length === 0) throw new ProblemError([nothingToNest]);
  return nestUniformly(graph, groups, orderByWeights(graph, groups), shares, round);
}

/** Whole tiles of the WASM kernels where groups have some of them, else of the C kernels. */
function usualRound({ groups }: ChannelGroups): number {
  return groups.every(({ units }) => units >= 32) ? 8 : 4;
}

function during<T>(io: CommandIo, work: (on: (what: string, done: number, total: number) => void) => T): T {
  const progress = progressOn(io, 'nesting');
  try {
    return work((_, done, total) => progress.update(done, total));
  } finally {
    progress.clear();
  }
}

const nothingToNest = {
  code: 'nested-groups',
  where: '--nested',
  what: 'no channels of this model can leave',
  advice: 'see docs/pruning.md for what can; or leave --nested out',
};
