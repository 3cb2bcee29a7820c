import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { defaultQuantizeOptions, noRemedies } from '../../../../converter/compress/quantize/options.ts';
import { quantizeGraph } from '../../../../converter/compress/quantize/quantize-graph.ts';
import { type TensorError, tensorErrors } from '../../../../converter/compress/quantize/report/tensor-errors.ts';
import { worstFirst } from '../../../../converter/compress/quantize/report/worst-first.ts';
import { GraphBuilder } from '../../../../converter/ir/builder.ts';
import { noClamp } from '../../../../converter/ops/definition.ts';
import { type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';
import { random } from '../../../backends/wasm/run-graph.ts';

const channels = 4;

/** A layer whose channel 0 is dead and whose channel 1 is 300 times larger than the others, and one that evens that out. */
function twoLayers() {
  const next = random(4);
  const builder = new GraphBuilder();
  const constant = (name: string, shape: readonly number[], value: (i: number) => number) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i));
    return builder.constant(name, { type: tensorType('float32', shape), data });
  };
  const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  const factor = (c: number) => [0, 300, 1, 1][c] ?? 1;
  const x = builder.input('x', tensorType('float32', [1, 6]));
  const w1 = constant('w1', [channels, 6], (i) => (next() - 0.5) * factor(Math.floor(i / 6)));
  const b1 = constant('b1', [channels], () => 0);
  const middle = builder.node('first', op, [x, w1, b1], tensorType('float32', [1, channels]), 'middle');
  const w2 = constant('w2', [3, channels], (i) => (next() - 0.5) / Math.max(1, factor(i % channels)));
  const b2 = constant('b2', [3], () => 0.1);
  builder.output('y', builder.node('second', op, [middle, w2, b2], tensorType('float32', [1, 3]), 'y'));
  return builder.build('two layers', 'a test', 'single');
}

function sample(seed: number, size: number): () => Tensor[] {
  const next = random(seed);
  const data = Float32Array.from({ length: 6 }, () => size * (next() - 0.5));
  return () => [{ type: tensorType('float32', [1, 6]), data }];
}

const samples = (count: number, size: number) => Array.from({ length: count }, (_, i) => sample(i + 1, size));

const graph = twoLayers();
const options = { ...defaultQuantizeOptions, ranges: 'min-max' as const, remedies: noRemedies };
const quantized = quantizeGraph(graph, samples(20, 1), referenceExecutor, options);
const byName = (errors: readonly TensorError[], name: string) => errors.find((error) => error.name === name);

describe('the errors of tensors', () => {
  const errors = tensorErrors(quantized, samples(20, 1), referenceExecutor);

  it('tell dead channels and spread', () => {
    expect(byName(errors, 'middle')).toMatchObject({ layer: 'first', operands: ['x'], deadChannels: 1 });
    expect(byName(errors, 'middle')?.channelSpread).toBeGreaterThan(100);
    expect(byName(errors, 'y')?.deadChannels).toBe(0);
  });

  it('blame the layer that makes spread channels, not the one that reads them', () => {
    const [made, read] = [byName(errors, 'middle'), byName(errors, 'y')];
    expect(made?.feltDb).toBeLessThan(20);
    expect(made?.injectedDb).toBeGreaterThan((made?.feltDb ?? 0) + 10);
    expect(read?.injectedDb).toBeLessThan((made?.injectedDb ?? 0) - 10);
    expect(worstFirst(errors)[0]?.name).toBe('middle');
  });

  it('tell channels that are beyond the integers on larger samples', () => {
    expect(errors.map(({ saturatedChannels }) => saturatedChannels)).toEqual(errors.map(() => 0));
    const larger = tensorErrors(quantized, samples(20, 8), referenceExecutor);
    expect(byName(larger, 'middle')?.saturatedChannels).toBe(1);
    expect(byName(larger, 'x')?.saturatedChannels).toBe(6);
  });
});
