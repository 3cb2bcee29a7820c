import type { Graph, Node, ValueId } from '../../../converter/ir/graph.ts';
import { lifetimesOf } from '../../../converter/plan/lifetimes.ts';
import { type KernelNeeds, lowerGraph } from '../../../converter/plan/lower.ts';

/** Most bytes alive at one step, by looking at every buffer at every step. */
export function peakByDefinition(graph: Graph, needs: KernelNeeds): number {
  const program = lowerGraph(graph, needs);
  const lifetimes = lifetimesOf(program);
  let peak = 0;
  for (let step = -1; step <= program.steps.length; step++) {
    const alive = program.buffers.filter(({ id }) => {
      const life = lifetimes.get(id);
      return life !== undefined && life.start <= step && step < life.end;
    });
    const bytes = alive.reduce((sum, buffer) => sum + Math.ceil(buffer.bytes / needs.alignment) * needs.alignment, 0);
    peak = Math.max(peak, bytes);
  }
  return peak;
}

/** Every order in which the nodes can run. */
export function* allOrders(graph: Graph): Generator<readonly Node[]> {
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  function* continued(order: readonly Node[], known: ReadonlySet<ValueId>): Generator<readonly Node[]> {
    if (order.length === graph.nodes.length) yield order;
    for (const node of graph.nodes) {
      if (order.includes(node) || node.inputs.some((id) => made.has(id) && !known.has(id))) continue;
      yield* continued([...order, node], new Set([...known, ...node.outputs]));
    }
  }
  yield* continued([], new Set());
}

/** Whether each node comes after those that make its inputs, and all are there once. */
export function isTopological(graph: Graph, nodes: readonly Node[]): boolean {
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  const known = new Set<ValueId>();
  for (const node of nodes) {
    if (node.inputs.some((id) => made.has(id) && !known.has(id))) return false;
    for (const id of node.outputs) known.add(id);
  }
  return (
    nodes.length === graph.nodes.length &&
    new Set(nodes).size === nodes.length &&
    graph.nodes.every((node) => nodes.includes(node))
  );
}
