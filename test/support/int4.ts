import { type Graph, type Value, type ValueId, valueById } from '../../converter/ir/graph.ts';
import { isInt4Node, storeInt4 } from '../../converter/ir/store-int4.ts';
import type { GroupSize } from '../../converter/tensor/int4.ts';
import { dimension } from '../../converter/tensor/shape.ts';
import { random } from '../backends/wasm/run-graph.ts';

/** The graph with int4 numbers, in every group times another multiplier, for the int8 weights of its layers, and noted as such. */
export function withInt4Weights(graph: Graph, group: GroupSize | null, seed: number): Graph {
  const next = random(seed);
  const values = new Map<ValueId, Value>(graph.values);
  for (const node of graph.nodes) {
    const [, id] = node.inputs;
    if (!isInt4Node(node) || id === undefined) continue;
    const value = valueById(graph, id);
    if (value.data === null || value.type.dtype !== 'int8') continue;
    values.set(id, { ...value, data: int4Weights(value.data.length, dimension(value.type.shape, 0), group, next) });
  }
  return storeInt4({ ...graph, values }, group === null ? [] : [group], () => true);
}

/** Rows of int4 numbers with all of -8 to 7 among them; multipliers from 1 to 15. */
function int4Weights(count: number, rows: number, group: GroupSize | null, next: () => number): Int8Array {
  const size = count / rows;
  let multiplier = 1;
  return Int8Array.from({ length: count }, (_, i) => {
    if (group !== null && (i % size) % group === 0) multiplier = 1 + Math.floor(next() * 15);
    return multiplier * (Math.floor(next() * 16) - 8) + 0;
  });
}
