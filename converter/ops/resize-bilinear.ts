import { elementCount } from '../tensor/shape.ts';
import { numericData, type TensorType, zeros } from '../tensor/tensor.ts';
import { moverViolations } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { nhwc } from './window.ts';

/** An image [N,H,W,C] with `height` x `width` pixels, each interpolated between its four neighbours. */
export interface ResizeBilinearAttributes {
  readonly height: number;
  readonly width: number;
  /** The corner pixels of input and output lie on each other. */
  readonly alignCorners: boolean;
  /** Pixels are areas, so that sample points lie at their centres. Not together with `alignCorners`. */
  readonly halfPixelCenters: boolean;
  /**
   * How int8 is interpolated: in fixed point, as TFLite does it for int8, or in float32 as it does it for uint8, the elements being
   * those of uint8 less 128 and the sum being rounded with ties upwards. Without meaning for float32.
   */
  readonly integers: 'fixed' | 'real-uint8';
}

/** Where one output row (or column) is taken from: places and weights of two input rows. */
export interface Interpolation {
  readonly lower: number;
  readonly upper: number;
  readonly lowerWeight: number;
  readonly upperWeight: number;
}

/** Weights of the integer form are in units of 1/1024. */
const unit = 1024;

/**
 * The interpolations along one axis, TFLite `reference/resize_bilinear.h`: in float32, or for int8 in fixed point with a scale
 * rounded to 1/1024.
 */
export function interpolations(
  input: number,
  output: number,
  attributes: ResizeBilinearAttributes,
  arithmetic: BilinearArithmetic,
): Interpolation[] {
  const aligned = attributes.alignCorners && output > 1;
  const [from, to] = aligned ? [input - 1, output - 1] : [input, output];
  const half = attributes.halfPixelCenters;
  return Array.from({ length: output }, (_, place) => {
    if (arithmetic === 'fixed') {
      const scale = Math.floor((unit * from + Math.floor(to / 2)) / to);
      const scaled = place * scale + (half ? Math.floor(scale / 2) - unit / 2 : 0);
      const lower = Math.max(Math.trunc(scaled / unit), 0);
      const upper = Math.min(Math.trunc((scaled + unit - 1) / unit), input - 1);
      const fraction = scaled - unit * lower;
      return { lower, upper, lowerWeight: unit - fraction, upperWeight: fraction };
    }
    const scale = Math.fround(from / to);
    const scaled = half ? Math.fround(Math.fround((place + 0.5) * scale) - 0.5) : Math.fround(place * scale);
    const lower = Math.max(Math.floor(scaled), 0);
    const upper = Math.min(Math.ceil(scaled), input - 1);
    const fraction = Math.fround(scaled - lower);
    return { lower, upper, lowerWeight: Math.fround(1 - fraction), upperWeight: fraction };
  });
}

/** The arithmetic for a dtype that the operator takes. */
export const arithmeticFor = ({ integers }: ResizeBilinearAttributes, type: TensorType): BilinearArithmetic =>
  type.dtype === 'float32' ? 'real' : integers;

/** float32, 1/1024, or float32 for uint8 that is kept as int8. */
export type BilinearArithmetic = 'real' | 'fixed' | 'real-uint8';

/** From int8 to the uint8 that it stands for, with `real-uint8`. */
export const uint8Offset = 128;

/** Interpolations of rows and columns for an input of `type`. */
export function bilinearGrid(attributes: ResizeBilinearAttributes, type: TensorType) {
  const { height, width } = nhwc(type.shape);
  const arithmetic = arithmeticFor(attributes, type);
  return {
    rows: interpolations(height, attributes.height, attributes, arithmetic),
    columns: interpolations(width, attributes.width, attributes, arithmetic),
  };
}

/** One output from the four corners: every product and sum is rounded to float32, in the order of TFLite. */
function realMix(corners: readonly number[], row: Interpolation, column: Interpolation): number {
  const weights = [
    [row.lowerWeight, column.lowerWeight],
    [row.upperWeight, column.lowerWeight],
    [row.lowerWeight, column.upperWeight],
    [row.upperWeight, column.upperWeight],
  ] as const;
  const terms = weights.map(([a, b], i) => Math.fround(Math.fround(at(corners, i) * a) * b));
  return terms.slice(1).reduce((sum, term) => Math.fround(sum + term), at(terms, 0));
}

/** One int8 output: the sum in units of 2^-20, rounded to nearest, ties away from zero. */
function fixedMix([p = 0, q = 0, r = 0, s = 0]: readonly number[], row: Interpolation, column: Interpolation): number {
  const left = (p * row.lowerWeight + q * row.upperWeight) * column.lowerWeight;
  const right = (r * row.lowerWeight + s * row.upperWeight) * column.upperWeight;
  const sum = left + right;
  return Math.trunc((sum + (sum > 0 ? 2 ** 19 : -(2 ** 19))) / 2 ** 20);
}

/** One int8 output that stands for uint8: the float32 sum of the uint8, plus a half, without its fraction. */
function uint8Mix(corners: readonly number[], row: Interpolation, column: Interpolation): number {
  const shifted = corners.map((corner) => corner + uint8Offset);
  return Math.trunc(Math.fround(realMix(shifted, row, column) + 0.5)) - uint8Offset;
}

const mixes = { real: realMix, fixed: fixedMix, 'real-uint8': uint8Mix } as const;

/** float32 or int8; int8 keeps its scale. */
export const resizeBilinear: OpDefinition<ResizeBilinearAttributes> = {
  inputNames: ['input'],
  variadic: false,
  channelRule: () => 'opaque',

  outputShapes({ height, width }, inputs) {
    const { batch, channels } = nhwc(at(inputs, 0).shape);
    return [[batch, height, width, channels]];
  },

  violations(attributes, inputs, outputs) {
    const wrong = moverViolations(inputs, outputs);
    const { height, width, alignCorners, halfPixelCenters } = attributes;
    if (![height, width].every((size) => Number.isInteger(size) && size >= 1))
      wrong.push(`the size is ${height}x${width}`);
    if (alignCorners && halfPixelCenters) wrong.push('aligned corners and half-pixel centres exclude each other');
    if (wrong.length > 0) return wrong;
    const type = at(inputs, 0);
    if (type.dtype !== 'float32' && type.dtype !== 'int8')
      return [`dtype ${type.dtype} is not supported; use float32, int8`];
    if (elementCount(type.shape) === 0) return ['there are no pixels'];
    const input = nhwc(type.shape);
    const { rows, columns } = bilinearGrid(attributes, type);
    const inside = (list: readonly Interpolation[], size: number) => list.every(({ lower }) => lower < size);
    return inside(rows, input.height) && inside(columns, input.width)
      ? []
      : [`${height}x${width} is too large for the fixed-point steps of int8: the last pixels lie outside of the input`];
  },

  evaluate(attributes, inputs, outputs) {
    const input = at(inputs, 0);
    const { batch, height, width, channels } = nhwc(input.type.shape);
    const { rows, columns } = bilinearGrid(attributes, input.type);
    const mix = mixes[arithmeticFor(attributes, input.type)];
    const x = numericData(input);
    const output = zeros(at(outputs, 0));
    let to = 0;
    for (let n = 0; n < batch; n++) {
      const pixel = (row: number, column: number, c: number) =>
        at(x, ((n * height + row) * width + column) * channels + c);
      for (const row of rows) {
        for (const column of columns) {
          for (let c = 0; c < channels; c++) {
            const corners = [
              pixel(row.lower, column.lower, c),
              pixel(row.upper, column.lower, c),
              pixel(row.lower, column.upper, c),
              pixel(row.upper, column.upper, c),
            ];
            output.data[to++] = mix(corners, row, column);
          }
        }
      }
    }
    return [output];
  },

  cost: (_, __, outputs) => ({ macs: 0, elements: elementCount(at(outputs, 0).shape) }),
};
