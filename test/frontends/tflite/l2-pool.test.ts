import { describe, expect, test } from 'vitest';
import { float, int8, problemLines, resultsOf, single } from './model-draft.ts';

const pool = (shape: readonly number[], fields: Readonly<Record<string, unknown>>) =>
  single('L2_POOL_2D', float(shape), {}, float([1]), [
    'Pool2DOptions',
    { stride_w: 1, stride_h: 1, filter_width: 2, filter_height: 1, ...fields },
  ]);

describe('L2_POOL_2D', () => {
  // The elements are 1, 2, 3, ...
  test('is the root of the mean of squares', () => {
    const [result] = resultsOf(pool([1, 1, 3, 1], { padding: 'VALID' }));
    expect(result?.shape).toEqual([1, 1, 2, 1]);
    expect(result?.values.map((value) => Math.round(value * 1e4) / 1e4)).toEqual([1.5811, 2.5495]);
  });

  test('does not count the padding, and clamps', () => {
    const [same] = resultsOf(pool([1, 1, 3, 1], { padding: 'SAME' }));
    expect(same?.values.at(-1)).toBe(3);
    const [clamped] = resultsOf(pool([1, 1, 9, 1], { padding: 'SAME', fused_activation_function: 'RELU6' }));
    expect(clamped?.values.at(-1)).toBe(6);
  });

  test('refuses int8', () => {
    const options = ['Pool2DOptions', { stride_w: 1, stride_h: 1, filter_width: 1, filter_height: 1 }] as const;
    const x = int8([1, 1, 2, 1], 0.5, 0);
    expect(problemLines(single('L2_POOL_2D', x, {}, x, options))[0]).toContain('int8 is not supported here');
  });
});

test.each([
  ['NON_MAX_SUPPRESSION_V4', 'how many boxes'],
  ['CONV_3D', 'two spatial axes'],
  ['LOCAL_RESPONSE_NORMALIZATION', 'leaves out the last channel'],
])('%s is refused with its reason', (name, reason) => {
  expect(problemLines(single(name, float([1, 2, 2, 1]), {}, float([1])))[0]).toContain(reason);
});
