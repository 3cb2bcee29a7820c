import { describe, expect, it } from 'vitest';
import { gradientBarriers, gradientsOf } from '../../../../converter/compress/prune/backward/gradients.ts';
import { type Graph, type ValueId, valueById } from '../../../../converter/ir/graph.ts';
import { binary, constant, theVariable, unary } from '../../../../converter/ops/scalar-expression.ts';
import { dataAs, type Tensor } from '../../../../converter/tensor/tensor.ts';
import { Layers, relu, smallCnn, smoothInputs } from '../small-cnn.ts';
import { evaluateNodes } from './evaluate.ts';

/** dL/dx by central differences, where L is the sum of all outputs, each times its place. */
function expectGradient(graph: Graph, inputs: readonly Tensor[]): void {
  const [output] = graph.outputs;
  const [input] = graph.inputs;
  const [x] = inputs;
  if (output === undefined || input === undefined || x === undefined) throw new Error('a graph of one input');
  const loss = (data: Float32Array) => {
    const y = dataAs(evaluateNodes(graph, [{ ...x, data }])(output.value), 'float32');
    return y.reduce((sum, value, i) => sum + value * (i + 1), 0);
  };
  const tensorOf = evaluateNodes(graph, inputs);
  const seed = dataAs(tensorOf(output.value), 'float32').map((_, i) => i + 1);
  const found = gradientsOf(graph, tensorOf, new Map<ValueId, Float32Array>([[output.value, seed]])).of(input.value);
  const data = dataAs(x, 'float32');
  const step = 1 / 256;
  let largest = 0;
  const pairs = Array.from(data, (value, i): [number, number] => {
    const moved = (by: number) => loss(data.with(i, value + by));
    const wanted = (moved(step) - moved(-step)) / (2 * step);
    largest = Math.max(largest, Math.abs(wanted));
    return [wanted, found?.[i] ?? Number.NaN];
  });
  expect(largest).toBeGreaterThan(0);
  // Kinks of ReLUs between the two points spoil a few differences, not more.
  const wrong = pairs.filter(([wanted, got]) => !(Math.abs(wanted - got) <= 0.02 * largest));
  expect(wrong.length).toBeLessThanOrEqual(data.length / 20);
}

const [sample] = smoothInputs([1, 6, 6, 2], 1);
const inputs = sample?.() ?? [];

describe('gradients', () => {
  it('pass convolutions, sums, concatenations, means and a softmax', () => {
    expectGradient(smallCnn(), inputs);
  });

  const x = (layers: Layers) => layers.input([1, 6, 6, 2]);
  const window = {
    strides: [2, 2],
    dilations: [1, 1],
    padding: { top: 0, left: 0, bottom: 0, right: 0 },
    kernel: [3, 3],
    clamp: relu,
    ties: 'away',
  } as const;
  const expression = binary('mul', theVariable, unary('logistic', binary('add', theVariable, constant(0.5))));
  it.each([
    ['pad', { type: 'pad', attributes: { before: [0, 1, 0, 0], after: [0, 0, 2, 0], value: 0 } }],
    ['slice', { type: 'slice', attributes: { begin: [0, 1, 0, 1], size: [1, 2, 3, 1], strides: [1, 2, 2, 1] } }],
    ['transpose', { type: 'transpose', attributes: { permutation: [0, 3, 1, 2] } }],
    ['reshape', { type: 'reshape', attributes: { shape: [1, 72] } }],
    ['average pool', { type: 'pool-2d', attributes: { ...window, kind: 'average' } }],
    ['max pool', { type: 'pool-2d', attributes: { ...window, kind: 'max' } }],
    ['sum', { type: 'reduce', attributes: { kind: 'sum', axes: [2], keepDims: true } }],
    ['max', { type: 'reduce', attributes: { kind: 'max', axes: [1, 2], keepDims: false } }],
    ['swish', { type: 'map', attributes: { expression } }],
  ] as const)('pass a %s', (name, op) => {
    const layers = new Layers(8);
    expectGradient(layers.finish(layers.node(name, op, [layers.conv('first', x(layers), 2, 3)])), inputs);
  });

  it.each(['add', 'sub', 'mul', 'div', 'max', 'min'] as const)(
    'pass a %s of two tensors, one of them broadcast',
    (fn) => {
      const layers = new Layers(9);
      const first = layers.conv('first', x(layers), 3, 3);
      const small = layers.constant([3], 0.1);
      const positive = { expression: unary('exp', theVariable) };
      const scale = fn === 'div' ? layers.node('exp', { type: 'map', attributes: positive }, [small]) : small;
      expectGradient(
        layers.finish(
          layers.node('zip', { type: 'zip', attributes: { fn, clamp: { min: -5, max: 5 } } }, [first, scale]),
        ),
        inputs,
      );
    },
  );

  it('name the operators that they do not pass', () => {
    const layers = new Layers(10);
    const first = layers.conv('first', x(layers), 3, 3);
    const graph = layers.finish(
      layers.node(
        'running sum',
        { type: 'cumulative', attributes: { axis: 1, exclusive: false, reverse: false, kind: 'sum' } },
        [first],
      ),
    );
    expect(gradientBarriers(graph).map(({ name }) => name)).toEqual(['running sum']);
    const tensorOf = evaluateNodes(graph, inputs);
    const [output] = graph.outputs;
    const value = output?.value;
    if (value === undefined) throw new Error('no output');
    const gradients = gradientsOf(
      graph,
      tensorOf,
      new Map([[value, new Float32Array(valueById(graph, value).type.shape.reduce((a, b) => a * b, 1)).fill(1)]]),
    );
    expect(gradients.of(first)).toBeNull();
  });
});
