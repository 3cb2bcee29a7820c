import type { Problem } from '../../../problem.ts';
import type { OnnxGraph, OnnxNode } from './model.ts';
import { damaged, nodePlace, tensorPlace } from './problems.ts';

/** Every tensor that a node depends on: its own inputs and what its sub-graphs read. */
export function readsOf({ inputs, captured }: OnnxNode): readonly string[] {
  return captured.length === 0 ? inputs : [...inputs, ...captured];
}

/**
 * The nodes in an order in which they can run: the order of the file wherever that is one, as the specification asks for. Nodes of
 * a cycle come last, as they stand.
 */
export function sorted(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const waiting = new Map<OnnxNode, number>();
  const readers = new Map<OnnxNode, OnnxNode[]>();
  for (const node of nodes) {
    const before = new Set(readsOf(node).flatMap((name) => (name === '' ? [] : (makers.get(name) ?? []))));
    waiting.set(node, before.size);
    for (const maker of before) {
      const list = readers.get(maker);
      if (list === undefined) readers.set(maker, [node]);
      else list.push(node);
    }
  }
  const order = new Set<OnnxNode>();
  for (const start of nodes) {
    const ready = waiting.get(start) === 0 && !order.has(start) ? [start] : [];
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      order.add(node);
      for (const reader of readers.get(node) ?? []) {
        const left = (waiting.get(reader) ?? 0) - 1;
        waiting.set(reader, left);
        // A node that stands further on in the file gets its turn there.
        if (left === 0 && reader.index < start.index) ready.push(reader);
      }
    }
  }
  for (const node of nodes) order.add(node);
  return [...order];
}

/** Names that the graph reads from the graph around it. */
export function capturedBy(graph: OnnxGraph): string[] {
  const own = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const node of graph.nodes) for (const name of node.outputs) own.add(name);
  const read = new Set(graph.nodes.flatMap(readsOf));
  for (const { name } of graph.outputs) read.add(name);
  return [...read].filter((name) => name !== '' && !own.has(name));
}

/** What stands for a graph in problems, and what it may rely on. */
export interface FlowRules {
  /** `the model`, `If "choice" then_branch`. */
  readonly where: string;
  /** Whether the graph is the main one, which has outputs, each of them once, and reads nothing from outside. */
  readonly isMain: boolean;
  /** Whether names that nothing in the graph computes come from outside, where they are checked in turn. */
  readonly captures: boolean;
}

/** Every name is computed once, before it is read. Nodes have been {@link sorted}, so only cycles break the order. */
export function checkFlow(graph: OnnxGraph, rules: FlowRules, problems: Problem[]): void {
  const known = new Set<string>(graph.initializers.keys());
  for (const { name } of graph.inputs) {
    if (name === '') problems.push(damaged(`an input of ${rules.where}`, 'it has no name'));
    if (known.has(name) && !graph.initializers.has(name)) {
      problems.push(damaged(tensorPlace(name), `it is an input of ${rules.where} twice`));
    }
    known.add(name);
  }
  if (rules.captures) for (const name of capturedBy(graph)) known.add(name);
  checkNodes(graph, known, problems);
  checkOutputs(graph, known, rules, problems);
}

function checkNodes(graph: OnnxGraph, known: Set<string>, problems: Problem[]): void {
  const reported = new Set<string>();
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  for (const node of graph.nodes) {
    for (const name of readsOf(node)) {
      if (name === '' || known.has(name) || reported.has(name)) continue;
      const what = computed.has(name)
        ? `it reads "${name}", which depends on its own result`
        : `it reads "${name}", which nothing computes`;
      problems.push({ ...damaged(nodePlace(node), what), code: 'onnx-dangling' });
      reported.add(name);
    }
    for (const name of node.outputs) {
      if (name === '') continue;
      if (known.has(name)) problems.push(damaged(nodePlace(node), `it computes "${name}", which exists already`));
      known.add(name);
    }
  }
}

function checkOutputs(graph: OnnxGraph, known: ReadonlySet<string>, rules: FlowRules, problems: Problem[]): void {
  const { where, isMain } = rules;
  if (isMain && graph.outputs.length === 0) {
    const advice = 'mark the results as outputs when exporting the model';
    problems.push({ code: 'onnx-no-output', where, what: 'it has no outputs', advice });
  }
  const outputs = new Set<string>();
  for (const { name } of graph.outputs) {
    if (!known.has(name))
      problems.push(damaged(tensorPlace(name), `it is an output of ${where} that nothing computes`));
    if (isMain && outputs.has(name)) problems.push(damaged(tensorPlace(name), 'it is an output twice'));
    outputs.add(name);
  }
}
