import { compareTensors, type Difference } from '../../converter/compare.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { type Graph, valueById } from '../../converter/ir/graph.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { Engine, LazySample } from '../engine/engine.ts';

/** Where the fault begins: the first tensor, in order of execution, that an engine computes otherwise. */
export interface WrongTensor {
  /** Null where every tensor that the engine shows is right. */
  readonly found: (Difference & { readonly tensor: string; readonly operator: string }) | null;
  /** How the engine showed its tensors. */
  readonly traceKind: Engine['traceKind'];
}

/** Compares every tensor of `graph` as the engine computes it with the reference evaluator's. */
export async function firstWrongTensor(engine: Engine, graph: Graph, sample: LazySample): Promise<WrongTensor | null> {
  const { target, traceKind } = engine;
  if (target === 'reference') return null;
  const expected = referenceTensors(graph, sample);
  for (const { name, tensor } of await engine.trace(graph, sample)) {
    // Names may repeat; both sides list equal names in the same order.
    const reference = expected.get(name)?.shift();
    if (reference === undefined || reference.tensor.data.length !== tensor.data.length) continue;
    const { difference } = compareTensors(reference.tensor, tensor);
    if (difference === null) continue;
    return { found: { ...difference, tensor: name, operator: reference.operator }, traceKind };
  }
  return { found: null, traceKind };
}

interface ReferenceTensor {
  readonly tensor: Tensor;
  readonly operator: string;
}

function referenceTensors(graph: Graph, sample: LazySample): Map<string, ReferenceTensor[]> {
  const operators = new Map(graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node.name] as const)));
  const tensors = new Map<string, ReferenceTensor[]>();
  evaluateGraph(graph, sample(), (id, tensor) => {
    const { name } = valueById(graph, id);
    const list = tensors.get(name) ?? [];
    tensors.set(name, list);
    list.push({ tensor, operator: operators.get(id) ?? '' });
  });
  return tensors;
}
