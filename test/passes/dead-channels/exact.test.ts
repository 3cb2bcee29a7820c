import { describe, expect, test } from 'vitest';
import { constantOf, valueById } from '../../../converter/ir/graph.ts';
import { binary, constant, theVariable } from '../../../converter/ops/scalar-expression.ts';
import { eliminateDeadChannels } from '../../../converter/passes/dead-channels.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import { high, low, shapesAfter, TestNet } from './net.ts';

describe('a channel stuck at the zero point', () => {
  test('leaves, also through padding', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [0, low, 5]);
    const graph = net.finish(net.conv('b', a, [1, 2], { kernel: 3, pad: 1 }));
    expect(shapesAfter(graph, 'a', 'a/w', 'a/b', 'b', 'b/w', 'b/b')).toEqual([
      'a 1x3x3x2',
      'a/w 2x1x1x2',
      'a/b 2',
      'b 1x3x3x2',
      'b/w 2x3x3x2',
      'b/b 2',
    ]);
    expect(eliminateDeadChannels(graph).applied).toEqual([
      { rule: 'eliminate-dead-channels', reason: '1 of 3 channels of "a" are dead', took: [] },
    ]);
  });

  test('takes its scales along', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [0, low, 5]);
    const { graph } = eliminateDeadChannels(net.finish(net.conv('b', a, [1])));
    const weights = [...graph.values.values()].findLast((value) => value.name === 'a/w');
    expect(weights?.type.quantization).toMatchObject({ scales: [0.02, 0.04], zeroPoints: [0, 0] });
  });
});

describe('a channel stuck elsewhere', () => {
  test('leaves where its reader has no padding, and its share goes into the bias', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(1), [0, high]);
    const graph = net.finish(net.conv('b', a, [1, 2]));
    expect(shapesAfter(graph, 'a', 'b/w')).toEqual(['a 1x3x3x1', 'b/w 2x1x1x1']);
    const after = eliminateDeadChannels(graph).graph;
    const reader = after.nodes[1] ?? expect.fail('two nodes');
    const weights = constantOf(graph, graph.nodes[1]?.inputs[1] ?? expect.fail('weights'))?.data ?? [];
    const bias = valueById(after, reader.inputs[2] ?? expect.fail('bias')).data;
    // Stored 127 lies 255 above the zero point; the weights of input channel 1 are the odd ones.
    expect(bias).toEqual(Int32Array.of(1 + 255 * Number(weights[1]), 2 + 255 * Number(weights[3])));
  });

  test('stays where its reader pads, since the border sees another value', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(1), [0, high]);
    const graph = net.finish(net.conv('b', a, [1, 2], { kernel: 3, pad: 1 }));
    expect(shapesAfter(graph, 'a')).toEqual(['a 1x3x3x2']);
  });

  test('is not taken for constant behind padding, where the border computes something else', () => {
    const net = new TestNet();
    // One weight of each sign on a channel that is 127 inside and real 0 at the border.
    const b = net.conv('b', net.conv('a', net.input(1), [high]), [0, 0], { pad: 1 });
    const negative = net.conv('n', b, [2000, 2000]);
    expect(shapesAfter(net.finish(negative), 'a', 'b')).toEqual(['a 1x3x3x1', 'b 1x5x5x1']);
  });

  test('stays where one of two readers pads', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(1), [0, high]);
    const graph = net.finish(net.conv('b', a, [1]), net.conv('c', a, [1], { kernel: 3, pad: 1 }));
    expect(shapesAfter(graph, 'a')).toEqual(['a 1x3x3x2']);
  });

  test('leaves both readers where neither pads', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(1), [0, high]);
    const graph = net.finish(net.conv('b', a, [1]), net.conv('c', a, [1, 3]));
    expect(shapesAfter(graph, 'a', 'b/w', 'c/w')).toEqual(['a 1x3x3x1', 'b/w 1x1x1x1', 'c/w 2x1x1x1']);
  });
});

describe('a channel that nobody reads', () => {
  test('leaves although it is not constant, padding or not', () => {
    for (const pad of [0, 1]) {
      const net = new TestNet();
      const a = net.conv('a', net.input(2), [0, 0, 0]);
      const graph = net.finish(net.conv('b', a, [1, 2], { kernel: 3, pad, zeroInput: 2 }));
      expect(shapesAfter(graph, 'a', 'b/w')).toEqual(['a 1x3x3x2', 'b/w 2x3x3x2']);
    }
  });

  test('stays where another node reads it', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [0, 0, 0]);
    const graph = net.finish(net.conv('b', a, [1, 2], { zeroInput: 2 }), net.conv('c', a, [1]));
    expect(shapesAfter(graph, 'a')).toEqual(['a 1x3x3x3']);
  });
});

describe('channels that are tied together', () => {
  test('a residual sum loses what both sides and the reader can spare', () => {
    const net = new TestNet();
    const x = net.input(2);
    const a = net.conv('a', x, [low, low, 0, 0]);
    const b = net.conv('b', x, [low, 0, low, 0]);
    // The dead channel of one side alone is not constant after the sum.
    const graph = net.finish(net.conv('c', net.add('sum', a, b), [1, 2]));
    expect(shapesAfter(graph, 'a', 'b', 'sum')).toEqual(['a 1x3x3x3', 'b 1x3x3x3', 'sum 1x3x3x3']);
  });

  test('a sum with an input of the graph stays whole', () => {
    const net = new TestNet();
    const x = net.input(2);
    const sum = net.add('sum', net.conv('a', x, [low, 0]), x);
    expect(shapesAfter(net.finish(net.conv('b', sum, [1])), 'a', 'sum')).toEqual(['a 1x3x3x2', 'sum 1x3x3x2']);
  });

  test('depthwise convolutions pass a dead channel on', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [low, 0, 0]);
    const b = net.depthwise('b', a, [0, low, 0]);
    const graph = net.finish(net.conv('c', b, [1, 2]));
    // Channel 0 is constant already in front; channel 1 is killed behind, so its way there is dead too.
    expect(shapesAfter(graph, 'a', 'b', 'b/w', 'b/b', 'c/w')).toEqual([
      'a 1x3x3x1',
      'b 1x3x3x1',
      'b/w 1x3x3x1',
      'b/b 1',
      'c/w 2x1x1x1',
    ]);
  });

  test('a depthwise convolution with a multiplier stays whole', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [low, 0]);
    const b = net.depthwise('b', a, [0, 0, low, low]);
    expect(shapesAfter(net.finish(net.conv('c', b, [1])), 'a', 'b')).toEqual(['a 1x3x3x2', 'b 1x3x3x4']);
  });

  test('pools, maps, padding and equal reshapes pass a dead channel on', () => {
    const net = new TestNet();
    let value = net.conv('a', net.input(2), [0, high, low]);
    value = net.pool('max', value, 'max');
    value = net.pool('average', value, 'average');
    const expression = binary('max', theVariable, constant(1));
    value = net.node('map', { type: 'map', attributes: { expression } }, [value], perTensor(0.2, 3));
    const attributes = { before: [0, 1, 0, 0], after: [0, 0, 1, 0], value: 0 };
    value = net.node('pad', { type: 'pad', attributes }, [value], perTensor(0.2, 3));
    value = net.node('reshape', { type: 'reshape', attributes: { shape: [4, 3] } }, [value], perTensor(0.2, 3));
    const graph = net.finish(net.dense('d', value, [1, 2]));
    // The map lifts real 0 to 1, so padding makes both dead channels vary.
    expect(shapesAfter(graph, 'a', 'reshape')).toEqual(['a 1x3x3x3', 'reshape 4x3']);
    const flat = new TestNet();
    const a = flat.pool('average', flat.pool('max', flat.conv('a', flat.input(2), [0, high, low]), 'max'), 'average');
    const row = flat.node('row', { type: 'reshape', attributes: { shape: [3] } }, [a]);
    expect(shapesAfter(flat.finish(flat.dense('d', row, [1, 2])), 'a', 'row', 'd/w')).toEqual([
      'a 1x3x3x1',
      'row 1',
      'd/w 2x1',
    ]);
  });

  test('padding with the zero point keeps a channel stuck there', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [0, low, high]);
    const attributes = { before: [0, 1, 1, 0], after: [0, 0, 1, 0], value: 0 };
    const graph = net.finish(net.conv('b', net.node('pad', { type: 'pad', attributes }, [a]), [1]));
    expect(shapesAfter(graph, 'a', 'pad')).toEqual(['a 1x3x3x2', 'pad 1x4x5x2']);
  });

  test('flattening has a channel many times', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [0, high, low]);
    const graph = net.finish(net.dense('d', net.flatten('flat', a), [1, 2], 3));
    expect(shapesAfter(graph, 'a', 'flat', 'd/w')).toEqual(['a 1x3x3x1', 'flat 1x9', 'd/w 2x9']);
    const flatten = eliminateDeadChannels(graph).graph.nodes[1];
    expect(flatten?.op).toEqual({ type: 'reshape', attributes: { shape: [1, 9] } });
  });

  test('splitting channels over axes stays whole', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [0, high, low, 0]);
    const split = net.node('split', { type: 'reshape', attributes: { shape: [18, 2] } }, [a]);
    expect(shapesAfter(net.finish(net.dense('d', split, [1])), 'a', 'split')).toEqual(['a 1x3x3x4', 'split 18x2']);
  });
});

describe('what stays whole', () => {
  test('at least one channel', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [low, low, high]);
    const b = net.depthwise('b', a, [low, low, low]);
    const graph = net.finish(net.conv('c', b, [1, 2]));
    expect(shapesAfter(graph, 'a', 'b', 'c')).toEqual(['a 1x3x3x1', 'b 1x3x3x1', 'c 1x3x3x2']);
  });

  test('outputs of the graph', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [low, 0]);
    expect(shapesAfter(net.finish(net.conv('b', a, [1]), a), 'a')).toEqual(['a 1x3x3x2']);
  });

  test('operands of operators that mix channels in other ways', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [low, 0]);
    const joined = net.node('joined', { type: 'concat', attributes: { axis: 3 } }, [a, a]);
    expect(shapesAfter(net.finish(net.conv('b', joined, [1])), 'a')).toEqual(['a 1x3x3x2']);
  });

  test('grouped convolutions', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [low, 0]);
    const b = net.conv('b', a, [0, low], { groups: 2 });
    expect(shapesAfter(net.finish(net.conv('c', b, [1])), 'a', 'b')).toEqual(['a 1x3x3x2', 'b 1x3x3x2']);
  });

  test('channels whose sums could leave 32 bits, which would wrap', () => {
    const net = new TestNet();
    const a = net.conv('a', net.input(2), [-(2 ** 31), 0]);
    expect(shapesAfter(net.finish(net.conv('b', a, [1])), 'a')).toEqual(['a 1x3x3x2']);
  });

  test('channels whose sums leave 32 bits when they are shifted left', () => {
    const net = new TestNet();
    // 0.1 x 0.02 / 1e-6 = 2000: a left shift of 11 bits takes 2^21 out of 32 bits.
    const a = net.conv('a', net.input(2), [-1_200_000, 0], { quantization: perTensor(1e-6, -128) });
    expect(shapesAfter(net.finish(net.conv('b', a, [1])), 'a')).toEqual(['a 1x3x3x2']);
  });
});
