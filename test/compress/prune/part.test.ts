import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../converter/compress/executor.ts';
import { lookAt, unclamped } from '../../../converter/compress/prune/part.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { verifyGraph } from '../../../converter/ir/verify.ts';
import { dataAs, tensorType } from '../../../converter/tensor/tensor.ts';
import { relu, smallCnn, smoothInputs } from './small-cnn.ts';

describe('a look into a graph', () => {
  const graph = smallCnn();
  const [sample] = smoothInputs([1, 6, 6, 2], 1);
  const inputs = sample?.() ?? [];

  it('shows what a node gives before its clamp, and leaves the rest alone', () => {
    const stem = graph.nodes[0];
    const [output] = stem?.outputs ?? [];
    if (stem === undefined || output === undefined) throw new Error('no layer');
    const open = unclamped(graph, stem.id);
    verifyGraph(open.graph, 'a test');
    const last = graph.outputs.map(({ value }) => value);
    const [before, after, result] = lookAt(open.graph, [open.value, output, ...last], referenceExecutor)(inputs);
    const clamped = dataAs(before ?? { type: tensorType('float32', [0]), data: new Float32Array() }, 'float32').map(
      (value) => Math.max(relu.min, value),
    );
    expect(after?.data).toEqual(clamped);
    expect(before?.data).not.toEqual(clamped);
    expect(result).toEqual(lookAt(graph, last, referenceExecutor)(inputs)[0]);
  });

  it('lets states go on from one call to the next', () => {
    const builder = new GraphBuilder();
    const type = tensorType('float32', [1]);
    const x = builder.input('x', type);
    const held = builder.state('sum', type, null);
    const attributes = { fn: 'add', clamp: { min: 0, max: 10 } } as const;
    const sum = builder.node('add', { type: 'zip', attributes }, [x, held], type, 'sum/next');
    builder.assign(held, sum);
    builder.output('y', sum);
    const graph = builder.build('running', 'a test', 'single');
    const [node] = graph.nodes;
    if (node === undefined) throw new Error('no node');
    const open = unclamped(graph, node.id);
    const look = lookAt(open.graph, [open.value], referenceExecutor);
    const run = (value: number) => look([{ type, data: Float32Array.of(value) }])[0]?.data[0];
    expect([run(6), run(7), run(-3)]).toEqual([6, 13, 7]);
  });
});
