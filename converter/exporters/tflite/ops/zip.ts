import type { TableName } from '../../../frontends/tflite/format/schema/schema.ts';
import type { Node } from '../../../ir/graph.ts';
import type { Comparison } from '../../../ops/compare.ts';
import type { ZipFunction } from '../../../ops/zip-function.ts';
import type { OperatorWriter } from '../operator-writer.ts';
import { withClamp } from './clamp.ts';

/** Operators of two tensors with the table of their options; null for functions that TFLite has not. */
const operators: { readonly [F in ZipFunction]: readonly [code: string, options: TableName] | null } = {
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
  atan2: null,
  and: null,
  or: null,
  xor: null,
  'shift-left': null,
  'shift-right': null,
};

const withActivation: readonly ZipFunction[] = ['add', 'sub', 'mul', 'div'];

export function zip(writer: OperatorWriter, { attributes }: Node<'zip'>['op']): void {
  const { fn, clamp } = attributes;
  const found = operators[fn];
  if (found === null) writer.refuse(`the function ${fn} has no operator in TFLite here`);
  const [code, type] = found;
  const hasActivation = withActivation.includes(fn);
  const write = (output: number, fused_activation_function: string) => {
    const fused = hasActivation ? { fused_activation_function } : {};
    // A 16-bit sum has the general scales that the graph has, not powers of two.
    const scales = fn === 'add' || fn === 'sub' ? { pot_scale_int16: false } : {};
    writer.operator(code, writer.inputs(), [output], { type, value: { ...fused, ...scales } });
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
