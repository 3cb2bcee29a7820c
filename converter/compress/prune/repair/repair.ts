import type { Graph, NodeId } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import { isProduct, withConstants } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import type { KeptChannels } from '../channels.ts';
import { Front } from '../front.ts';
import { type LayerRepair, repairLayer } from './layer.ts';

/** A repaired graph, and what was done in the last pass. */
export interface Repaired {
  readonly graph: Graph;
  readonly layers: readonly LayerRepair[];
}

/**
 * Fits every product of a pruned graph to what the float graph computes there, front to back, each on inputs that the pruned and repaired
 * layers before it give. Layers before the first change stay as they are.
 *
 * @param kept channels of the float graph's values that the pruned one still has
 * @param passes how often; from the second on a layer that a sum adds to another branch makes up for that branch in either order
 */
export function repair(
  float: Graph,
  pruned: Graph,
  kept: KeptChannels,
  samples: readonly Sample[],
  execute: Executor,
  passes: number,
  onDone: (done: number, total: number) => void = () => {},
): Repaired {
  let graph = pruned;
  let layers: LayerRepair[] = [];
  const ids = changedProducts(float, pruned);
  for (let pass = 0; pass < passes; pass++) {
    layers = [];
    const fronts = { float: new Front(samples, execute), pruned: new Front(samples, execute) };
    ids.forEach((id, done) => {
      const node = graph.nodes.find((one) => one.id === id);
      const fitted =
        node === undefined ? null : repairLayer({ float, pruned: graph, kept, samples, fronts }, node, pass);
      onDone(pass * ids.length + done + 1, passes * ids.length);
      const [, weightsId, biasId] = node?.inputs ?? [];
      if (fitted === null || weightsId === undefined || biasId === undefined) return;
      layers.push(fitted);
      graph = withConstants(
        graph,
        new Map([
          [weightsId, fitted.weights],
          [biasId, fitted.bias],
        ]),
      );
    });
  }
  return { graph, layers };
}

/** Products with float inputs that a removal has changed, or one before them. */
function changedProducts(float: Graph, pruned: Graph): readonly NodeId[] {
  const touched = new Set<number>();
  const originals = new Map(float.nodes.map((node) => [node.id, node]));
  return pruned.nodes.flatMap((node) => {
    const before = originals.get(node.id);
    const shapes = (graph: Graph, list: typeof node.inputs) =>
      list.map((id) => graph.values.get(id)?.type.shape.join('x')).join(' ');
    const isChanged =
      node.inputs.some((id) => touched.has(id)) ||
      before === undefined ||
      shapes(float, before.inputs.slice(0, 1)) !== shapes(pruned, node.inputs.slice(0, 1));
    if (isChanged) for (const id of node.outputs) touched.add(id);
    return isChanged && isProduct(node) ? [node.id] : [];
  });
}
