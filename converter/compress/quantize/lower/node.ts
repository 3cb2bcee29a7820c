import { constantOf, type Node, typeOf, type ValueId } from '../../../ir/graph.ts';
import { nodeFaults } from '../../../ir/verify.ts';
import { invariant } from '../../../problem.ts';
import { scaleAt } from '../../../tensor/quantization.ts';
import { dataAs, type Tensor, type TensorType } from '../../../tensor/tensor.ts';
import type { ActivationFormat, Encoding, IntegerFormat } from '../format.ts';
import type { LoweredGraph } from './lowered-graph.ts';
import type { Lowering } from './lowering.ts';
import { realOutputs, ruleOf } from './ties.ts';
import { leastWeightScales, storedBias, weightTensor } from './weights.ts';

/** An operand before it is written: a form of a value, or a constant made for this node. */
type Operand =
  | { readonly kind: 'value'; readonly id: ValueId; readonly type: TensorType }
  | { readonly kind: 'constant'; readonly id: ValueId; readonly tensor: Tensor };

/** Writes `node` in `format`. Gives the reason where the operator does not take such operands; then nothing was written. */
export function lowerNode(
  target: LoweredGraph,
  node: Node,
  format: ActivationFormat,
  lowering: Lowering,
): string | null {
  if (format === 'float32') {
    target.copy(node);
    return null;
  }
  const operands = operandsOf(target, node, format, lowering);
  const types = operands.map((operand) => (operand.kind === 'value' ? operand.type : operand.tensor.type));
  const outputs = outputTypes(target, node, format);
  const faults = nodeFaults(node.op, types, outputs);
  if (faults.length > 0) return faults.join('; ');
  const inputs = operands.map((operand) =>
    operand.kind === 'value'
      ? target.form(operand.id, operand.type)
      : target.constant(nameOf(target, operand.id), operand.tensor),
  );
  target.write(node, node.op, inputs, outputs);
  return null;
}

function nameOf(target: LoweredGraph, id: ValueId): string {
  return target.source.values.get(id)?.name ?? `%${id}`;
}

function outputTypes(target: LoweredGraph, node: Node, format: IntegerFormat): TensorType[] {
  const real = new Set(realOutputs(target.source, node));
  const fixed = ruleOf(node).output(node.op.attributes, format);
  return node.outputs.map((id) => {
    if (!real.has(id)) return typeOf(target.source, id);
    const type = target.storedType(id, format);
    return fixed === null ? type : { ...type, quantization: fixed satisfies Encoding };
  });
}

function operandsOf(target: LoweredGraph, node: Node, format: IntegerFormat, lowering: Lowering): Operand[] {
  const rule = ruleOf(node);
  const { source } = target;
  const weightsAt = node.inputs.findIndex((_, i) => rule.role(i) === 'weights');
  const product = weightsAt === -1 ? null : productConstants(target, node, format, lowering, weightsAt);
  return node.inputs.map((id, i): Operand => {
    const type = typeOf(source, id);
    const role = rule.role(i);
    if (product !== null && role === 'weights') return { kind: 'constant', id, tensor: product.weights };
    if (product !== null && role === 'bias') return { kind: 'constant', id, tensor: product.bias };
    const isStored = role === 'data' && type.dtype === 'float32';
    return { kind: 'value', id, type: isStored ? target.storedType(id, format) : type };
  });
}

/** Integer weights and bias of a convolution or fully connected layer. */
function productConstants(
  target: LoweredGraph,
  node: Node,
  format: IntegerFormat,
  lowering: Lowering,
  weightsAt: number,
): { readonly weights: Tensor; readonly bias: Tensor } {
  const { source } = target;
  const [input, weightsId, biasId] = [node.inputs[0], node.inputs[weightsAt], node.inputs[weightsAt + 1]];
  invariant(input !== undefined && weightsId !== undefined && biasId !== undefined, `${node.name} lacks operands`);
  const [weights, bias] = [constantOf(source, weightsId), constantOf(source, biasId)];
  invariant(weights !== null && bias !== null, `the weights of ${node.name} are computed`);
  const axis = ruleOf(node).channelAxis(node.inputs.map((id) => typeOf(source, id)));
  invariant(axis !== null, `${node.op.type} has no weights`);
  const inputScale = scaleAt(target.storedType(input, format).quantization, 0);
  const stored = lowering.weightsOf(node)(weights, axis, leastWeightScales(bias, inputScale));
  const shifted = shiftedBias(bias, lowering.biasShiftOf(node, weights, stored));
  return { weights: weightTensor(stored, weights.type, axis), bias: storedBias(shifted, inputScale, stored) };
}

function shiftedBias(bias: Tensor, shift: Float64Array | null): Tensor {
  if (shift === null) return bias;
  return { type: bias.type, data: Float32Array.from(dataAs(bias, 'float32'), (value, c) => value + (shift[c] ?? 0)) };
}
