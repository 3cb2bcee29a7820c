import type { Op } from '../ops/op.ts';
import { opViolations, outputShapes } from '../ops/registry.ts';
import { InternalError } from '../problem.ts';
import { allocate } from '../tensor/dtype.ts';
import { elementCount, formatShape, shapesEqual } from '../tensor/shape.ts';
import type { TensorType } from '../tensor/tensor.ts';
import { type Graph, inputTypes, outputTypes, type Value, type ValueId } from './graph.ts';

/** Faults of an operator with these operands against its definition, as sentences. Front ends turn them into problems. */
export function nodeFaults(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): readonly string[] {
  let shapes: ReturnType<typeof outputShapes>;
  try {
    shapes = outputShapes(op, inputs);
  } catch (error) {
    if (error instanceof RangeError) return [error.message];
    throw error;
  }
  const wrong: string[] = [];
  shapes.forEach((shape, i) => {
    const declared = outputs[i]?.shape ?? [];
    if (!shapesEqual(shape, declared)) {
      wrong.push(`the output has shape ${formatShape(declared)}, but the operator gives ${formatShape(shape)}`);
    }
  });
  for (const type of outputs) wrong.push(...typeFaults(type));
  return wrong.length > 0 ? wrong : opViolations(op, inputs, outputs);
}

/** Faults of a type on its own: scales per channel belong to an axis of the shape. */
function typeFaults({ shape, quantization: q }: TensorType): readonly string[] {
  if (q.kind !== 'per-channel') return [];
  if (q.scales.length === shape[q.axis] && q.zeroPoints.length === q.scales.length) return [];
  const counts = `${q.scales.length} scales and ${q.zeroPoints.length} zero points`;
  return [`${counts} along axis ${q.axis} do not fit shape ${formatShape(shape)}`];
}

/** Faults of an input or constant: its type, and the kind and number of its elements. */
function valueFaults({ name, type, data }: Value): readonly string[] {
  const wrong = typeFaults(type).map((text) => `"${name}": ${text}`);
  if (data === null) return wrong;
  const expected = elementCount(type.shape);
  if (data.length !== expected) {
    wrong.push(`constant "${name}" has ${data.length} elements, its shape wants ${expected}`);
  }
  if (data.constructor !== allocate(type.dtype, 0).constructor) {
    wrong.push(`constant "${name}" of ${type.dtype} has its elements in another kind of array`);
  }
  return wrong;
}

/** Faults of the whole graph: order, references, data sizes and every node. */
export function graphViolations(graph: Graph): string[] {
  const wrong: string[] = [];
  const known = new Set<ValueId>();
  for (const { name, value: id } of graph.inputs) {
    const value = graph.values.get(id);
    if (value === undefined) wrong.push(`input "${name}" has no value`);
    else if (value.data !== null) wrong.push(`input "${name}" is a constant`);
    else wrong.push(...valueFaults(value));
    if (known.has(id)) wrong.push(`input "${name}" is listed twice`);
    known.add(id);
  }
  for (const { name, value: id, initial } of graph.states) {
    const value = graph.values.get(id);
    if (value === undefined || value.data !== null) wrong.push(`state "${name}" has no value of its own`);
    else wrong.push(...valueFaults({ ...value, data: initial }));
    if (known.has(id)) wrong.push(`state "${name}" holds a value that is an input or another state`);
    known.add(id);
  }
  for (const value of graph.values.values()) {
    if (value.data === null) continue;
    known.add(value.id);
    wrong.push(...valueFaults(value));
  }
  for (const node of graph.nodes) {
    for (const id of node.inputs) {
      if (!known.has(id)) wrong.push(`${node.name} reads %${id} before it is computed`);
    }
    for (const id of node.outputs) {
      if (known.has(id)) wrong.push(`${node.name} computes %${id} a second time`);
      if (!graph.values.has(id)) wrong.push(`${node.name} computes %${id}, which has no type`);
      known.add(id);
    }
    if (wrong.length === 0)
      wrong.push(
        ...nodeFaults(node.op, inputTypes(graph, node), outputTypes(graph, node)).map(
          (text) => `${node.name}: ${text}`,
        ),
      );
  }
  for (const port of graph.outputs) {
    if (!known.has(port.value)) wrong.push(`output "${port.name}" is never computed`);
  }
  for (const { name, value, next } of graph.states) {
    if (!known.has(next)) wrong.push(`the next value of state "${name}" is never computed`);
    else if (!sameType(graph, value, next)) wrong.push(`state "${name}" changes its type`);
  }
  return wrong;
}

function sameType(graph: Graph, a: ValueId, b: ValueId): boolean {
  const [first, second] = [graph.values.get(a)?.type, graph.values.get(b)?.type];
  if (first === undefined || second === undefined) return false;
  return first.dtype === second.dtype && shapesEqual(first.shape, second.shape);
}

/** Throws {@link InternalError} naming `stage` where the graph breaks its own rules. */
export function verifyGraph(graph: Graph, stage: string): void {
  const wrong = graphViolations(graph);
  if (wrong.length > 0) throw new InternalError(`after ${stage}: ${wrong.join('; ')}`);
}
