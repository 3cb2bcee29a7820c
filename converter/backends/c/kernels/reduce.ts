import { arithmeticOf } from '../../../ops/arithmetic.ts';
import { type ReduceAttributes, reduceConstants, reducedCount } from '../../../ops/reduce.ts';
import { integerRange, isQuantizedDType } from '../../../tensor/dtype.ts';
import type { Rounding } from '../../../tensor/requantize.ts';
import { type Shape, stridesOf } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { unsupported } from '../../kernel.ts';
import { binaryText } from '../float/expression.ts';
import { requantized, without } from '../integer/literal.ts';
import { wholeTypes } from '../integer/whole-number.ts';
import type { CKernel } from '../kernel.ts';
import { type LoopAxis, loopAxes, nest } from '../nest.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { reductionOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';

/** Mean, sum, maximum, minimum or product over axes. */
export const reduce: CKernel<'reduce'> = {
  problem(step) {
    const { type } = inputOf(step, 0);
    const { dtype, shape } = type;
    if (arithmeticOf(type) === 'whole') {
      if (!dtype.endsWith('int64') || step.op.attributes.kind !== 'mean') return null;
      return unsupported(`the mean of ${dtype} has no C kernel`, 'cast to float32 or int32');
    }
    const known = dtype === 'float32' || dtype === 'int8' || dtype === 'uint8' || dtype === 'int16';
    if (!known) return unsupported(`reducing ${dtype} has no C kernel`, 'convert the model to int8 or float32');
    if (dtype === 'float32' || largestSum(step.op.attributes, inputOf(step, 0).type) < 2 ** 31) return null;
    return unsupported(
      `a sum over ${reducedCount(step.op.attributes, shape)} elements can leave 32 bits`,
      'reduce in two steps',
    );
  },
  overlaps: ({ attributes }, inputs, outputs) => reductionOverlaps(attributes.axes, inputs, outputs),
  scratchBytes: () => 0,

  emit(step, { rounding }) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { attributes } = step.op;
    const { shape, dtype } = input.type;
    const { kept, reduced } = splitAxes(attributes, shape);
    if (arithmeticOf(input.type) === 'whole') {
      return {
        stem: `reduce_${attributes.kind}`,
        parameters: [inputParameter('input', input), outputParameter('output', output)],
        body: nest(kept, 'i', ([from = '0']) => wholeBody(attributes, input.type, from, reduced)),
        headers: [],
      };
    }
    const isFloat = dtype === 'float32';
    const element = elementType(output.type);
    const accumulator = isFloat ? 'float' : 'int32_t';
    const result = isFloat
      ? floatResult(attributes, shape)
      : integerResult(attributes, input.type, output.type, rounding);
    return {
      stem: `reduce_${attributes.kind}`,
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: nest(kept, 'i', ([from = '0']) => {
        return c`
          const ${elementType(input.type)} *const x = input + ${from};
          ${accumulator} value = ${startOf(attributes, isFloat)};
          ${nest(reduced, 'r', ([index = '0']) => joinText(attributes, isFloat, `x[${index}]`))}
          *output++ = ${isFloat ? result : `(${element})${result}`};
        `;
      }),
      headers: [isFloat ? 'real.h' : 'integer.h'],
    };
  },
};

/** One output of whole numbers. Sums and products wrap; a mean has the sum in 64 bits and loses its fraction. */
function wholeBody(
  attributes: ReduceAttributes,
  { dtype, shape }: TensorType,
  from: string,
  reduced: readonly LoopAxis[],
): string {
  const { kind } = attributes;
  const { element, value, unsigned } = wholeTypes(dtype);
  const join = {
    sum: `value = (${value})((${unsigned})value + (${unsigned})x[#]);`,
    product: `value = (${value})((${unsigned})value * (${unsigned})x[#]);`,
    max: 'value = x[#] > value ? x[#] : value;',
    min: 'value = x[#] < value ? x[#] : value;',
    mean: 'value += x[#];',
  }[kind];
  const start = kind === 'max' || kind === 'min' ? 'x[0]' : kind === 'product' ? '1' : '0';
  return c`
    const ${element} *const x = input + ${from};
    ${kind === 'mean' ? 'int64_t' : value} value = ${start};
    ${nest(reduced, 'r', ([index = '0']) => join.replaceAll('#', index))}
    *output++ = (${element})${kind === 'mean' ? `(value / ${reducedCount(attributes, shape)})` : 'value'};
  `;
}

function splitAxes({ axes }: ReduceAttributes, shape: Shape) {
  const strides = stridesOf(shape);
  const pick = (wanted: boolean) => {
    const list = shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === wanted);
    return loopAxes(
      list.map((axis) => shape[axis] ?? 1),
      [list.map((axis) => strides[axis] ?? 0)],
    );
  };
  return { kept: pick(false), reduced: pick(true) };
}

function startOf({ kind }: ReduceAttributes, isFloat: boolean): string {
  if (kind === 'max' || kind === 'min') return 'x[0]';
  return kind === 'product' ? '1.0f' : isFloat ? '0.0f' : '0';
}

function joinText({ kind }: ReduceAttributes, isFloat: boolean, x: string): string {
  if (kind === 'mean' || kind === 'sum') return `value += ${x};`;
  if (kind === 'product') return `value *= ${x};`;
  if (isFloat) return `value = ${binaryText[kind]('value', x)};`;
  return `value = ${x} ${kind === 'max' ? '>' : '<'} value ? ${x} : value;`;
}

function floatResult(attributes: ReduceAttributes, shape: Shape): string {
  return attributes.kind === 'mean' ? `value / ${reducedCount(attributes, shape)}.0f` : 'value';
}

function integerResult(
  attributes: ReduceAttributes,
  input: TensorType,
  output: TensorType,
  rounding: Rounding,
): string {
  if (attributes.kind === 'max' || attributes.kind === 'min') return 'value';
  const { offset, factor, outputZero, bounds } = reduceConstants(attributes, input, output, rounding);
  const value = requantized(without('value', -offset), factor, rounding, largestSum(attributes, input), outputZero);
  return `thimble_limit(${value}, ${bounds.min}, ${bounds.max})`;
}

/** Bound of |sum of x - zero point|. */
function largestSum(attributes: ReduceAttributes, { dtype, shape }: TensorType): number {
  const { min, max } = integerRange[isQuantizedDType(dtype) ? dtype : 'int8'];
  return reducedCount(attributes, shape) * (dtype === 'int16' ? 2 : 1) * (max - min);
}
