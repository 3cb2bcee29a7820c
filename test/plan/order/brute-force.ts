import type { Graph, Node, ValueId } from '../../../converter/ir/graph.ts';
import { lifetimesOf } from '../../../converter/plan/lifetimes.ts';
import { type KernelNeeds, lowerGraph } from '../../../converter/plan/lower.ts';
import type { BufferId, Program, Step } from '../../../converter/plan/program.ts';

/** Most bytes alive at one step, by looking at every buffer at every step and at every place that an output may have. */
export function peakByDefinition(graph: Graph, needs: KernelNeeds): number {
  const program = lowerGraph(graph, needs);
  const lifetimes = lifetimesOf(program);
  const rounded = (bytes: number) => Math.ceil(bytes / needs.alignment) * needs.alignment;
  const bytesOf = (id: BufferId) => rounded(program.buffers[id]?.bytes ?? 0);
  let peak = 0;
  for (let index = -1; index <= program.steps.length; index++) {
    const alive = program.buffers.filter(({ id }) => {
      const life = lifetimes.get(id);
      return life !== undefined && life.start <= index && index < life.end;
    });
    const bytes = alive.reduce((sum, { id }) => sum + bytesOf(id), 0);
    const step = program.steps[index];
    const [output] = step?.outputs ?? [];
    const together =
      step === undefined || output === undefined || lifetimes.get(output.buffer)?.start !== index
        ? []
        : dying(step, program).map(({ id, distance }) => {
            const apart = bytesOf(id) + bytesOf(output.buffer);
            let least = apart;
            for (let gap = 0; gap <= bytesOf(output.buffer); gap += needs.alignment) {
              if (gap >= distance) least = Math.min(least, Math.max(gap + bytesOf(id), bytesOf(output.buffer)));
            }
            return bytes - apart + least;
          });
    peak = Math.max(peak, Math.min(bytes, ...together));
  }
  return peak;
}

/** The activations that a step is the last to read and may overwrite, with the distance that all its reads of them ask for. */
function dying({ index, inputs, overlaps }: Step, program: Program): { id: BufferId; distance: number }[] {
  const lifetimes = lifetimesOf(program);
  return program.buffers.flatMap(({ id, kind }) => {
    const reads = inputs.flatMap((operand, i) =>
      operand.kind === 'arena' && operand.buffer === id ? [overlaps[i] ?? Number.POSITIVE_INFINITY] : [],
    );
    const dies = kind === 'activation' && reads.length > 0 && lifetimes.get(id)?.end === index + 1;
    return dies ? [{ id, distance: Math.max(...reads) }] : [];
  });
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
