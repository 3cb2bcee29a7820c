import { describe, test } from 'vitest';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

const depths = [1, 2, 3, 4, 5, 8, 10, 17, 100];

describe('softmax', () => {
  test.each(depths)('float32 of %i elements', (depth) => {
    const type = tensorType('float32', [3, depth]);
    for (const beta of [1, 0.5]) expectSame(singleNode({ type: 'softmax', attributes: { beta } }, [type], type));
  });
  test.each(depths)('int8 of %i elements', (depth) => {
    for (const scale of [0.001, 0.05, 0.2, 3]) {
      const input = tensorType('int8', [5, depth], perTensor(scale, 4));
      const output = tensorType('int8', [5, depth], perTensor(1 / 256, -128));
      expectSame(singleNode({ type: 'softmax', attributes: { beta: 1 } }, [input], output), depth);
      const wide = tensorType('int16', [5, depth], perTensor(1 / 65536, -32768));
      expectSame(singleNode({ type: 'softmax', attributes: { beta: 1 } }, [input], wide), depth);
    }
  });
});

describe('log-softmax', () => {
  test.each(depths)('float32 of %i elements', (depth) => {
    const type = tensorType('float32', [3, depth]);
    expectSame(singleNode({ type: 'log-softmax', attributes: {} }, [type], type));
  });
  test.each(depths)('int8 of %i elements', (depth) => {
    for (const scale of [0.001, 0.05, 0.2, 3]) {
      const input = tensorType('int8', [5, depth], perTensor(scale, 4));
      const output = tensorType('int8', [5, depth], perTensor(1 / 16, 127));
      expectSame(singleNode({ type: 'log-softmax', attributes: {} }, [input], output), depth);
    }
  });
});
