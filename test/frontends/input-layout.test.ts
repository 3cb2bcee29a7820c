import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type InputLayout, noImportOptions } from '../../converter/frontends/options.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { type Graph, isNode, typeOf } from '../../converter/ir/graph.ts';
import { verifyGraph } from '../../converter/ir/verify.ts';
import { importModelWithNotes, optimizeGraph } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { writeModel } from './onnx/draft.ts';

const load = (bytes: Uint8Array, inputLayout: InputLayout | null) =>
  importModelWithNotes(bytes, 'm', 'default', { ...noImportOptions, inputLayout });

const shapeOf = (graph: Graph) => graph.inputs.map(({ value }) => typeOf(graph, value).shape.join('x'));

/** y = x * [1, 10, 100] along the channels. */
const scaled = (shape: readonly number[]) =>
  writeModel({
    inputs: { x: shape },
    outputs: ['y'],
    initializers: { w: { dims: [1, 3, ...shape.slice(2).map(() => 1)], dataType: 1, floatData: [1, 10, 100] } },
    nodes: [{ op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
  });

describe('--input-layout', () => {
  test.each([
    [[1, 3, 2, 4], '1x2x4x3'],
    [[1, 3, 5], '1x5x3'],
  ])('%s', (shape, fed) => {
    const [plain, given] = [load(scaled(shape), null), load(scaled(shape), 'nhwc')];
    verifyGraph(given.graph, 'import');
    expect(shapeOf(given.graph)).toEqual([fed]);
    expect(given.notes.map(({ code }) => code)).toEqual(['input-layout']);
    const count = shape.reduce((a, b) => a * b, 1);
    const [channels, pixels] = [3, count / 3];
    const data = Float32Array.from({ length: count }, (_, i) => i);
    const moved = Float32Array.from(
      { length: count },
      (_, i) => data[(i % channels) * pixels + Math.floor(i / channels)] ?? 0,
    );
    const run = ({ graph }: typeof plain, values: Float32Array) => {
      const [input] = graph.inputs;
      return input === undefined ? [] : evaluateGraph(graph, [{ type: typeOf(graph, input.value), data: values }]);
    };
    expect(run(given, moved)).toEqual(run(plain, data));
  });

  test('changes nothing where the file has that layout', () => {
    expect(load(scaled([1, 3, 2, 4]), 'nchw')).toEqual(load(scaled([1, 3, 2, 4]), null));
  });

  test('feeds TFLite models with channels first', () => {
    const bytes = new Uint8Array(readFileSync(new URL('../../examples/digits/digits_float.tflite', import.meta.url)));
    const { graph } = load(bytes, 'nchw');
    verifyGraph(graph, 'import');
    const [before] = shapeOf(load(bytes, null).graph);
    const [n, h, w, c] = (before ?? '').split('x');
    expect(shapeOf(graph)).toEqual([[n, c, h, w].join('x')]);
    expect(evaluateGraph(graph, randomInputs(graph, 1)).length).toBe(1);
  });

  test('is refused where no input is a picture', () => {
    const flat = writeModel({
      inputs: { x: [1, 3] },
      outputs: ['y'],
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
    });
    expect(() => load(flat, 'nhwc')).toThrow(ProblemError);
  });

  test.skipIf(!hasShared)('leaves no transpose at the input of a network exported with channels first', () => {
    const transposes = (layout: InputLayout | null) => {
      const { graph } = optimizeGraph(load(readShared('models/onnx/mlperf_vww_torch_float.onnx'), layout).graph);
      return graph.nodes.filter((one) => isNode(one, 'transpose')).length;
    };
    expect([transposes(null), transposes('nhwc')]).toEqual([1, 0]);
  });
});
