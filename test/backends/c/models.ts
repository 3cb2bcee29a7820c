import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { typeOf, type ValueId } from '../../../converter/ir/graph.ts';
import { type Clamp, noClamp } from '../../../converter/ops/definition.ts';
import type { HybridMode } from '../../../converter/ops/hybrid.ts';
import type { Op } from '../../../converter/ops/op.ts';
import { outputShapes } from '../../../converter/ops/registry.ts';
import { perTensor, type Quantization } from '../../../converter/tensor/quantization.ts';
import type { Rounding } from '../../../converter/tensor/requantize.ts';
import type { Shape } from '../../../converter/tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import type { Case } from './batch.ts';
import { Random } from './random.ts';

/** A graph of one operator on computed inputs and constants; the output gets `dtype` and `quantization`. */
export function oneOp(
  op: Op,
  inputs: readonly (TensorType | Tensor)[],
  output: (shape: Shape) => TensorType,
  rounding: Rounding,
  random: Random,
  name: string,
): Case {
  const builder = new GraphBuilder();
  const data: Tensor[] = [];
  const ids = inputs.map((item, i) => {
    if ('data' in item) return builder.constant(`c${i}`, item);
    data.push(random.tensor(item));
    return builder.input(`x${i}`, item);
  });
  const [shape = []] = outputShapes(
    op,
    inputs.map((item) => ('data' in item ? item.type : item)),
  );
  builder.output('y', builder.node(`${op.type} #0`, op, ids, output(shape), 'y'));
  return { name, graph: builder.build(name, 'a test', rounding), inputs: data };
}

export type Arithmetic = 'int8' | 'int16' | 'float32' | HybridMode;

/** What a random convolution is made of. */
export interface ConvolutionCase {
  readonly arithmetic: Arithmetic;
  readonly rounding: Rounding;
  readonly depthwise: boolean;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Output channels; for a depthwise one the channel multiplier. */
  readonly outputs: number;
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  readonly groups: number;
  readonly clamp: Clamp;
  readonly weightZero: number;
  readonly perChannel: boolean;
  /** Zero point of the output; null for a random one. */
  readonly outputZero: number | null;
  /** Largest magnitude of a bias. */
  readonly bias: number;
  /** What the scale of the output is multiplied by. */
  readonly outputScale: number;
}

export const plainConvolution: ConvolutionCase = {
  ...{
    arithmetic: 'int8',
    rounding: 'exact',
    depthwise: false,
    batch: 1,
    height: 6,
    width: 5,
    channels: 4,
    outputs: 8,
  },
  ...{ kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: [1, 1, 1, 1], groups: 1, clamp: noClamp },
  ...{ weightZero: 0, perChannel: true, outputZero: null, bias: 4000, outputScale: 1 },
};

export function convolution(options: Partial<ConvolutionCase>, seed: number): Case {
  const k = { ...plainConvolution, ...options };
  const random = new Random(seed);
  const [top, left, bottom, right] = k.padding;
  const window = { strides: k.strides, dilations: k.dilations, padding: { top, left, bottom, right } };
  const outputs = k.depthwise ? k.outputs * k.channels : k.outputs;
  const hybrid: HybridMode = k.arithmetic === 'asymmetric' || k.arithmetic === 'symmetric' ? k.arithmetic : 'none';
  const op: Op = k.depthwise
    ? { type: 'depthwise-conv-2d', attributes: { ...window, clamp: k.clamp, hybrid } }
    : { type: 'conv-2d', attributes: { ...window, clamp: k.clamp, hybrid, groups: k.groups } };
  const weightShape = k.depthwise ? [1, ...k.kernel, outputs] : [outputs, ...k.kernel, k.channels / k.groups];
  const { input, weights, bias, output } = productTypes(k, outputs, weightShape, k.depthwise ? 3 : 0, random);
  return oneOp(
    op,
    [tensorType(input.dtype, [k.batch, k.height, k.width, k.channels], input.quantization), weights, bias],
    (shape) => ({ ...output, shape }),
    k.rounding,
    random,
    `${op.type} ${JSON.stringify(options)}`,
  );
}

export function fullyConnected(
  options: Partial<ConvolutionCase> & { readonly rows: number; readonly depth: number; readonly units: number },
  seed: number,
): Case {
  const k = { ...plainConvolution, ...options };
  const random = new Random(seed);
  const hybrid: HybridMode = k.arithmetic === 'asymmetric' || k.arithmetic === 'symmetric' ? k.arithmetic : 'none';
  const { input, weights, bias, output } = productTypes(k, k.units, [k.units, k.depth], 0, random);
  return oneOp(
    { type: 'fully-connected', attributes: { clamp: k.clamp, hybrid } },
    [tensorType(input.dtype, [k.rows, k.depth], input.quantization), weights, bias],
    (shape) => ({ ...output, shape }),
    k.rounding,
    random,
    `fully-connected ${JSON.stringify(options)}`,
  );
}

function productTypes(k: ConvolutionCase, channels: number, shape: Shape, axis: number, random: Random) {
  const wide = k.arithmetic === 'int16';
  const integer = wide || k.arithmetic === 'int8';
  const dtype = wide ? 'int16' : integer ? 'int8' : 'float32';
  const real = k.arithmetic === 'float32';
  const count = shape.reduce((a, b) => a * b, 1) / channels;
  const q = (scale: number, zero: number): Quantization => (integer ? perTensor(scale, zero) : { kind: 'none' });
  const scales = Array.from({ length: channels }, () => Math.fround(0.004 + random.next() * 0.02));
  const weightQuantization: Quantization = real
    ? { kind: 'none' }
    : k.perChannel && k.weightZero === 0
      ? { kind: 'per-channel', axis, scales, zeroPoints: scales.map(() => 0) }
      : perTensor(Math.fround(0.011), k.weightZero);
  const inputZero = wide ? 0 : random.whole(-128, 127);
  const weights = random.tensor(tensorType(real ? 'float32' : 'int8', shape, weightQuantization));
  const bias = random.tensor(tensorType(integer ? 'int32' : 'float32', [channels]), k.bias);
  const outputZero = wide ? 0 : (k.outputZero ?? random.whole(-60, 60));
  return {
    input: tensorType(dtype, [], q(Math.fround(0.047), inputZero)),
    weights,
    bias,
    output: tensorType(dtype, [], q(Math.fround(0.05 * k.outputScale * Math.sqrt(count)), outputZero)),
  };
}

/** All the cases, one after the other, as one model: a package that is compiled and run once. */
export function joined(name: string, cases: readonly Case[]): Case {
  const builder = new GraphBuilder();
  const [first] = cases;
  cases.forEach(({ graph }, k) => {
    const ids = new Map<ValueId, ValueId>();
    const idOf = (id: ValueId) => {
      const known = ids.get(id);
      if (known === undefined) throw new Error(`value %${id} is read before it is written`);
      return known;
    };
    for (const port of graph.inputs) ids.set(port.value, builder.input(`${port.name}_${k}`, typeOf(graph, port.value)));
    for (const { id, type, data } of graph.values.values()) {
      if (data !== null) ids.set(id, builder.constant(`c${k}_${id}`, { type, data }));
    }
    for (const { op, inputs, outputs } of graph.nodes) {
      const [output] = outputs;
      if (output === undefined) throw new Error('a node without output');
      const result = builder.node(`${op.type} #${k}`, op, inputs.map(idOf), typeOf(graph, output), `y${k}_${output}`);
      ids.set(output, result);
    }
    for (const port of graph.outputs) builder.output(`${port.name}_${k}`, idOf(port.value));
  });
  const rounding = first?.graph.rounding ?? 'exact';
  return { name, graph: builder.build(name, 'a test', rounding), inputs: cases.flatMap(({ inputs }) => inputs) };
}
