import { arithmeticOf } from '../../../ops/arithmetic.ts';
import { type ZipAttributes, type ZipConstants, type ZipFunction, zipConstants } from '../../../ops/zip.ts';
import { isRealFunction, isShortWhole } from '../../../ops/zip-function.ts';
import { InternalError } from '../../../problem.ts';
import { type DType, integerRange, isQuantizedDType } from '../../../tensor/dtype.ts';
import type { FixedPointMultiplier, Rounding } from '../../../tensor/requantize.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { unsupported } from '../../kernel.ts';
import { binaryText } from '../float/expression.ts';
import { floatLimit } from '../float/limit.ts';
import { heliumAdd } from '../integer/helium-add.ts';
import { requantized, without } from '../integer/literal.ts';
import { wholeText } from '../integer/whole.ts';
import { wholeTypes, wholeZipText } from '../integer/whole-number.ts';
import type { CKernel } from '../kernel.ts';
import { floatLiteral, intLiteral } from '../literal.ts';
import { broadcastStrides, loopAxes, nest } from '../nest.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter, zeroPointOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';
import { forHelium } from '../variants.ts';

/** Elementwise function of two tensors with broadcasting. */
export const zip: CKernel<'zip'> = {
  problem(step) {
    const { type } = outputOf(step);
    const { dtype } = type;
    if (dtype === 'float32' || dtype === 'int8' || dtype === 'uint8' || arithmeticOf(type) === 'whole') return null;
    const symmetric = [...step.inputs, ...step.outputs].every(({ type }) => zeroPointOf(type) === 0);
    if (dtype === 'int16' && symmetric) return null;
    return unsupported(
      `${step.op.attributes.fn} of ${dtype}${dtype === 'int16' ? ' with zero points' : ''} has no C kernel`,
      'convert the model to int8 or float32',
    );
  },
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step, { rounding }) {
    const [a, b, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const { fn, clamp } = step.op.attributes;
    const { shape, dtype } = output.type;
    const axes = loopAxes(shape, [
      stridesOf(shape),
      broadcastStrides(a.type.shape, shape),
      broadcastStrides(b.type.shape, shape),
    ]);
    const body =
      dtype !== 'int32' && arithmeticOf(output.type) === 'whole'
        ? nest(axes, 'i', ([to = '0', x = '0', y = '0']) => anyWholeText(fn, dtype, `a[${x}]`, `b[${y}]`, to))
        : dtype === 'int32'
          ? nest(axes, 'i', ([to = '0', x = '0', y = '0']) => limitedText(step.op.attributes, `a[${x}]`, `b[${y}]`, to))
          : dtype === 'float32'
            ? nest(axes, 'i', ([to = '0', x = '0', y = '0']) => {
                return c`
              float result = ${realText(fn, `a[${x}]`, `b[${y}]`)};
              ${floatLimit('result', clamp)}
              output[${to}] = result;
            `;
              })
            : nest(axes, 'i', ([to = '0', x = '0', y = '0']) => {
                const constants = zipConstants(step.op.attributes, a.type, b.type, output.type, rounding);
                const { min, max } = constants.bounds;
                const value = storedText(constants, `a[${x}]`, `b[${y}]`, output.type, rounding);
                return c`
              ${value.before}
              output[${to}] = (${elementType(output.type)})thimble_limit(${value.result}, ${min}, ${max});
            `;
              });
    const helium =
      dtype === 'int8' && arithmeticOf(output.type) === 'quantized'
        ? heliumAdd(
            zipConstants(step.op.attributes, a.type, b.type, output.type, rounding),
            a.type,
            b.type,
            output.type,
          )
        : null;
    const header = helium === null ? 'integer.h' : 'add.h';
    return {
      stem: fn.replace('-', '_'),
      parameters: [inputParameter('a', a), inputParameter('b', b), outputParameter('output', output)],
      body: helium === null ? body : forHelium(helium, body),
      headers: dtype === 'float32' ? ['real.h'] : [header, ...(fn === 'pow' ? (['whole.h'] as const) : [])],
    };
  },
};

function realText(fn: ZipFunction, a: string, b: string): string {
  if (!isRealFunction(fn)) throw new InternalError(`${fn} of float32`);
  return binaryText[fn](a, b);
}

/** One result of any whole dtype. */
function anyWholeText(
  fn: ZipFunction,
  dtype: DType,
  a: string,
  b: string,
  to: string,
  finish: (value: string) => string = (value) => value,
): string {
  if (fn === 'atan2') throw new InternalError(`atan2 of ${dtype}`);
  const types = wholeTypes(dtype);
  const result = wholeZipText(fn, types);
  return c`
    const ${types.value} p = ${a};
    const ${types.value} q = ${b};
    output[${to}] = ${finish(`(${types.element})${result}`)};
  `;
}

/** One int32 result: sums and products wrap, which is computed without sign. */
function limitedText({ fn, clamp }: ZipAttributes, a: string, b: string, to: string): string {
  const range = integerRange.int32;
  const low = Math.max(range.min, Math.ceil(clamp.min));
  const high = Math.min(range.max, Math.floor(clamp.max));
  const free = low === range.min && high === range.max;
  const finish = (of: string) => (free ? of : `thimble_limit(${of}, ${intLiteral(low)}, ${intLiteral(high)})`);
  if (!isShortWhole(fn)) return anyWholeText(fn, 'int32', a, b, to, finish);
  return `output[${to}] = ${finish(wholeText(fn, a, b))};`;
}

/** The statements and the expression of a stored result, see `ZipConstants`. */
function storedText(
  k: ZipConstants,
  a: string,
  b: string,
  type: TensorType,
  rounding: Rounding,
): { before: string; result: string } {
  switch (k.kind) {
    case 'select':
      return { before: '', result: `(${a} ${k.fn === 'max' ? '>' : '<'} ${b} ? ${a} : ${b})` };
    case 'linear':
      return { before: '', result: `(${a} * ${k.aWeight} + ${b} * ${k.bWeight} + ${k.offset}) >> ${k.shift}` };
    case 'real': {
      const [p, q, fixed] = [k.aRatio, k.bRatio, k.fixed].map(floatLiteral);
      return { before: '', result: `thimble_float_sum(${a}, ${b}, ${p}, ${q}, ${fixed})` };
    }
    case 'product': {
      const bound = span(type) ** 2;
      const product = `(${without(a, k.aZero)}) * (${without(b, k.bZero)})`;
      return { before: '', result: requantized(product, k.factor, rounding, bound, k.zero) };
    }
    case 'rescaled': {
      const bound = span(type) * 2 ** k.leftShift;
      const scaled = (x: string, zero: number, factor: FixedPointMultiplier) => {
        const centred = without(x, zero);
        // One half, of an even number.
        if (isHalf(factor) && k.leftShift > 0) return `(${centred}) * ${2 ** (k.leftShift - 1)}`;
        return requantized(`(${centred}) * ${2 ** k.leftShift}`, factor, 'exact', bound, 0);
      };
      return {
        before: c`
          const int32_t x = ${scaled(a, k.aZero, k.aFactor)};
          const int32_t y = ${scaled(b, k.bZero, k.bFactor)};
        `,
        result: requantized(k.subtract ? 'x - y' : 'x + y', k.factor, 'exact', bound + 2, k.zero),
      };
    }
  }
}

function isHalf({ multiplier, shift }: FixedPointMultiplier): boolean {
  return multiplier === 2 ** 30 && shift === 0;
}

/** Largest |stored - zero point|; the factors of `rescaled` are at most 1/2, so their sum does not exceed it either. */
function span({ dtype }: TensorType): number {
  const { min, max } = integerRange[isQuantizedDType(dtype) ? dtype : 'int8'];
  return dtype === 'int16' ? 32768 : max - min;
}
