import { evaluateGraph, evaluateRun, initialStates } from '../../converter/ir/evaluate.ts';
import { valueById } from '../../converter/ir/graph.ts';
import type { Engine, Inference, TracedTensor } from './engine.ts';

/** The reference evaluator, in this process. */
export const referenceEngine: Engine = {
  target: 'reference',
  missing: () => null,
  run: async (graph, samples, onDone) => {
    const inferences: Inference[] = [];
    let states = initialStates(graph);
    for (const sample of samples) {
      const result = evaluateRun(graph, sample(), states);
      states = result.states;
      inferences.push({ outputs: result.outputs });
      onDone(inferences.length);
    }
    return { inferences, device: null };
  },
  traceKind: 'step by step',
  trace: async (graph, sample) => {
    const traced: TracedTensor[] = [];
    evaluateGraph(graph, sample(), (id, tensor) => traced.push({ name: valueById(graph, id).name, tensor }));
    return traced;
  },
};
