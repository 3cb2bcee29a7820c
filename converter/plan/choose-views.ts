import type { Graph, Node } from '../ir/graph.ts';
import { type KernelNeeds, lowerGraph } from './lower.ts';
import { quickArenaBytes } from './plan.ts';
import type { Program } from './program.ts';
import type { ViewForm } from './views.ts';

/** With more tries than this, counted in buffers to be placed, slices and concats are views all together or not at all. */
const MOST_PLACED = 20_000;

/** The program of a graph with the views that do not make its arena larger: all, or else those that pass when tried one by one. */
export function lowerWithViews(graph: Graph, needs: KernelNeeds): Program {
  const none = lowerGraph(graph, needs, 'none');
  const all = lowerGraph(graph, needs, 'all');
  if (all.buffers.length === none.buffers.length) return none;
  const bytes = quickArenaBytes(none);
  if (quickArenaBytes(all) <= bytes) return all;
  const candidates = graph.nodes.flatMap((node): (readonly [Node, ViewForm])[] =>
    node.op.type === 'slice'
      ? [[node, 'whole']]
      : node.op.type === 'concat'
        ? [
            [node, 'whole'],
            [node, 'last'],
          ]
        : [],
  );
  if (candidates.length * none.buffers.length > MOST_PLACED) return none;
  return candidates.reduce(
    (best, [node, form]) => {
      if (best.chosen.has(node)) return best;
      const chosen = new Map<Node, ViewForm>([...best.chosen, [node, form]]);
      const program = lowerGraph(graph, needs, chosen);
      if (program.buffers.length === best.program.buffers.length) return best;
      const needed = quickArenaBytes(program);
      return needed <= best.bytes ? { chosen, program, bytes: needed } : best;
    },
    { chosen: new Map<Node, ViewForm>(), program: none, bytes },
  ).program;
}
