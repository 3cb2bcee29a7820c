import type { OnnxAttribute } from '../format/model.ts';
import type { Expand, NodeSketch } from './sketch.ts';

/** Operators of dynamic quantization, where scales are computed at run time, and integer products without scales. */

const none: ReadonlyMap<string, OnnxAttribute> = new Map();

/** Operand `index` less its zero point at `zeroPoint`, as real numbers. */
function centred(sketch: NodeSketch, index: number, zeroPoint: number, axis: number): string {
  const one = sketch.constant('float', 1);
  const zero = sketch.input(zeroPoint);
  const attributes = new Map([['axis', { kind: 'int', value: BigInt(axis) } as const]]);
  return sketch.add(
    'DequantizeLinear',
    zero === '' ? [sketch.input(index), one] : [sketch.input(index), one, zero],
    attributes,
  );
}

/** Sums of integer products, which float32 holds exactly below 2^24 (`integer-sums.ts` checks that). */
const integerProduct =
  (opType: string): Expand =>
  (sketch) => {
    const [a, b] = [centred(sketch, 0, 2, -2), centred(sketch, 1, 3, opType === 'Conv' ? 0 : -1)];
    const sum = sketch.add(opType, [a, b], opType === 'Conv' ? sketch.attributes() : none);
    const isConvolution = new Map([['convolution', { kind: 'int', value: opType === 'Conv' ? 1n : 0n } as const]]);
    // Who reads the sums as float32 anyway needs no whole numbers.
    sketch.rename(sketch.isReadAsFloat ? sum : sketch.add('IntegerSums', [sum, b], isConvolution, 'thimble'));
    return true;
  };

interface DynamicTensor {
  readonly stored: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/** The expansion in the ONNX specification of DynamicQuantizeLinear; zeros alone get a tiny scale. */
function quantizeDynamically(sketch: NodeSketch): DynamicTensor {
  const x = sketch.input(0);
  const keep = new Map([['keepdims', { kind: 'int', value: 0n } as const]]);
  const zero = sketch.constant('float', 0);
  const low = sketch.add('Min', [sketch.add('ReduceMin', [x], keep), zero]);
  const high = sketch.add('Max', [sketch.add('ReduceMax', [x], keep), zero]);
  const range = sketch.add('Max', [sketch.add('Sub', [high, low]), sketch.constant('float', 2 ** -100)]);
  const scale = sketch.add('Div', [range, sketch.constant('float', 255)]);
  const distance = sketch.add('Div', [sketch.add('Sub', [zero, low]), scale]);
  const zeroPoint = sketch.add('QuantizeLinear', [distance, sketch.constant('float', 1), sketch.constant('uint8', 0)]);
  return { stored: sketch.add('QuantizeLinear', [x, scale, zeroPoint]), scale, zeroPoint };
}

const dynamicQuantizeLinear: Expand = (sketch) => {
  const { stored, scale, zeroPoint } = quantizeDynamically(sketch);
  sketch.rename(stored, 0);
  sketch.rename(scale, 1);
  sketch.rename(zeroPoint, 2);
  return true;
};

/** A product of real numbers with the weights [K,N] at `index`, and the bias at `bias`. */
function product(
  sketch: NodeSketch,
  a: string,
  index: number,
  scale: number,
  zeroPoint: number,
  bias: number,
): boolean {
  const sum = sketch.add('MatMul', [a, sketch.dequantize(index, scale, zeroPoint, -1)]);
  sketch.rename(sketch.input(bias) === '' ? sum : sketch.add('Add', [sum, sketch.input(bias)]));
  return true;
}

const matMulIntegerToFloat: Expand = (sketch) => product(sketch, sketch.dequantize(0, 2, 4), 1, 3, 5, 6);

const dynamicQuantizeMatMul: Expand = (sketch) => {
  const { stored, scale, zeroPoint } = quantizeDynamically(sketch);
  return product(sketch, sketch.add('DequantizeLinear', [stored, scale, zeroPoint]), 1, 2, 3, 4);
};

export const dynamicOperators: readonly (readonly [string, Expand])[] = [
  [':ConvInteger', integerProduct('Conv')],
  [':MatMulInteger', integerProduct('MatMul')],
  [':DynamicQuantizeLinear', dynamicQuantizeLinear],
  ['com.microsoft:MatMulIntegerToFloat', matMulIntegerToFloat],
  ['com.microsoft:DynamicQuantizeMatMul', dynamicQuantizeMatMul],
];
