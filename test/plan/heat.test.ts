import { expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { heatOf, stepHeat } from '../../converter/plan/heat.ts';
import { lowerGraph } from '../../converter/plan/lower.ts';
import type { Step } from '../../converter/plan/program.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { simpleNeeds } from '../support/needs.ts';

const q = perTensor(0.1, 0);

/** A 3x3 convolution of 1x4x6x2 to 1x2x4x5 without padding, and a sum of its output with itself. */
function program(dtype: 'int8' | 'float32') {
  const builder = new GraphBuilder();
  const type = (shape: readonly number[]) => tensorType(dtype, shape, dtype === 'int8' ? q : { kind: 'none' });
  const x = builder.input('x', type([1, 4, 6, 2]));
  const data = dtype === 'int8' ? new Int8Array(90) : new Float32Array(90);
  const weights = builder.constant('w', { type: type([5, 3, 3, 2]), data });
  const bias = builder.constant('b', {
    type: tensorType(dtype === 'int8' ? 'int32' : 'float32', [5], { kind: 'none' }),
    data: dtype === 'int8' ? new Int32Array(5) : new Float32Array(5),
  });
  const padding = { top: 0, left: 0, bottom: 0, right: 0 };
  const attributes = {
    groups: 1,
    clamp: noClamp,
    hybrid: 'none',
    strides: [1, 1],
    dilations: [1, 1],
    padding,
  } as const;
  const y = builder.node('CONV', { type: 'conv-2d', attributes }, [x, weights, bias], type([1, 2, 4, 5]), 'y');
  const pool = { kind: 'max', kernel: [2, 2], strides: [2, 2], dilations: [1, 1], padding, clamp: noClamp } as const;
  const z = builder.node(
    'POOL',
    { type: 'pool-2d', attributes: { ...pool, ties: 'away' } },
    [y],
    type([1, 1, 2, 5]),
    'z',
  );
  builder.output('z', z);
  return lowerGraph(builder.build('net', 'test', 'exact'), simpleNeeds);
}

function stepAt(steps: readonly Step[], index: number): Step {
  return steps[index] ?? expect.fail(`there is no step ${index}`);
}

test('a convolution reads int8 once a tap and makes a panel of int16 of it', () => {
  const conv = stepAt(program('int8').steps, 0);
  // 8 pixels of 18 taps: read once, put into a panel, read for five channels by twos.
  expect(stepHeat(conv, 1000)).toEqual({ inputs: [144, 90, 20], outputs: [40], scratch: 2 * 144 + 2 * 144 * 2.5 });
  expect(stepHeat(conv, 0).scratch).toBe(0);
});

test('a convolution reads floats for each channel', () => {
  const conv = stepAt(program('float32').steps, 0);
  expect(stepHeat(conv, 0)).toMatchObject({ inputs: [4 * 144 * 5, 360, 20], outputs: [160] });
});

test('a pool reads its window for each output', () => {
  const pool = stepAt(program('int8').steps, 1);
  expect(stepHeat(pool, 0)).toEqual({ inputs: [10 * 4], outputs: [10], scratch: 0 });
});

test('the heat of a buffer is the sum over the steps that use it', () => {
  const { inputs, steps, ...rest } = program('int8');
  const heat = heatOf({ inputs, steps, ...rest });
  const [x, y] = [inputs[0]?.operand.buffer, steps[0]?.outputs[0]?.buffer];
  if (x === undefined || y === undefined) return expect.fail('there are no buffers');
  expect(heat.get(x)).toBe(144);
  expect(heat.get(y)).toBe(40 + 40);
});
