import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { compareTensors } from '../../../converter/compare.ts';
import { exportOnnx } from '../../../converter/exporters/onnx/export.ts';
import { readOnnxModel } from '../../../converter/frontends/onnx/format/read.ts';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { randomInputs as inputsOf } from '../../../converter/random-inputs.ts';
import type { Quantization } from '../../../converter/tensor/quantization.ts';
import type { Shape } from '../../../converter/tensor/shape.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { randomGraph, smallFloat, smallInt8 } from '../../ir/random-graph.ts';
import { hasShared, readShared } from '../../support/shared.ts';

const int16 = tensorType('int16', [4], { kind: 'per-tensor', scale: 0.25, zeroPoint: 0 });

const again = (graph: Graph) => importOnnx(exportOnnx(graph, '0.0.0'), graph.name);

/** Integers to the bit, real numbers to 1e-5 of the largest. */
function expectSame(graph: Graph, written: Graph): void {
  for (const seed of [1, 2]) {
    const inputs = inputsOf(graph, seed);
    const [want, found] = [graph, written].map((one) => evaluateGraph(one, inputs));
    want?.forEach((tensor, i) => {
      const other = found?.[i] ?? tensor;
      expect(compareTensors(tensor, other, 1e-5).difference).toBeNull();
    });
  }
}

function expectSamePorts(graph: Graph, written: Graph): void {
  const portsOf = (one: Graph) =>
    [...one.inputs, ...one.outputs].map(({ name, value }) => ({ name, ...typeOf(one, value), quantization: null }));
  expect(portsOf(written)).toEqual(portsOf(graph));
}

/** The graph as ONNX, or null where it has something that ONNX has not. */
function exported(graph: Graph): Graph | null {
  try {
    return again(graph);
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'onnx-export')) return null;
    throw error;
  }
}

/** The graph with scales that float32 holds, as graphs have them; those of random ones are decimal. */
function withFloatScales(graph: Graph): Graph {
  const rounded = (q: Quantization): Quantization => {
    if (q.kind === 'none') return q;
    if (q.kind === 'per-tensor') return { ...q, scale: Math.fround(q.scale) };
    return { ...q, scales: q.scales.map(Math.fround) };
  };
  const values = [...graph.values].map(
    ([id, value]) =>
      [id, { ...value, type: { ...value.type, quantization: rounded(value.type.quantization) } }] as const,
  );
  return { ...graph, values: new Map(values) };
}

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('a graph written as ONNX and read again', () => {
  it.each(seeds)('computes what float graph %i does', (seed) => {
    const { graph } = optimizeGraph(randomGraph(seed, smallFloat));
    const written = exported(graph);
    expect(written).not.toBeNull();
    if (written === null) return;
    expectSame(graph, written);
    expectSamePorts(graph, written);
  });

  it.each(seeds)('computes what int8 graph %i does', (seed) => {
    const rounding = (['exact', 'single', 'float'] as const)[seed % 3] ?? 'exact';
    const random = withFloatScales(randomGraph(seed, { ...smallInt8, rounding }));
    for (const graph of [random, optimizeGraph(random).graph]) {
      const written = exported(graph);
      if (written === null) continue;
      expect(written.rounding).toBe(rounding);
      expectSame(graph, written);
      expectSamePorts(graph, written);
    }
  });

  it('has the same bytes every time', () => {
    const graph = randomGraph(4, smallFloat);
    expect(exportOnnx(graph, '1.2.3')).toEqual(exportOnnx(graph, '1.2.3'));
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('is a valid file: %i', (seed) => {
    const { graph } = optimizeGraph(randomGraph(seed, seed % 2 === 0 ? smallFloat : smallInt8));
    const { opsets, irVersion, graph: file, metadata } = readOnnxModel(exportOnnx(graph, '1'));
    expect([opsets.get(''), irVersion]).toEqual([17, 8]);
    expect(metadata.get('thimble.rounding')).toBe('exact');
    const known = new Set([...file.inputs.map(({ name }) => name), ...file.initializers.keys()]);
    const typed = new Set([...file.valueInfo.keys(), ...file.outputs.map(({ name }) => name)]);
    for (const { name, inputs, outputs } of file.nodes) {
      expect(name).not.toBe('');
      for (const input of inputs) expect(input === '' || known.has(input)).toBe(true);
      for (const output of outputs) {
        expect(output === '' || known.has(output)).toBe(false);
        expect(typed).toContain(output);
        known.add(output);
      }
    }
    expect(new Set(file.nodes.map(({ name }) => name)).size).toBe(file.nodes.length);
  });

  it('is of a newer operator set where integers have 16 bits', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', { ...int16, quantization: { kind: 'per-tensor', scale: 0.5, zeroPoint: 0 } });
    builder.output('y', builder.node('r', { type: 'requantize', attributes: {} }, [x], int16, 'y'));
    const { opsets, irVersion } = readOnnxModel(exportOnnx(builder.build('wide', 'a test', 'single'), '1'));
    expect([opsets.get(''), irVersion]).toEqual([21, 10]);
  });

  it('computes a bias in steps that another tool gave it in real numbers', () => {
    const { ModelProto } = onnxProto.onnx;
    const int8 = (shape: Shape, scale: number) =>
      tensorType('int8', shape, { kind: 'per-tensor', scale, zeroPoint: 0 });
    const builder = new GraphBuilder();
    const x = builder.input('x', int8([1, 1], 0.5));
    const w = builder.constant('w', { type: int8([1, 1], 0.5), data: Int8Array.of(3) });
    const b = builder.constant('b', { type: tensorType('int32', [1]), data: Int32Array.of(8) });
    const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
    builder.output('y', builder.node('fc', op, [x, w, b], int8([1, 1], 1), 'y'));
    const bytes = exportOnnx(builder.build('biased', 'a test', 'single'), '1');
    const resultOf = (file: Uint8Array) => {
      const graph = importOnnx(file, 'again');
      return evaluateGraph(graph, [{ type: int8([1, 1], 0.5), data: Int8Array.of(4) }])[0]?.data;
    };
    // 4/2 * 3/2 + 8/4
    expect(resultOf(bytes)).toEqual(Int8Array.of(5));
    const model = ModelProto.decode(bytes);
    const steps = model.graph?.initializer?.find(({ name }) => name === 'y/bias/scale');
    if (steps == null) throw new Error('the bias has no steps');
    steps.rawData = new Uint8Array(Float32Array.of(0.5).buffer);
    // 4/2 * 3/2 + 8/2
    expect(resultOf(ModelProto.encode(model).finish())).toEqual(Int8Array.of(7));
  });

  it('says nothing by remarks that are none', () => {
    const graph = withFloatScales(randomGraph(1, smallInt8));
    const spoiled = (text: string) => {
      const { ModelProto } = onnxProto.onnx;
      const model = ModelProto.decode(exportOnnx(graph, '1'));
      const others = model.metadataProps.filter(({ key }) => key !== 'thimble.integers');
      model.metadataProps = [...others, { key: 'thimble.integers', value: text }];
      return ModelProto.encode(model).finish();
    };
    for (const text of ['', '{', 'null', '[1,2]', '7', '{"a":{"b":1}}', '{"v0":"nonsense","__proto__":"real"}']) {
      expect(importOnnx(spoiled(text), 'spoiled').rounding).toBe(graph.rounding);
    }
  });

  it('is refused with every reason at once', () => {
    const builder = new GraphBuilder();
    const type = tensorType('float32', [4]);
    const x = builder.input('x', type);
    const attributes = { kind: 'product', axis: 0, exclusive: false, reverse: false } as const;
    const first = builder.node('product', { type: 'cumulative', attributes }, [x], type, 'a');
    const clamp = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    const second = builder.node('angle', { type: 'zip', attributes: { fn: 'atan2', clamp } }, [first, x], type, 'b');
    builder.output('y', second);
    const graph = builder.build('refused', 'a test', 'exact');
    expect(() => exportOnnx(graph, '0')).toThrow(/product: cumulative products[\s\S]*angle: the angle of two numbers/);
  });

  it('is refused where an output has the name of another tensor', () => {
    const builder = new GraphBuilder();
    const type = tensorType('float32', [4]);
    const [a, b] = [builder.input('a', type), builder.input('b', type)];
    builder.output('a', b);
    builder.output('b', a);
    expect(() => exportOnnx(builder.build('swapped', 'a test', 'exact'), '0')).toThrow(/output "a": .*output "b"/s);
  });
});

const models = [
  'models/onnx/mlperf_kws_torch_float.onnx',
  'models/tflite/mlperf_kws_keras_float.tflite',
  'models/tflite/tinymaix_cifar10_f.tflite',
  'examples/digits/digits_float.onnx',
];

const integerModels = [
  'models/tflite/mlperf_kws_int8.tflite',
  'models/tflite/mlperf_ad_int8.tflite',
  'models/tflite/tflm_micro_speech_int8.tflite',
  'models/tflite/tinymaix_mnist_resnet_q.tflite',
  'models/onnx/mlperf_kws_torch_float_qdq_pc.onnx',
  'examples/digits/digits_int8.tflite',
];

describe.skipIf(!hasShared)('a model written as ONNX and read again', () => {
  it.each(integerModels)('%s computes the same bytes', (path) => {
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    const written = again(graph);
    expect(written.rounding).toBe(graph.rounding);
    expectSamePorts(graph, written);
    expectSame(graph, written);
  });

  it.each(models)('%s computes the same, without a transpose more', (path) => {
    const { graph } = optimizeGraph(importModel(readShared(path), path));
    const { graph: written } = optimizeGraph(again(graph));
    expectSamePorts(graph, written);
    expectSame(graph, written);
    const transposes = ({ nodes }: Graph) => nodes.filter(({ op }) => op.type === 'transpose').length;
    expect(transposes(written)).toBeLessThanOrEqual(transposes(graph));
  });
});
