import type { Node } from '../../../ir/graph.ts';
import type { Comparison } from '../../../ops/compare.ts';
import { comparesAsStored } from '../../../ops/compare.ts';
import type { ZipFunction } from '../../../ops/zip-function.ts';
import { int, text } from '../encode.ts';
import type { FileType, Ref } from '../file-writer.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { clamped } from './clamp.ts';

/** Writes a function of two tensors of one element type. */
type WritePair = (writer: OperatorWriter, a: Ref, b: Ref, type: FileType) => Ref;

const one =
  (opType: string): WritePair =>
  (writer, a, b, type) =>
    writer.operator(opType, [a, b], type);

const isReal = ({ dtype }: FileType) => dtype.startsWith('float');

const truncated: WritePair = (writer, a, b, type) => {
  return writer.operator('Mod', [a, b], type, { fmod: int(1) });
};

/** What is left of a division with the sign of the divisor: whole numbers have an operator; real ones move by b where signs differ. */
const floorMod: WritePair = (writer, a, b, type) => {
  if (!isReal(type)) return writer.operator('Mod', [a, b], type);
  const rest = truncated(writer, a, b, type);
  const bool = { dtype: 'bool', shape: type.shape } as const;
  const zero = writer.number('zero', type.dtype, 0);
  const isNegative = (ref: Ref) => writer.operator('Less', [ref, zero], { ...bool, shape: writer.typeOf(ref).shape });
  const differs = writer.operator('Xor', [isNegative(rest), isNegative(b)], bool);
  const isSome = writer.operator('Not', [writer.operator('Equal', [rest, zero], bool)], bool);
  const moves = writer.operator('And', [differs, isSome], bool);
  return writer.operator('Where', [moves, writer.operator('Add', [rest, b], type), rest], type);
};

const floorDiv: WritePair = (writer, a, b, type) => {
  if (isReal(type)) return writer.operator('Floor', [writer.operator('Div', [a, b], type)], type);
  const rest = writer.operator('Mod', [a, b], type);
  return writer.operator('Div', [writer.operator('Sub', [a, rest], type), b], type);
};

const bits =
  (ofBools: string, ofNumbers: string): WritePair =>
  (writer, a, b, type) =>
    writer.operator(type.dtype === 'bool' ? ofBools : ofNumbers, [a, b], type);

const shift =
  (direction: 'LEFT' | 'RIGHT'): WritePair =>
  (writer, a, b, type) => {
    if (!type.dtype.startsWith('u')) writer.refuse('ONNX shifts numbers without a sign only');
    return writer.operator('BitShift', [a, b], type, { direction: text(direction) });
  };

const functions: { readonly [F in ZipFunction]: WritePair } = {
  add: one('Add'),
  sub: one('Sub'),
  mul: one('Mul'),
  div: one('Div'),
  max: one('Max'),
  min: one('Min'),
  'floor-div': floorDiv,
  'floor-mod': floorMod,
  rem: truncated,
  pow: one('Pow'),
  atan2: (writer) => writer.refuse('the angle of two numbers (atan2) has no operator in ONNX'),
  and: bits('And', 'BitwiseAnd'),
  or: bits('Or', 'BitwiseOr'),
  xor: bits('Xor', 'BitwiseXor'),
  'shift-left': shift('LEFT'),
  'shift-right': shift('RIGHT'),
};

/** Functions that divide. */
const divides: readonly ZipFunction[] = ['div', 'floor-div', 'floor-mod', 'rem'];

/** Where a whole number is divided by 0 the graph gives 0, and runtimes of ONNX fail: they divide by 1, and the result is replaced. */
function guarded(writer: OperatorWriter, fn: ZipFunction, a: Ref, b: Ref, type: FileType): Ref {
  const divisor = writer.constantInput(1);
  const isSafe = divisor?.data.every((value: number | bigint) => Number(value) !== 0);
  if (isReal(type) || isSafe || !divides.includes(fn)) return functions[fn](writer, a, b, type);
  const own = writer.typeOf(b);
  const zero = writer.number('zero', type.dtype, 0);
  const isZero = writer.operator('Equal', [b, zero], { dtype: 'bool', shape: own.shape });
  const divided = writer.operator('Where', [isZero, writer.number('one', type.dtype, 1), b], own);
  return writer.operator('Where', [isZero, zero, functions[fn](writer, a, divided, type)], type);
}

export function zip(writer: OperatorWriter, { attributes }: Node<'zip'>['op']): void {
  const layout = writer.commonLayout();
  const [a, b] = writer.broadcastInputs(layout);
  if (a === undefined || b === undefined) writer.refuse('it has no two operands');
  const joined = guarded(writer, attributes.fn, a, b, writer.realType(layout));
  writer.result(clamped(writer, joined, attributes.clamp), layout);
}

const comparisons: { readonly [C in Comparison]: string } = {
  equal: 'Equal',
  'not-equal': 'Equal',
  less: 'Less',
  'less-equal': 'LessOrEqual',
  greater: 'Greater',
  'greater-equal': 'GreaterOrEqual',
};

export function compare(writer: OperatorWriter, { attributes }: Node<'compare'>['op']): void {
  if (writer.isQuantized && !comparesAsStored(writer.inputType(0), writer.inputType(1))) {
    writer.refuse('integers of different scales compare in steps of 1/256 here, and exactly in ONNX');
  }
  const layout = writer.commonLayout();
  const type = writer.realType(layout);
  const found = writer.operator(comparisons[attributes.relation], writer.broadcastInputs(layout), type);
  writer.result(attributes.relation === 'not-equal' ? writer.operator('Not', [found], type) : found, layout);
}
