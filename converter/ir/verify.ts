import type { Op } from '../ops/op.ts';
import { opViolations, outputShapes } from '../ops/registry.ts';
import { InternalError } from '../problem.ts';
import { elementCount, formatShape, shapesEqual } from '../tensor/shape.ts';
import type { TensorType } from '../tensor/tensor.ts';
import { type Graph, inputTypes, outputTypes, type ValueId, valueById } from './graph.ts';

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
  return wrong.length > 0 ? wrong : opViolations(op, inputs, outputs);
}

/** Faults of the whole graph: order, references, data sizes and every node. */
export function graphViolations(graph: Graph): string[] {
  const wrong: string[] = [];
  const known = new Set<ValueId>(graph.inputs.map((port) => port.value));
  for (const value of graph.values.values()) {
    if (value.data === null) continue;
    known.add(value.id);
    const expected = elementCount(value.type.shape);
    if (value.data.length !== expected) {
      wrong.push(`constant "${value.name}" has ${value.data.length} elements, its shape wants ${expected}`);
    }
  }
  for (const node of graph.nodes) {
    for (const id of node.inputs) {
      if (!known.has(id)) wrong.push(`${node.name} reads %${id} before it is computed`);
    }
    for (const id of node.outputs) {
      if (known.has(id)) wrong.push(`${node.name} computes %${id} a second time`);
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
    else valueById(graph, port.value);
  }
  return wrong;
}

/** Throws {@link InternalError} naming `stage` where the graph breaks its own rules. */
export function verifyGraph(graph: Graph, stage: string): void {
  const wrong = graphViolations(graph);
  if (wrong.length > 0) throw new InternalError(`after ${stage}: ${wrong.join('; ')}`);
}
