import type { Graph, NodeId } from '../../../ir/graph.ts';
import { InternalError } from '../../../problem.ts';
import { withOwnConstants } from '../../product.ts';
import { keptAfter } from '../channels.ts';
import { removeDeadUnits } from '../groups/dead-units.ts';
import { findChannelGroups } from '../groups/find.ts';
import type { PruneContext } from '../prune-graph.ts';
import { fitJointly } from './joint-fit.ts';
import { type NestedOptions, nestedUnits } from './units.ts';
import { type NestedModel, nestUnits, wholeIndices } from './widths.ts';

/** How widths are fitted. */
export interface JointOptions {
  /** How much the errors of a width of a share of the multiply-accumulates count; 1 is the whole model. */
  readonly weightOf: (share: number) => number;
  /** How often all layers are fitted, front to back. */
  readonly passes: number;
}

/** Errors of a narrow width are large, and those of the whole model small: see docs/pruning.md for what other weights gave. */
export const defaultJointOptions: JointOptions = { weightOf: (share) => 1 / share ** 2, passes: 1 };

type Context = Pick<PruneContext, 'samples' | 'execute' | 'onProgress'>;

/**
 * A float model of several widths, by samples: channels that make no difference leave, {@link nestedUnits} chooses units, and {@link fitJointly}
 * weights that serve all widths and biases of each.
 *
 * @param shares of the multiply-accumulates, ascending, less than 1
 * @throws ProblemError for a share that cannot be had
 */
export function nestFloat(
  source: Graph,
  shares: readonly number[],
  options: NestedOptions,
  context: Context,
  joint: JointOptions = defaultJointOptions,
): NestedModel {
  const float = withOwnConstants(removeDeadUnits(withOwnConstants(source)).graph);
  const groups = findChannelGroups(float);
  const { order, kept } = nestedUnits(float, groups, shares, options, context);
  const widths = shares.map((fraction, i) => ({ fraction, kept: kept[i] ?? new Map() }));
  return fitWidths(nestUnits(float, groups, order, widths), context, joint);
}

/** The widths of a float model with weights that serve all of them, and biases of each. */
export function fitWidths(model: NestedModel, context: Context, { weightOf, passes }: JointOptions): NestedModel {
  const { graph: whole, widths } = model;
  const nodes = new Map(whole.nodes.map((node) => [node.id, node]));
  const all = [...widths, { fraction: 1, graph: whole, removed: new Map(), views: [] }].map((width) => ({
    graph: width.graph,
    kept: keptAfter(whole, model.groups, width.removed, new Map()),
    weight: weightOf(width.fraction),
    wholeIndices: (id: NodeId) => {
      const node = nodes.get(id);
      if (node === undefined) throw new InternalError(`a width has a node ${id} that the whole model lacks`);
      return wholeIndices(whole, width, node, 1);
    },
  }));
  const { samples, execute, onProgress } = context;
  const fitted = fitJointly(whole, all, samples, execute, passes, (done, total) =>
    onProgress('fitting widths', done, total),
  );
  return {
    ...model,
    graph: fitted.at(-1) ?? whole,
    widths: widths.map((width, i) => ({ ...width, graph: fitted[i] ?? width.graph })),
  };
}
