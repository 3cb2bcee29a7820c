import type { TableName } from '../../../frontends/tflite/format/schema/schema.ts';
import type { Node } from '../../../ir/graph.ts';
import type { Comparison } from '../../../ops/compare.ts';
import type { ZipFunction } from '../../../ops/zip-function.ts';
import type { DType } from '../../../tensor/dtype.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { withClamp } from './clamp.ts';

/** Operators of two tensors with the table of their options; null for functions that TFLite has not. */
const operators: { readonly [F in ZipFunction]: readonly [code: string, options: TableName | null] | null } = {
  add: ['ADD', 'AddOptions'],
  sub: ['SUB', 'SubOptions'],
  mul: ['MUL', 'MulOptions'],
  div: ['DIV', 'DivOptions'],
  max: ['MAXIMUM', 'MaximumMinimumOptions'],
  min: ['MINIMUM', 'MaximumMinimumOptions'],
  'floor-div': ['FLOOR_DIV', 'FloorDivOptions'],
  'floor-mod': ['FLOOR_MOD', 'FloorModOptions'],
  pow: ['POW', 'PowOptions'],
  rem: null,
  atan2: ['ATAN2', null],
  and: null,
  or: null,
  xor: ['BITWISE_XOR', 'BitwiseXorOptions'],
  'shift-left': null,
  'shift-right': ['RIGHT_SHIFT', 'RightShiftOptions'],
};

/** Functions of truth values. */
const logic: ReadonlyMap<ZipFunction, readonly [code: string, options: TableName]> = new Map([
  ['and', ['LOGICAL_AND', 'LogicalAndOptions']],
  ['or', ['LOGICAL_OR', 'LogicalOrOptions']],
  ['xor', ['NOT_EQUAL', 'NotEqualOptions']],
]);

/** Element types of arithmetic without scales. */
export const plainDtypes: readonly DType[] = ['float32', 'int32', 'int64'];

const arithmetic: readonly ZipFunction[] = ['add', 'sub', 'mul', 'div', 'floor-div', 'floor-mod', 'pow'];

/** What TFLite has no operator for although it has one of this name. */
function checkTypes(writer: OperatorWriter, fn: ZipFunction): void {
  const [a, b] = [writer.inputType(0), writer.inputType(1)];
  if (fn === 'pow' && a.dtype === 'int64') writer.refuse('powers of int64 have no operator in TFLite');
  if (a.dtype !== b.dtype) writer.refuse(`${fn} of ${a.dtype} and ${b.dtype} has no operator in TFLite`);
  if (a.quantization.kind !== 'none' || plainDtypes.includes(a.dtype) || !arithmetic.includes(fn)) return;
  writer.refuse(`${fn} of ${a.dtype} without a scale has no operator in TFLite`);
}

const withActivation: readonly ZipFunction[] = ['add', 'sub', 'mul', 'div'];

export function zip(writer: OperatorWriter, { attributes }: Node<'zip'>['op']): void {
  const { fn, clamp } = attributes;
  checkTypes(writer, fn);
  const found = writer.outputType().dtype === 'bool' ? (logic.get(fn) ?? null) : operators[fn];
  if (found === null) writer.refuse(`the function ${fn} has no operator in TFLite here`);
  const [code, type] = found;
  const hasActivation = withActivation.includes(fn);
  const write = (output: number, fused_activation_function: string) => {
    const fused = hasActivation ? { fused_activation_function } : {};
    // A 16-bit sum has the general scales that the graph has, not powers of two.
    const scales = fn === 'add' || fn === 'sub' ? { pot_scale_int16: false } : {};
    writer.operator(code, writer.inputs(), [output], type === null ? null : { type, value: { ...fused, ...scales } });
  };
  withClamp(writer, clamp, write, hasActivation);
}

const comparisons: { readonly [C in Comparison]: readonly [code: string, options: TableName] } = {
  equal: ['EQUAL', 'EqualOptions'],
  'not-equal': ['NOT_EQUAL', 'NotEqualOptions'],
  less: ['LESS', 'LessOptions'],
  'less-equal': ['LESS_EQUAL', 'LessEqualOptions'],
  greater: ['GREATER', 'GreaterOptions'],
  'greater-equal': ['GREATER_EQUAL', 'GreaterEqualOptions'],
};

export function compare(writer: OperatorWriter, { attributes }: Node<'compare'>['op']): void {
  const [code, type] = comparisons[attributes.relation];
  writer.whole(code, writer.inputs(), { type, value: {} });
}
