import { describe, test } from 'vitest';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

const counts = [1, 3, 4, 5, 16, 33];
const integers = ['int8', 'uint8', 'int16', 'int32'] as const;

describe.each(integers)('conversion of %s', (dtype) => {
  test.each(counts)('quantize %i elements', (count) => {
    const zero = dtype === 'int32' ? 0 : 3;
    for (const scale of [Math.fround(0.02), 0.0213, 2 ** -5]) {
      const output = tensorType(dtype, [count], perTensor(scale, zero));
      expectSame(singleNode({ type: 'quantize', attributes: {} }, [tensorType('float32', [count])], output), count);
    }
  });
  test.each(counts)('dequantize %i elements', (count) => {
    const input = tensorType(dtype, [count], perTensor(Math.fround(0.02), 3));
    expectSame(singleNode({ type: 'dequantize', attributes: {} }, [input], tensorType('float32', [count])), count);
  });
  for (const to of integers) {
    for (const rounding of ['exact', 'single', 'float'] as const) {
      test.each([0.01, 0.02, 0.5])(`requantize to ${to}, ${rounding}, from scale %f`, (scale) => {
        for (const zero of [3, -3]) {
          const input = tensorType(dtype, [37], perTensor(scale, zero));
          const output = tensorType(to, [37], perTensor(0.02, 7));
          expectSame(singleNode({ type: 'requantize', attributes: {} }, [input], output, rounding));
        }
      });
    }
  }
});

test('int8 and uint8 that differ in sign only', () => {
  const [signed, unsigned] = [
    tensorType('int8', [37], perTensor(0.1, -5)),
    tensorType('uint8', [37], perTensor(0.1, 123)),
  ];
  expectSame(singleNode({ type: 'requantize', attributes: {} }, [signed], unsigned));
  expectSame(singleNode({ type: 'requantize', attributes: {} }, [unsigned], signed));
});
