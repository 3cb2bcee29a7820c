import type { Graph } from '../../converter/ir/graph.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import type { Op } from '../../converter/ops/op.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import type { Rounding } from '../../converter/tensor/requantize.ts';
import type { Shape } from '../../converter/tensor/shape.ts';
import { type TensorType, tensorType } from '../../converter/tensor/tensor.ts';
import type { Case } from '../../test/backends/c/batch.ts';
import {
  type Arithmetic,
  type ConvolutionCase,
  convolution,
  fullyConnected,
  joined,
  oneOp,
} from '../../test/backends/c/models.ts';
import { Random } from '../../test/backends/c/random.ts';

/** Layers of random sizes that the coefficients are fitted on; always the same ones. */

/** Products of a layer at most, so that an emulator does a package in a second. */
const MOST_MACS = 150_000;

/** Layers of a package. */
const LAYERS = 30;

const whole = { min: 0, max: Number.POSITIVE_INFINITY };

/** The models of all layers, some layers in each. */
export function syntheticGraphs(layers = LAYERS): readonly { readonly name: string; readonly graph: Graph }[] {
  const packs = (name: string, make: (random: Random, index: number) => Case, count: number) =>
    packsOf(name, make, count, layers);
  const groups: readonly (readonly [name: string, cases: readonly Case[]])[] = [
    ...packs('int8', (random, i) => integerProduct(random, i, 'exact'), 240),
    ...packs('single', (random, i) => integerProduct(random, i, 'single'), 60),
    ...packs('rounded', (random, i) => integerProduct(random, i, 'float'), 30),
    ...packs('float', (random, i) => product(random, i, 'float32', 'exact'), 60),
    ...packs('symmetric', (random, i) => product(random, i, 'symmetric', 'exact'), 15),
    ...packs('asymmetric', (random, i) => product(random, i, 'asymmetric', 'exact'), 15),
    ...packs('others', (random) => other(random, 'int8'), 150),
    ...packs('first', first, 30),
    ...packs('column', column, 30),
    ...packs('block', block, 12),
    ...packs('pools', (random) => other(random, 'int8', random.pick(0, 1, 0, 1, 5, 8, 8, 9, 9)), 60),
    ...packs('others-float', (random) => other(random, 'float32'), 60),
  ];
  return groups.map(([name, cases]) => ({ name, graph: joined(name, cases).graph }));
}

function packsOf(
  name: string,
  make: (random: Random, index: number) => Case,
  count: number,
  layers: number,
): (readonly [string, readonly Case[]])[] {
  const random = new Random([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
  const cases = Array.from({ length: count }, (_, i) => make(random, i));
  return Array.from({ length: Math.ceil(count / layers) }, (_, i) => [
    `${name} ${i}`,
    cases.slice(i * layers, (i + 1) * layers),
  ]);
}

function integerProduct(random: Random, index: number, rounding: Rounding): Case {
  return product(random, index, 'int8', rounding);
}

/** A convolution of some kind, or a matrix product. */
function product(random: Random, index: number, arithmetic: Arithmetic, rounding: Rounding): Case {
  const relu = random.whole(0, 2) > 0;
  const style: Partial<ConvolutionCase> = {
    ...{ arithmetic, rounding, perChannel: random.whole(0, 3) > 0 },
    ...(relu ? { clamp: random.whole(0, 9) === 0 ? { min: 0, max: 6 } : whole, outputZero: -128 } : { clamp: noClamp }),
    ...(random.whole(0, 11) === 0 && arithmetic === 'int8' ? { outputZero: 10, clamp: whole } : {}),
  };
  const kind = random.whole(0, 9);
  if (kind < 2) {
    const [depth, units] = [size(random, 400), size(random, 200)];
    const rows = random.whole(0, 3) === 0 ? random.whole(2, 6) : 1;
    return fullyConnected({ ...style, rows, depth, units }, index);
  }
  const depthwise = kind > 6;
  const pointwise = kind < 5;
  const options: Partial<ConvolutionCase> = { ...style, depthwise, ...window(random, pointwise ? 1 : 0) };
  for (;;) {
    const channels = depthwise
      ? size(random, 96)
      : pointwise || random.whole(0, 1) === 0
        ? size(random, 96)
        : random.whole(1, 4);
    const outputs = depthwise ? (random.whole(0, 9) === 0 ? 2 : 1) : size(random, 64);
    const [kh, kw] = options.kernel ?? [1, 1];
    const [height, width] = [random.whole(1, 5) === 1 ? kh : random.whole(kh, 24), random.whole(kw, 16)];
    const pixels = (height * width) / ((options.strides?.[0] ?? 1) * (options.strides?.[1] ?? 1));
    if (pixels * kh * kw * outputs * channels > MOST_MACS || height * width * channels > 12_000) continue;
    return convolution({ ...options, channels, outputs, height, width }, index);
  }
}

/** What models of sound and images have in common. */
function usual(random: Random): Partial<ConvolutionCase> {
  const relu = random.whole(0, 2) > 0;
  const clamp = relu ? { clamp: whole, outputZero: -128 } : { clamp: noClamp };
  return { arithmetic: 'int8', rounding: 'exact', narrow: true, perChannel: random.whole(0, 3) > 0, ...clamp };
}

function same(
  kernel: readonly [number, number],
  size: readonly [number, number],
  stride: number,
): Partial<ConvolutionCase> {
  const [y, x] = [0, 1].map((axis) => {
    const [length = 1, pixels = 1] = [kernel[axis], size[axis]];
    return Math.max(0, (Math.ceil(pixels / stride) - 1) * stride + length - pixels);
  });
  const [down = 0, across = 0] = [y, x];
  return { padding: [down >> 1, across >> 1, down - (down >> 1), across - (across >> 1)] };
}

/** A first layer: few channels, and any kernel. */
function first(random: Random, index: number): Case {
  const kernel = random.pick<readonly [number, number]>(
    [10, 4],
    [3, 3],
    [3, 3],
    [5, 5],
    [10, 8],
    [8, 4],
    [5, 1],
    [7, 7],
  );
  const [height, width] = [random.whole(kernel[0], 24), random.whole(Math.max(6, kernel[1]), 16)];
  const stride = random.whole(1, 2);
  const sizes = { kernel, height, width, strides: [stride, stride] as const, channels: random.pick(1, 1, 2, 3, 3, 4) };
  const padding = random.whole(0, 3) > 0 ? same(kernel, [height, width], stride) : { padding: [0, 0, 0, 0] as const };
  return convolution({ ...usual(random), ...sizes, ...padding, outputs: random.pick(4, 8, 12, 16, 24, 32, 40) }, index);
}

/** A layer along one axis, mostly a depthwise one. */
function column(random: Random, index: number): Case {
  const taps = random.whole(2, 24);
  const height = taps + random.pick(0, 0, random.whole(0, 24));
  const channels = random.pick(8, 16, 24, 32, 48, 64, 128);
  const depthwise = random.whole(0, 3) > 0;
  const sizes = {
    kernel: [taps, 1] as const,
    height,
    width: 1,
    channels,
    outputs: depthwise ? 1 : random.pick(8, 16, 32),
  };
  return convolution({ ...usual(random), ...sizes, depthwise, padding: [0, 0, 0, 0] }, index);
}

/** A layer of a residual network. */
function block(random: Random, index: number): Case {
  const size = random.pick(4, 8, 16);
  const kernel = random.pick<readonly [number, number]>([3, 3], [3, 3], [1, 1]);
  const stride = random.whole(1, 2);
  const [channels, outputs] = [random.pick(16, 32, 64), random.pick(16, 32, size < 16 ? 64 : 32)];
  const sizes = { kernel, height: size, width: size, strides: [stride, stride] as const, channels, outputs };
  return convolution({ ...usual(random), ...sizes, ...same(kernel, [size, size], stride) }, index);
}

/** Mostly round sizes, as models have them. */
function size(random: Random, most: number): number {
  const some = [8, 16, 24, 32, 40, 48, 64, 96, 128, 10, 12, 3, 1].filter((channels) => channels <= most);
  return random.whole(0, 3) === 0 ? random.whole(1, most) : (some[random.whole(0, some.length - 1)] ?? 8);
}

function window(random: Random, kernel: number): Partial<ConvolutionCase> {
  const [kh, kw] =
    kernel === 1
      ? [1, 1]
      : random.pick<readonly [number, number]>([3, 3], [3, 3], [3, 3], [10, 4], [5, 5], [1, 3], [4, 1], [7, 1], [2, 2]);
  const stride = random.whole(0, 3) === 0 ? 2 : 1;
  const [y, x] = [Math.floor((kh - 1) / 2), Math.floor((kw - 1) / 2)];
  const isSame = random.whole(0, 3) > 0;
  return {
    kernel: [kh, kw],
    strides: [stride, stride],
    padding: isSame ? [y, x, kh - 1 - y, kw - 1 - x] : [0, 0, 0, 0],
  };
}

/** A layer of another kind. */
function other(random: Random, dtype: 'int8' | 'float32', kind?: number): Case {
  const type = (shape: Shape, zero = random.whole(-60, 60), scale = 0.05): TensorType =>
    dtype === 'int8' ? tensorType('int8', shape, perTensor(Math.fround(scale), zero)) : tensorType('float32', shape);
  const [h, w, c] = [random.whole(1, 12), random.whole(1, 12), size(random, 64)];
  const image: Shape = [1, h, w, c];
  const one = (op: Op, inputs: readonly TensorType[], output: (shape: Shape) => TensorType) =>
    oneOp(op, inputs, output, 'exact', random, op.type);
  const padding = { top: 0, left: 0, bottom: 0, right: 0 };
  const same = type(image);
  switch (kind ?? random.whole(0, 12)) {
    case 0:
    case 1: {
      const isGlobal = random.whole(0, 1) === 0;
      const kernel: readonly [number, number] = isGlobal ? [h, w] : [Math.min(2, h), Math.min(2, w)];
      const kind = random.pick('average', 'average', 'max');
      const attributes = {
        kind,
        kernel,
        strides: kernel,
        dilations: [1, 1],
        padding,
        clamp: noClamp,
        ties: 'away',
      } as const;
      return one({ type: 'pool-2d', attributes }, [same], (shape) => ({ ...same, shape }));
    }
    case 2:
    case 3: {
      const attributes = {
        fn: random.pick('add', 'add', 'add', 'mul', 'sub'),
        clamp: random.pick(noClamp, whole),
      } as const;
      return one({ type: 'zip', attributes }, [type(image), type(image, 3, 0.04)], (shape) => type(shape, -128, 0.1));
    }
    case 4: {
      const attributes = { fn: random.pick('add', 'mul'), clamp: noClamp } as const;
      return one({ type: 'zip', attributes }, [type(image), type([c], 3, 0.04)], (shape) => type(shape, -128, 0.1));
    }
    case 5:
      return one(
        { type: 'softmax', attributes: { beta: 1 } },
        [type([random.whole(1, 3), size(random, 64)])],
        (shape) => type(shape, -128, 1 / 256),
      );
    case 6: {
      const fn = random.pick('tanh', 'logistic', 'abs', 'exp', 'relu');
      const expression =
        fn === 'relu'
          ? ({ kind: 'binary', fn: 'max', a: { kind: 'x' }, b: { kind: 'constant', value: 0 } } as const)
          : ({ kind: 'unary', fn, of: { kind: 'x' } } as const);
      return one({ type: 'map', attributes: { expression } }, [same], (shape) => type(shape, 0, 1 / 128));
    }
    case 7: {
      const [y, x] = [random.whole(0, 2), random.whole(0, 2)];
      const attributes = { before: [0, y, x, 0], after: [0, y, x, 0], value: 0 };
      return one({ type: 'pad', attributes }, [same], (shape) => ({ ...same, shape }));
    }
    case 8:
      return one(
        { type: 'concat', attributes: { axis: 3 } },
        [same, { ...same, shape: [1, h, w, size(random, 32)] }],
        (shape) => ({ ...same, shape }),
      );
    case 9: {
      const axes = random.pick<readonly number[]>([1, 2], [3], [1]);
      const attributes = { kind: random.pick('mean', 'mean', 'sum', 'max'), axes, keepDims: true } as const;
      return one({ type: 'reduce', attributes }, [same], (shape) =>
        attributes.kind === 'max' ? { ...same, shape } : type(shape),
      );
    }
    case 10: {
      const permutation = random.pick<readonly number[]>([0, 3, 1, 2], [0, 2, 1, 3], [0, 2, 3, 1]);
      return one({ type: 'transpose', attributes: { permutation } }, [same], (shape) => ({ ...same, shape }));
    }
    case 11: {
      const begin = [0, random.whole(0, h - 1), 0, random.whole(0, c - 1)];
      const size = [1, h - (begin[1] ?? 0), w, c - (begin[3] ?? 0)];
      return one({ type: 'slice', attributes: { begin, size, strides: [1, 1, 1, 1] } }, [same], (shape) => ({
        ...same,
        shape,
      }));
    }
    default:
      return dtype === 'int8'
        ? random.whole(0, 1) === 0
          ? one({ type: 'dequantize', attributes: {} }, [same], (shape) => tensorType('float32', shape))
          : one({ type: 'requantize', attributes: {} }, [same], (shape) => type(shape, 5, 0.07))
        : one({ type: 'quantize', attributes: {} }, [same], (shape) => tensorType('int8', shape, perTensor(0.02, 3)));
  }
}
