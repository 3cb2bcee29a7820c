import { exposeTensors } from '../ir/expose.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { invariant } from '../problem.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Executor } from './executor.ts';

/** The inputs and all computed tensors of one inference. */
export type Trace = (id: ValueId) => Tensor;

/** Runs a graph and shows everything that it computes. */
export function tracer(graph: Graph, execute: Executor): (inputs: readonly Tensor[]) => Trace {
  const exposed = exposeTensors(graph);
  const run = execute(exposed);
  const ids = [...graph.inputs, ...exposed.outputs].map(({ value }) => value);
  return (inputs) => {
    const outputs = run(inputs);
    const all = [...inputs, ...outputs];
    const tensors = new Map(ids.map((id, i) => [id, all[i]]));
    return (id) => {
      const tensor = tensors.get(id);
      invariant(tensor !== undefined, `%${id} was not traced`);
      return tensor;
    };
  };
}
