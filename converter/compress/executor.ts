import { evaluateRun, initialStates } from '../ir/evaluate.ts';
import type { Graph } from '../ir/graph.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** One inference: tensors for the inputs of the graph, in order, to those of its outputs. States go on from run to run. */
export type RunGraph = (inputs: readonly Tensor[]) => readonly Tensor[];

/**
 * Makes a graph runnable. Calibration runs thousands of inferences, so a fast back end is handed in where there is one; what it computes
 * may differ from the reference by the rounding of float32 sums.
 */
export type Executor = (graph: Graph) => RunGraph;

/** The reference evaluator: slow, and there for every graph. */
export const referenceExecutor: Executor = (graph) => {
  let states = initialStates(graph);
  return (inputs) => {
    const result = evaluateRun(graph, inputs, states);
    states = result.states;
    return result.outputs;
  };
};
