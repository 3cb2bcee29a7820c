import { type Node, nodeId, type Port, typeOf, type Value, type ValueId, valueById, valueId } from '../ir/graph.ts';
import { type Note, ProblemError } from '../problem.ts';
import { formatShape } from '../tensor/shape.ts';
import type { Imported, InputLayout } from './options.ts';

/**
 * The model with inputs that the user feeds in the layout `wanted` where the file has `stored`: a transpose follows each of them,
 * which the layout passes then sink. Concerns all inputs of 4 dimensions, or those of 3 (without the height) where there are none of 4.
 * Outputs stay as they are.
 *
 * @throws ProblemError where no input has 4 or 3 dimensions
 */
export function withInputLayout(imported: Imported, stored: InputLayout, wanted: InputLayout | null): Imported {
  if (wanted === null || wanted === stored) return imported;
  const { graph, notes } = imported;
  const rankOf = (port: Port) => typeOf(graph, port.value).shape.length;
  const rank = graph.inputs.some((port) => rankOf(port) === 4) ? 4 : 3;
  if (!graph.inputs.some((port) => rankOf(port) === rank)) {
    throw new ProblemError({
      code: 'input-layout',
      where: `--input-layout ${wanted}`,
      what: 'no input of the model has 4 or 3 dimensions',
      advice: 'leave the option out',
    });
  }
  const values = new Map(graph.values);
  const [nodes, added]: [Node[], Note[]] = [[], []];
  const inputs = graph.inputs.map((port): Port => {
    if (rankOf(port) !== rank) return port;
    const fed = fedValue(valueById(graph, port.value), wanted, valueId(largest(values.keys()) + 1));
    values.set(fed.id, fed);
    const permutation = wanted === 'nhwc' ? [0, rank - 1, ...spatial(rank, 1)] : [0, ...spatial(rank, 2), 1];
    const op = { type: 'transpose', attributes: { permutation } } as const;
    const id = nodeId(largest([...graph.nodes, ...nodes].map((node) => node.id)) + 1);
    nodes.push({ id, name: `input "${port.name}" as ${wanted}`, op, inputs: [fed.id], outputs: [port.value] });
    const what = `it is fed as ${wanted}, ${formatShape(fed.type.shape)}; the file has ${stored}`;
    added.push({ code: 'input-layout', where: `input "${port.name}"`, what });
    return { name: port.name, value: fed.id };
  });
  return { graph: { ...graph, inputs, values, nodes: [...nodes, ...graph.nodes] }, notes: [...notes, ...added] };
}

/** The axes of height and width from `first` on: [1, 2] of 4 dimensions with channels last. */
function spatial(rank: number, first: number): number[] {
  return Array.from({ length: rank - 2 }, (_, i) => first + i);
}

/** The input in the layout of the user. */
function fedValue({ name, type }: Value, wanted: InputLayout, id: ValueId): Value {
  const [batch = 1, ...rest] = type.shape;
  const moved = wanted === 'nhwc' ? [...rest.slice(1), rest[0] ?? 1] : [rest.at(-1) ?? 1, ...rest.slice(0, -1)];
  return { id, name: `${name}/${wanted}`, type: { ...type, shape: [batch, ...moved] }, data: null };
}

function largest(ids: Iterable<number>): number {
  let found = -1;
  for (const id of ids) found = Math.max(found, id);
  return found;
}
