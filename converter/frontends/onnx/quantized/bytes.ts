import {
  type Graph,
  type Node,
  nodeId,
  type Port,
  type Value,
  type ValueId,
  valueById,
  valueId,
} from '../../../ir/graph.ts';
import type { Quantization } from '../../../tensor/quantization.ts';
import type { TensorType } from '../../../tensor/tensor.ts';

const requantize = { type: 'requantize', attributes: {} } as const;

/**
 * The graph with every quantized uint8 tensor as int8, values and zero points less 128: the same real numbers. Inputs and outputs of the
 * model stay uint8 for the user (see `docs/adr/0002-uint8-becomes-int8.md`).
 */
export function bytesToInt8(graph: Graph): Graph {
  const isByte = ({ type }: Value) => type.dtype === 'uint8' && type.quantization.kind !== 'none';
  if (![...graph.values.values()].some(isByte)) return graph;
  let nextValue = Math.max(...graph.values.keys()) + 1;
  let nextNode = Math.max(-1, ...graph.nodes.map((node) => node.id)) + 1;
  const values = new Map<ValueId, Value>();
  for (const value of graph.values.values()) values.set(value.id, isByte(value) ? shifted(value) : value);
  const entered = new Map<ValueId, ValueId>();
  const before: Node[] = [];
  for (const { name, value: id } of graph.inputs) {
    const value = valueById(graph, id);
    if (!isByte(value)) continue;
    const inside = valueId(nextValue++);
    values.set(id, value);
    values.set(inside, { ...shifted(value), id: inside, name: `${value.name}/int8` });
    entered.set(id, inside);
    before.push({ id: nodeId(nextNode++), name: `input "${name}"`, op: requantize, inputs: [id], outputs: [inside] });
  }
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((id) => entered.get(id) ?? id) }));
  const after: Node[] = [];
  const outputs = graph.outputs.map(({ name, value: id }): Port => {
    const value = valueById(graph, id);
    if (!isByte(value) || entered.has(id)) return { name, value: id };
    const outside = valueId(nextValue++);
    values.set(outside, { id: outside, name, type: value.type, data: null });
    after.push({ id: nodeId(nextNode++), name: `output "${name}"`, op: requantize, inputs: [id], outputs: [outside] });
    return { name, value: outside };
  });
  return { ...graph, values, nodes: [...before, ...nodes, ...after], outputs };
}

function shifted({ id, name, type, data }: Value): Value {
  const moved: TensorType = { dtype: 'int8', shape: type.shape, quantization: lowered(type.quantization) };
  return {
    id,
    name,
    type: moved,
    data: data === null ? null : Int8Array.from(data, (x: number | bigint) => Number(x) - 128),
  };
}

function lowered(quantization: Quantization): Quantization {
  if (quantization.kind === 'none') return quantization;
  if (quantization.kind === 'per-tensor') return { ...quantization, zeroPoint: quantization.zeroPoint - 128 };
  return { ...quantization, zeroPoints: quantization.zeroPoints.map((zero) => zero - 128) };
}
