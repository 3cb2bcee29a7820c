import type { Problem } from '../../../problem.ts';
import type { OnnxGraph, OnnxNode } from './model.ts';
import { damaged, nodePlace, tensorPlace } from './problems.ts';

/**
 * The nodes in an order in which they can run: the order of the file wherever that is one, as the specification asks for. Nodes of
 * a cycle come last, as they stand.
 */
export function sorted(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const waiting = new Map<OnnxNode, number>();
  const readers = new Map<OnnxNode, OnnxNode[]>();
  for (const node of nodes) {
    const before = new Set(node.inputs.flatMap((name) => (name === '' ? [] : (makers.get(name) ?? []))));
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

/** Every name is computed once, before it is read. Nodes have been {@link sorted}, so only cycles break the order. */
export function checkFlow(graph: OnnxGraph, problems: Problem[]): void {
  const known = new Set<string>(graph.initializers.keys());
  for (const { name } of graph.inputs) {
    if (name === '') problems.push(damaged('an input of the model', 'it has no name'));
    if (known.has(name)) problems.push(damaged(tensorPlace(name), 'it is an input twice'));
    known.add(name);
  }
  const reported = new Set<string>();
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
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
  if (graph.outputs.length === 0) {
    const advice = 'mark the results as outputs when exporting the model';
    problems.push({ code: 'onnx-no-output', where: 'the model', what: 'it has no outputs', advice });
  }
  const outputs = new Set<string>();
  for (const { name } of graph.outputs) {
    if (!known.has(name))
      problems.push(damaged(tensorPlace(name), 'it is an output of the model that nothing computes'));
    if (outputs.has(name)) problems.push(damaged(tensorPlace(name), 'it is an output twice'));
    outputs.add(name);
  }
}
