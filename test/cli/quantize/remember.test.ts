import { describe, expect, it } from 'vitest';
import { rememberSamples } from '../../../cli/quantize/remember.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';

/** Samples of 16 bytes that count how often they are made. */
function counted(count: number) {
  const loads = new Array<number>(count).fill(0);
  const samples = loads.map((_, i) => ({
    load: () => {
      loads[i] = (loads[i] ?? 0) + 1;
      return [{ type: tensorType('float32', [4]), data: Float32Array.of(i, 0, 0, 0) }];
    },
  }));
  return { loads, samples };
}

describe('remembered samples', () => {
  it('are made once where they fit, and again where they do not', () => {
    const { loads, samples } = counted(4);
    const remembered = rememberSamples(samples, 40);
    for (let pass = 0; pass < 3; pass++) {
      expect(remembered.map(({ load }) => load()[0]?.data[0])).toEqual([0, 1, 2, 3]);
    }
    expect(loads).toEqual([1, 1, 3, 3]);
  });
});
