import { type Executor, referenceExecutor } from '../../converter/compress/executor.ts';
import { latencyPlan } from '../../converter/plan/options.ts';
import { ProblemError } from '../../converter/problem.ts';
import { instantiate } from '../engine/wasm.ts';

/** The WASM back end in this process; the reference evaluator for graphs with operators that it lacks. */
export const fastExecutor: Executor = (graph) => {
  try {
    const module = instantiate(graph, latencyPlan);
    return (inputs) => {
      module.write(inputs);
      module.run();
      return module.outputs.map(module.read);
    };
  } catch (error) {
    if (error instanceof ProblemError) return referenceExecutor(graph);
    throw error;
  }
};

/** `execute`, and how many inferences it has run so far. */
export function counting(execute: Executor): { readonly execute: Executor; readonly runs: () => number } {
  let runs = 0;
  return {
    execute: (graph) => {
      const run = execute(graph);
      return (inputs) => {
        runs++;
        return run(inputs);
      };
    },
    runs: () => runs,
  };
}
