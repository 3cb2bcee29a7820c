import { constantOf, type Graph, inputTypes, type Node, outputTypes } from '../../../ir/graph.ts';
import type { OperandAxis, Run } from '../../../ops/axes/relation.ts';
import { axisRelations } from '../../../ops/axes/rules.ts';
import { at } from '../../../ops/definition.ts';
import { constantKey } from '../groups/constants.ts';
import { operandsOf } from '../groups/places.ts';

/** For one axis: at each place, the place whose elements come there. Keys as in {@link keepsOrder}. */
type Orders = ReadonlyMap<string, ReadonlyMap<number, Int32Array>>;

/**
 * Whether a graph computes the same when places along axes change: what the operators tie must move alike, and what they fix must not
 * move. Orders are those of computed values by id, and of constants by the input of the node that reads them.
 */
export function keepsOrder(graph: Graph, orders: Orders): boolean {
  for (const { value } of [...graph.inputs, ...graph.outputs]) if (moves(orders.get(`${value}`))) return false;
  for (const { value, next } of graph.states) {
    const [before, after] = [orders.get(`${value}`), orders.get(`${next}`)];
    for (const axis of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]))
      if (!sameOrder(before?.get(axis), after?.get(axis))) return false;
  }
  return graph.nodes.every((node) => keepsNode(graph, node, orders));
}

function keepsNode(graph: Graph, node: Node, orders: Orders): boolean {
  const orderOf = ({ side, index, axis }: OperandAxis): Int32Array | undefined => {
    const id = at(side === 'input' ? node.inputs : node.outputs, index);
    const key = side === 'input' && constantOf(graph, id) !== null ? constantKey(node.id, index) : `${id}`;
    return orders.get(key)?.get(axis);
  };
  const sizeOf = ({ side, index, axis }: OperandAxis): number =>
    at(at(side === 'input' ? inputTypes(graph, node) : outputTypes(graph, node), index).shape, axis);
  const { inputs, outputs } = operandsOf(graph, node);
  return axisRelations(node.op, inputs, outputs).every((relation) => {
    switch (relation.kind) {
      case 'tied':
        return keepsTie(relation.a, relation.b, relation.count, orderOf(relation.a.of), orderOf(relation.b.of));
      case 'fixed':
        return !movesAxis(orderOf(relation.of));
      case 'regrouped':
        return keepsRegrouping(side(relation.inputAxes, orderOf, sizeOf), side(relation.outputAxes, orderOf, sizeOf));
      default:
        return true;
    }
  });
}

const movesAxis = (places: Int32Array | undefined) => places?.some((from, to) => from !== to) ?? false;
const moves = (axes: ReadonlyMap<number, Int32Array> | undefined) => [...(axes?.values() ?? [])].some(movesAxis);

function sameOrder(a: Int32Array | undefined, b: Int32Array | undefined): boolean {
  if (a === undefined || b === undefined) return !movesAxis(a ?? b);
  return a.length === b.length && a.every((from, to) => from === b[to]);
}

/** Place i of one run and place i of the other take from the same place i' of their runs. */
function keepsTie(
  a: Run,
  b: Run,
  count: number,
  first: Int32Array | undefined,
  second: Int32Array | undefined,
): boolean {
  if (first === undefined && second === undefined) return true;
  for (let i = 0; i < count; i++) {
    const [left, right] = [from(a, first, i), from(b, second, i)];
    if (left !== right || left < 0 || left >= count || !Number.isInteger(left)) return false;
  }
  return true;
}

/** The place of the run, counted along it, whose elements come to its place i. */
function from(run: Run, places: Int32Array | undefined, i: number): number {
  const place = run.from + i * run.step;
  if (places === undefined) return i;
  return run.step === 0 ? (places[place] === place ? i : -1) : (at(places, place) - run.from) / run.step;
}

/** Adjacent axes in row-major order: how far each element comes. */
interface Side {
  readonly total: number;
  offset(element: number): number;
}

function side(
  list: readonly OperandAxis[],
  orderOf: (axis: OperandAxis) => Int32Array | undefined,
  sizeOf: (axis: OperandAxis) => number,
): Side {
  const sizes = list.map(sizeOf);
  const total = sizes.reduce((product, size) => product * size, 1);
  const parts = list.flatMap((of, i) => {
    const places = orderOf(of);
    const inner = sizes.slice(i + 1).reduce((product, size) => product * size, 1);
    return places !== undefined && movesAxis(places) ? [{ places, inner }] : [];
  });
  const offset = (element: number) =>
    parts.reduce((sum, { places, inner }) => {
      const place = Math.floor(element / inner) % places.length;
      return sum + (at(places, place) - place) * inner;
    }, 0);
  return { total: parts.length === 0 ? 0 : total, offset };
}

function keepsRegrouping(a: Side, b: Side): boolean {
  const total = Math.max(a.total, b.total);
  for (let i = 0; i < total; i++) if (a.offset(i) !== b.offset(i)) return false;
  return true;
}
