import type { Node } from '../../../ir/graph.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { int } from '../encode.ts';
import type { Ref } from '../file-writer.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { biasOf } from './bias.ts';
import { clamped } from './clamp.ts';
import { refuseHybrid } from './hybrid.ts';

/** Gemm with weights [O,K] as they lie; MatMul where the rows have more than one axis. */
export function fullyConnected(writer: OperatorWriter, { attributes }: Node<'fully-connected'>['op']): void {
  refuseHybrid(writer, attributes.hybrid);
  if (writer.isQuantized && writer.constantInput(1) === null) {
    writer.refuse('integer weights that are computed have no form here');
  }
  const { shape } = writer.inputType(0);
  const result = shape.length === 2 || writer.isQuantized ? gemm(writer) : stacked(writer);
  writer.result(clamped(writer, result, attributes.clamp));
}

function gemm(writer: OperatorWriter): Ref {
  const { shape, dtype } = writer.realType();
  const rows = [elementCount(shape) / dimension(shape, -1), dimension(shape, -1)];
  const depth = dimension(writer.inputType(1).shape, 1);
  const operands = [writer.reshape(writer.input(0), [rows[0] ?? 1, depth]), writer.input(1), biasOf(writer)];
  const product = writer.operator('Gemm', operands, { dtype, shape: rows }, { transB: int(1) });
  return writer.reshape(product, shape);
}

function stacked(writer: OperatorWriter): Ref {
  const type = writer.realType();
  const product = writer.operator('MatMul', [writer.input(0), writer.permutedInput(1, [1, 0])], type);
  const bias = biasOf(writer);
  return bias === null ? product : writer.operator('Add', [product, bias], type);
}

export function matmul(writer: OperatorWriter, { attributes }: Node<'matmul'>['op']): void {
  const operand = (i: number, isTransposed: boolean): Ref => {
    const last = writer.inputType(i).shape.length - 1;
    const axes = Array.from({ length: last + 1 }, (_, axis) => axis);
    return isTransposed ? writer.permutedInput(i, [...axes.slice(0, -2), last, last - 1]) : writer.input(i);
  };
  const operands = [operand(0, attributes.transposeA), operand(1, attributes.transposeB)];
  const isSum = writer.outputType().dtype === 'int32';
  writer.result(writer.operator(isSum ? 'MatMulInteger' : 'MatMul', operands, writer.realType()));
}
