import { evaluateOp } from '../ops/registry.ts';
import { invariant } from '../problem.ts';
import { type Tensor, zeros } from '../tensor/tensor.ts';
import { type Graph, outputTypes, typeOf, type ValueId, valueById } from './graph.ts';

/** Sees every computed value once, in execution order. */
export type Observer = (id: ValueId, tensor: Tensor) => void;

/** What one run gives: the outputs, and what each state holds from now on, in the order of the graph. */
export interface RunResult {
  readonly outputs: Tensor[];
  readonly states: readonly Tensor[];
}

/** What each state of the graph holds before the first run. */
export function initialStates(graph: Graph): readonly Tensor[] {
  return graph.states.map(({ value, initial }) => {
    const type = typeOf(graph, value);
    return initial === null ? zeros(type) : { type, data: initial };
  });
}

/** The outputs of the first run of the graph; see {@link evaluateRun}. */
export function evaluateGraph(graph: Graph, inputs: readonly Tensor[], observe: Observer = () => {}): Tensor[] {
  return evaluateRun(graph, inputs, initialStates(graph), observe).outputs;
}

/** The outputs of one run after another, from the initial states on. */
export function evaluateRuns(graph: Graph, runs: readonly (readonly Tensor[])[]): Tensor[][] {
  let states = initialStates(graph);
  return runs.map((inputs) => {
    const result = evaluateRun(graph, inputs, states);
    states = result.states;
    return result.outputs;
  });
}

/**
 * The reference evaluator: runs the graph operator by operator.
 *
 * `inputs` follow `graph.inputs`, and `states` follow `graph.states`, in order and type. `observe` is how calibration and `verify` look
 * inside. Values are dropped after their last use.
 */
export function evaluateRun(
  graph: Graph,
  inputs: readonly Tensor[],
  states: readonly Tensor[],
  observe: Observer = () => {},
): RunResult {
  invariant(inputs.length === graph.inputs.length, `expected ${graph.inputs.length} inputs, got ${inputs.length}`);
  invariant(states.length === graph.states.length, `expected ${graph.states.length} states, got ${states.length}`);
  const live = new Map<ValueId, Tensor>();
  [...graph.inputs, ...graph.states].forEach(({ value }, i) => {
    const tensor = i < inputs.length ? inputs[i] : states[i - inputs.length];
    invariant(tensor !== undefined, 'an input or a state is missing');
    live.set(value, tensor);
  });
  const lastUse = lastUses(graph);
  const read = (id: ValueId): Tensor => {
    const value = valueById(graph, id);
    const tensor = value.data === null ? live.get(id) : { type: value.type, data: value.data };
    invariant(tensor !== undefined, `value %${id} "${value.name}" was not computed`);
    return tensor;
  };
  graph.nodes.forEach((node, index) => {
    const results = evaluateOp(node.op, node.inputs.map(read), outputTypes(graph, node), graph.rounding);
    node.outputs.forEach((id, i) => {
      const tensor = results[i];
      invariant(tensor !== undefined, `${node.name} gave no output ${i}`);
      live.set(id, tensor);
      observe(id, tensor);
    });
    for (const id of [...node.inputs, ...node.outputs]) if ((lastUse.get(id) ?? -1) <= index) live.delete(id);
  });
  return {
    outputs: graph.outputs.map((port) => read(port.value)),
    states: graph.states.map(({ value, next }) => ({ type: typeOf(graph, value), data: read(next).data })),
  };
}

function lastUses(graph: Graph): Map<ValueId, number> {
  const last = new Map<ValueId, number>();
  graph.nodes.forEach((node, index) => {
    for (const id of node.inputs) last.set(id, index);
  });
  for (const port of graph.outputs) last.set(port.value, graph.nodes.length);
  for (const state of graph.states) last.set(state.next, graph.nodes.length);
  return last;
}
