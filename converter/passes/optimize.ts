import type { Graph } from '../ir/graph.ts';
import { type AppliedPatch, type RewriteResult, type Rule, rewrite } from '../ir/rewrite.ts';
import { verifyGraph } from '../ir/verify.ts';
import { eliminateDeadChannels } from './dead-channels.ts';
import { dropUnusedConstants, eliminateDeadNodes } from './dead-code.ts';
import { eliminateIdentity, eliminateQuantizePair } from './eliminate-identity.ts';
import { foldConstants } from './fold-constants.ts';
import { foldPadding } from './fold-padding.ts';
import { fuseActivation } from './fuse-activation.ts';
import { mergeReshapes, mergeTransposes, transposeToReshape } from './merge-movement.ts';

/** The local rules, in the order in which each node is offered to them. */
export const rules: readonly Rule[] = [
  eliminateDeadNodes,
  foldConstants,
  eliminateIdentity,
  eliminateQuantizePair,
  mergeTransposes,
  transposeToReshape,
  mergeReshapes,
  fuseActivation,
  foldPadding,
];

/** All passes, in order. The result computes the same: int8 to the bit, float in the same order of additions. */
export function optimize(graph: Graph): RewriteResult {
  const applied: AppliedPatch[] = [];
  const local = rewrite(graph, rules);
  applied.push(...local.applied);
  const alive = eliminateDeadChannels(local.graph);
  applied.push(...alive.applied);
  const again = rewrite(alive.graph, rules);
  applied.push(...again.applied);
  const result = dropUnusedConstants(again.graph);
  verifyGraph(result, 'optimize');
  return { graph: result, applied };
}
