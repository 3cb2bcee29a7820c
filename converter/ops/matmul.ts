import { stridedOffsets } from '../tensor/layout.ts';
import { scaleAt, zeroPointAt } from '../tensor/quantization.ts';
import { type FixedPointMultiplier, quantizeMultiplier, type Rounding, requantize } from '../tensor/requantize.ts';
import { broadcastShapes, dimension, elementCount, formatShape, type Shape, stridesOf } from '../tensor/shape.ts';
import { numericData, type Tensor, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, factorFits, firstOf } from './check.ts';
import { at, noClamp, type OpDefinition } from './definition.ts';
import { clampTo, type IntegerBounds, integerClamp } from './quantized.ts';

/**
 * Matrix product of two computed operands: a [..., M, K] x b [..., K, N] -> [..., M, N], the leading axes broadcast by the NumPy
 * rule. A transposed operand is stored with its last two axes exchanged.
 */
export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** How one product lies in memory; strides are in elements. */
export interface MatmulGeometry {
  /** The leading axes of the output, and how far each operand moves along them (0 where it repeats). */
  readonly batch: Shape;
  readonly aBatchStrides: readonly number[];
  readonly bBatchStrides: readonly number[];
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** From one row of the product to the next, and from one k to the next, in a. */
  readonly aRow: number;
  readonly aStep: number;
  /** From one k to the next, and from one column of the product to the next, in b. */
  readonly bStep: number;
  readonly bColumn: number;
}

/** Throws RangeError with the reason where the shapes do not fit together. */
export function matmulGeometry({ transposeA, transposeB }: MatmulAttributes, a: Shape, b: Shape): MatmulGeometry {
  if (a.length < 2 || b.length < 2) throw new RangeError('matrices need two axes');
  const [rows, depth] = transposeA ? [dimension(a, -1), dimension(a, -2)] : [dimension(a, -2), dimension(a, -1)];
  const [inner, columns] = transposeB ? [dimension(b, -1), dimension(b, -2)] : [dimension(b, -2), dimension(b, -1)];
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  if (inner !== depth || batch === null || depth === 0) {
    const text = (shape: Shape, transposed: boolean) => `${formatShape(shape)}${transposed ? ' transposed' : ''}`;
    throw new RangeError(`matrices ${text(a, transposeA)} and ${text(b, transposeB)} do not multiply`);
  }
  return {
    batch,
    aBatchStrides: batchStrides(a, batch),
    bBatchStrides: batchStrides(b, batch),
    ...{ rows, depth, columns },
    aRow: transposeA ? 1 : depth,
    aStep: transposeA ? rows : 1,
    bStep: transposeB ? 1 : columns,
    bColumn: transposeB ? depth : 1,
  };
}

function batchStrides(shape: Shape, batch: Shape): number[] {
  const own = stridesOf(shape);
  const lead = batch.length - (shape.length - 2);
  return batch.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
}

/** Element types: all float32; all int8, requantized; or integers of 8 bits whose sums stay int32. */
export type MatmulArithmetic = 'float32' | 'int8' | 'sums';

/** The arithmetic for these types, which satisfy the operator's checks. */
export function matmulArithmetic(output: TensorType): MatmulArithmetic {
  return output.dtype === 'float32' ? 'float32' : output.dtype === 'int32' ? 'sums' : 'int8';
}

/** The zero point of an operand; 0 where it has none. */
export function matmulZero({ quantization }: TensorType): number {
  return quantization.kind === 'none' ? 0 : zeroPointAt(quantization, 0);
}

/** y = clamp(requantize(sum of (a - aZero)(b - bZero), factor) + zero). TFLite `reference/batch_matmul.h`. */
export interface MatmulConstants {
  readonly factor: FixedPointMultiplier;
  readonly zero: number;
  readonly bounds: IntegerBounds;
}

/** The factor is a product in float32 and a quotient in double precision (`GetQuantizedConvolutionMultipler`). */
export function matmulConstants(a: TensorType, b: TensorType, output: TensorType, rounding: Rounding): MatmulConstants {
  return {
    factor: quantizeMultiplier(matmulFactor(a, b, output), rounding),
    zero: zeroPointAt(output.quantization, 0),
    bounds: integerClamp(noClamp, output),
  };
}

function matmulFactor(a: TensorType, b: TensorType, output: TensorType): number {
  const product = Math.fround(scaleAt(a.quantization, 0) * scaleAt(b.quantization, 0));
  return product / scaleAt(output.quantization, 0);
}

/** Largest |sum| of a product of this depth: elements lie within 255 of their zero points. */
export function matmulBound(depth: number): number {
  return Math.min(2 ** 31, depth * 255 * 255);
}

const isByte = ({ dtype }: TensorType) => dtype === 'int8' || dtype === 'uint8';

function typeViolations(a: TensorType, b: TensorType, output: TensorType): string[] {
  const dtypes = `${a.dtype} ${b.dtype} ${output.dtype}`;
  if (dtypes === 'float32 float32 float32') return [];
  const operands = [a, b];
  if (dtypes === 'int8 int8 int8') {
    if ([a, b, output].some(({ quantization }) => quantization.kind !== 'per-tensor'))
      return ['int8 matrices need one scale and zero point each'];
    return factorFits(matmulFactor(a, b, output), 'the product of the scales / output scale');
  }
  if (operands.every(isByte) && output.dtype === 'int32') {
    return operands.every(({ quantization }) => quantization.kind !== 'per-channel')
      ? []
      : ['zero points per channel are not supported'];
  }
  return [`matrices of ${dtypes} (a, b, output) are not supported; use float32 or int8`];
}

/** Products of row `a` and column `b` of the operands, summed in the order of k. */
function products(a: Tensor, b: Tensor, g: MatmulGeometry, add: (sum: number, x: number, y: number) => number) {
  const [x, y] = [numericData(a), numericData(b)];
  return (aStart: number, bStart: number): number => {
    let sum = 0;
    for (let k = 0; k < g.depth; k++) sum = add(sum, at(x, aStart + k * g.aStep), at(y, bStart + k * g.bStep));
    return sum;
  };
}

/** float32, int8 with one scale each, or int8 and uint8 whose sums are the output. */
export const matmul: OpDefinition<MatmulAttributes> = {
  inputNames: ['a', 'b'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes(attributes, inputs) {
    const { batch, rows, columns } = matmulGeometry(attributes, at(inputs, 0).shape, at(inputs, 1).shape);
    return [[...batch, rows, columns]];
  },

  violations(_, inputs, outputs) {
    return firstOf(
      () => arity(inputs, 2, outputs),
      () => typeViolations(at(inputs, 0), at(inputs, 1), at(outputs, 0)),
    );
  },

  evaluate(attributes, inputs, outputs, rounding) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const output = zeros(at(outputs, 0));
    const g = matmulGeometry(attributes, a.type.shape, b.type.shape);
    const data = numericData(output);
    const arithmetic = matmulArithmetic(output.type);
    const isFloat = arithmetic === 'float32';
    const [aZero, bZero] = [isFloat ? 0 : matmulZero(a.type), isFloat ? 0 : matmulZero(b.type)];
    const product = products(a, b, g, (sum, x, y) =>
      isFloat ? Math.fround(sum + Math.fround(x * y)) : (sum + (x - aZero) * (y - bZero)) | 0,
    );
    const constants = arithmetic === 'int8' ? matmulConstants(a.type, b.type, output.type, rounding) : null;
    const finish = (sum: number) =>
      constants === null
        ? sum
        : clampTo(requantize(sum, constants.factor, rounding) + constants.zero, constants.bounds);
    const aStarts = stridedOffsets(g.batch, g.aBatchStrides);
    const bStarts = stridedOffsets(g.batch, g.bBatchStrides);
    let next = 0;
    aStarts.forEach((aStart, batch) => {
      const bStart = at(bStarts, batch);
      for (let i = 0; i < g.rows; i++) {
        for (let j = 0; j < g.columns; j++) data[next++] = finish(product(aStart + i * g.aRow, bStart + j * g.bColumn));
      }
    });
    return [output];
  },

  cost(attributes, inputs, outputs) {
    const { depth } = matmulGeometry(attributes, at(inputs, 0).shape, at(inputs, 1).shape);
    const elements = elementCount(at(outputs, 0).shape);
    return { macs: elements * depth, elements };
  },
};
