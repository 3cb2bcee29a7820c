import { at } from '../../../ops/definition.ts';
import type { Pool2dAttributes } from '../../../ops/pool-2d.ts';
import { integerClamp } from '../../../ops/quantized.ts';
import { integerRange, isQuantizedDType } from '../../../tensor/dtype.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { unsupported } from '../../kernel.ts';
import { floatLimit } from '../float/limit.ts';
import { affine, type Geometry, geometryOf, insideConditions } from '../geometry.ts';
import type { CKernel } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { poolOverlaps } from '../overlap/window.ts';
import { pixelLoops } from '../pixels.ts';
import { c } from '../quote.ts';
import { eitherWay } from '../variants.ts';

/** Average and maximum of a window, channel by channel. */
export const pool2d: CKernel<'pool-2d'> = {
  problem(step) {
    const { dtype } = inputOf(step, 0).type;
    if (dtype === 'float32' || dtype === 'int8' || dtype === 'uint8' || dtype === 'int16') return null;
    return unsupported(`pooling of ${dtype} has no C kernel`, 'convert the model to int8 or float32');
  },
  overlaps({ attributes }, inputs, outputs) {
    const [input, output] = [at(inputs, 0), at(outputs, 0)];
    const geometry = geometryOf(input.shape, output.shape, attributes.kernel, attributes);
    return poolOverlaps(geometry, inputs, outputs);
  },
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { attributes } = step.op;
    const g = geometryOf(input.type.shape, output.type.shape, attributes.kernel, attributes);
    const element = elementType(input.type);
    const { first, join, finish } = poolArithmetic(attributes, output.type);
    const rows = span('y', 'oy', g.strideY, g.top, g.kernelHeight, g.height, g);
    const columns = span('x', 'ox', g.strideX, g.left, g.kernelWidth, g.width, g);
    const sum = element === 'float' ? 'float' : 'int32_t';
    const average = attributes.kind === 'average';
    const isFours = average && element === 'int8_t' && g.channels % 4 === 0 && area(g) <= MOST_SUMMED;
    const portable = c`
      for (int32_t c = 0; c < ${g.channels}; c++) {
          ${sum} value = ${first};
          for (int32_t y = ${rows.from}; y < ${rows.to}; y++) {
              const ${element} *from = image + (y * ${g.width} + ${columns.from}) * ${g.channels} + c;
              for (int32_t x = ${columns.from}; x < ${columns.to}; x++, from += ${g.channels}) {
                  ${join}
              }
          }
          ${finish}
          *output++ = ${sum === 'float' ? 'value' : `(${element})value`};
      }
    `;
    return {
      stem: `${attributes.kind}_pool_2d`,
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: pixelLoops(
        g,
        element,
        c`
          ${rows.before}
          ${columns.before}
          ${average ? `const int32_t count = ${rows.size} * ${columns.size};` : ''}
          ${isFours ? eitherWay(fours(g, rows, columns, finish), portable) : portable}
        `,
      ),
      headers: element === 'float' ? ['float.h'] : ['integer.h'],
    };
  },
};

/** Most int8 numbers whose sum fits in an int16. */
export const MOST_SUMMED = 255;

function area({ kernelHeight, kernelWidth }: Geometry): number {
  return kernelHeight * kernelWidth;
}

/** Averages of four channels at a time, for Armv7E-M. */
function fours(g: Geometry, rows: Span, columns: Span, finish: string): string {
  return c`
    for (int32_t c = 0; c < ${g.channels}; c += 4) {
        uint32_t sums[2] = {0, 0};
        for (int32_t y = ${rows.from}; y < ${rows.to}; y++) {
            const int8_t *from = image + (y * ${g.width} + ${columns.from}) * ${g.channels} + c;
            for (int32_t x = ${columns.from}; x < ${columns.to}; x++, from += ${g.channels}) {
                thimble_add_bytes(sums, from);
            }
        }
        for (int32_t i = 0; i < 4; i++) {
            int32_t value = (int16_t)(sums[i & 1] >> ((i & 2) * 8));
            ${finish}
            *output++ = (int8_t)value;
        }
    }
  `;
}

/** A window along an axis: declarations, first and last index, and size, as C. */
interface Span {
  readonly before: string;
  readonly from: string;
  readonly to: string;
  readonly size: string;
}

/** Where a window begins and ends along an axis; constants where no window leaves the image. */
function span(
  name: 'y' | 'x',
  output: string,
  stride: number,
  before: number,
  kernel: number,
  size: number,
  g: Geometry,
): Span {
  const clipped = insideConditions(g).some((text) => text.startsWith(`${name}0`));
  const start = affine(output, stride, -before);
  if (!clipped) {
    const lines = `const int32_t ${name}0 = ${start};\nconst int32_t ${name}1 = ${name}0 + ${kernel};`;
    return { before: lines, from: `${name}0`, to: `${name}1`, size: String(kernel) };
  }
  const lines = c`
    const int32_t ${name}0 = ${start} < 0 ? 0 : ${start};
    const int32_t ${name}1 = ${affine(output, stride, kernel - before)} > ${size} ? ${size} : ${affine(output, stride, kernel - before)};
  `;
  return { before: lines, from: `${name}0`, to: `${name}1`, size: `(${name}1 - ${name}0)` };
}

/** How elements are joined in `value`, and what makes it the output. */
export function poolArithmetic({ kind, clamp, ties }: Pool2dAttributes, type: TensorType) {
  const { dtype } = type;
  const isFloat = dtype === 'float32';
  if (kind === 'max') {
    return {
      first: isQuantizedDType(dtype) ? String(integerRange[dtype].min) : '-FLT_MAX',
      join: 'value = *from > value ? *from : value;',
      finish: isFloat ? floatLimit('value', clamp) : limitText(clamp, type),
    };
  }
  if (isFloat)
    return { first: '0.0f', join: 'value += *from;', finish: `value /= (float)count;\n${floatLimit('value', clamp)}` };
  const round =
    ties === 'up'
      ? 'value = thimble_floor_divide(value + count / 2, count);'
      : 'value = (value > 0 ? value + count / 2 : value - count / 2) / count;';
  return { first: '0', join: 'value += *from;', finish: `${round}\n${limitText(clamp, type)}` };
}

function limitText(clamp: Pool2dAttributes['clamp'], type: TensorType): string {
  const { min, max } = integerClamp(clamp, type);
  const range = integerRange[isQuantizedDType(type.dtype) ? type.dtype : 'int8'];
  return min === range.min && max === range.max ? '' : `value = thimble_limit(value, ${min}, ${max});`;
}
