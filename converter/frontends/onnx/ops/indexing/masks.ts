import { allocate, type DType } from '../../../../tensor/dtype.ts';
import { dimension } from '../../../../tensor/shape.ts';
import { tensorType, zeros } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import { internalDtype } from '../../dtype.ts';
import { onnxDtype } from '../../format/model.ts';
import type { Operand } from '../../writer.ts';
import { boxOf } from '../movement/along-axis.ts';

/** Operators that are constant patterns of rows and columns. */

/** EyeLike: ones on the diagonal that lies `k` columns to the right. */
const eyeLike: TranslateOperator = (context) => {
  const { shape, dtype: own } = context.input(0).type;
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || columns === undefined)
    throw context.invalid('its input is no matrix');
  const k = context.int('k', 0);
  const dtype = context.hasAttribute('dtype') ? dtypeOf(context, context.int('dtype', 0)) : own;
  if (dtype === 'float16') context.dtypeRefused(dtype, 'float32');
  context.claim(rows * columns);
  const data = allocate(dtype, rows * columns);
  for (let row = Math.max(0, -k); row < rows && row + k < columns; row++) {
    data[row * columns + row + k] = data instanceof BigInt64Array ? 1n : 1;
  }
  context.bind(context.literal({ type: tensorType(dtype, shape), data }));
};

function dtypeOf(context: OperatorContext, code: number): DType {
  const file = onnxDtype(code);
  const dtype = file === null ? null : internalDtype(file);
  if (dtype !== null) return dtype;
  throw context.problem('onnx-dtype', `the dtype ${file ?? code} is not supported`, 'use float32');
}

/** Trilu: the elements on and above (or below) the diagonal that lies `k` columns to the right, 0 elsewhere. */
const trilu: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const upper = context.int('upper', 1) !== 0;
  const [k = 0] = context.optionalIntegers(1, 'k') ?? [0];
  if (shape.length < 2) throw context.invalid('its input is no matrix');
  const [rows, columns] = [dimension(shape, -2), dimension(shape, -1)];
  context.claim(rows * columns);
  const kept = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return (upper ? column >= row + k : column <= row + k) ? 1 : 0;
  });
  const mask = context.literal({ type: tensorType('bool', [rows, columns]), data: kept });
  context.bind(context.select(mask, input, zeroOf(context, input)));
};

function zeroOf(context: OperatorContext, { type }: Operand): Operand {
  return context.literal(zeros(tensorType(type.dtype, [])));
}

/** CenterCropPad: each axis cut, or padded with zeros, around its middle, the odd element behind. */
const centerCropPad: TranslateOperator = (context) => {
  const input = context.input(0);
  const { shape } = input.type;
  const wanted = context.integers(1, 'the shape');
  const axes = (context.ints('axes') ?? [...shape.keys()]).map((axis) => context.axis(axis, shape.length));
  if (wanted.length !== axes.length || new Set(axes).size < axes.length || wanted.some((size) => size < 1)) {
    throw context.invalid(`the shape ${wanted.join(',')} does not fit its axes`);
  }
  const size = shape.map((length, axis) => (axes.includes(axis) ? (wanted[axes.indexOf(axis)] ?? length) : length));
  const crop = shape.map((length, axis) => Math.max(0, Math.floor((length - (size[axis] ?? 0)) / 2)));
  const before = shape.map((length, axis) => Math.max(0, Math.floor(((size[axis] ?? 0) - length) / 2)));
  const inner = shape.map((length, axis) => Math.min(length, size[axis] ?? 0));
  const after = size.map((total, axis) => total - (inner[axis] ?? 0) - (before[axis] ?? 0));
  const middle = boxOf(context, input, crop, inner);
  const grows = [...before, ...after].some((count) => count > 0);
  context.bind(grows ? context.write({ type: 'pad', attributes: { before, after, value: 0 } }, [middle]) : middle);
};

export const masks: readonly (readonly [string, TranslateOperator])[] = [
  ['EyeLike', eyeLike],
  ['Trilu', trilu],
  ['CenterCropPad', centerCropPad],
];
