import type { Graph } from '../ir/graph.ts';
import { type AppliedPatch, type RewriteResult, type Rule, rewrite } from '../ir/rewrite.ts';
import { restoreInt4 } from '../ir/store-int4.ts';
import { verifyGraph } from '../ir/verify.ts';
import { absorbTranspose } from './absorb-transpose.ts';
import { eliminateDeadChannels } from './dead-channels.ts';
import { dropUnusedConstants, eliminateDeadNodes } from './dead-code.ts';
import { eliminateIdentity, eliminateQuantizePair } from './eliminate-identity.ts';
import { foldConstants } from './fold-constants.ts';
import { foldPadding } from './fold-padding.ts';
import { foldScale } from './fold-scale.ts';
import { fuseActivation } from './fuse-activation.ts';
import { removeTransposes } from './layout.ts';
import { mergeReshapes, mergeTransposes, transposeToReshape } from './merge-movement.ts';
import { mergeCasts, narrowIntegers } from './narrow-integers.ts';

/** The local rules, in the order in which each node is offered to them. */
export const rules: readonly Rule[] = [
  eliminateDeadNodes,
  foldConstants,
  eliminateIdentity,
  eliminateQuantizePair,
  mergeTransposes,
  transposeToReshape,
  mergeReshapes,
  mergeCasts,
  narrowIntegers,
  absorbTranspose,
  foldScale,
  fuseActivation,
  foldPadding,
];

/** All passes, in order. The result computes the same: int8 to the bit, float up to the rounding of folded weights. */
export function optimize(graph: Graph): RewriteResult {
  const applied: AppliedPatch[] = [];
  const straight = simplify(graph, applied);
  const alive = eliminateDeadChannels(straight);
  applied.push(...alive.applied);
  const again = simplify(alive.graph, applied);
  const result = restoreInt4(dropUnusedConstants(again), graph);
  verifyGraph(result, 'optimize');
  return { graph: result, applied };
}

/** Layout and local rules in turn, until the layout stays. Each turn moves fewer elements, so there is an end. */
function simplify(graph: Graph, applied: AppliedPatch[]): Graph {
  for (;;) {
    const straight = removeTransposes(graph);
    const local = rewrite(straight.graph, rules);
    applied.push(...straight.applied, ...local.applied);
    if (straight.applied.length === 0) return local.graph;
    graph = local.graph;
  }
}
