import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../../../converter/compress/prune/importance/weights.ts';
import { usualVariations, variationNames, varied } from '../../../../converter/compress/prune/tune/vary.ts';
import { dataAs, type Tensor, tensorType } from '../../../../converter/tensor/tensor.ts';

const picture = (start: number): Tensor => ({
  type: tensorType('float32', [1, 4, 4, 3]),
  data: Float32Array.from({ length: 48 }, (_, i) => ((start + i * i) % 17) / 17),
});
const range = { min: 0, max: 1 };
const always = (value: number) => () => value;

describe('variations of samples', () => {
  it('are all for pictures, and blends for the rest', () => {
    expect(usualVariations([picture(0)])).toEqual(variationNames);
    expect(usualVariations([{ type: tensorType('float32', [1, 49, 10, 1]), data: new Float32Array(490) }])).toEqual([
      'mix',
    ]);
  });

  it('leave a sample as it is where none is asked for', () => {
    expect(varied([picture(0)], [picture(5)], [], range, always(0))).toEqual([picture(0)]);
  });

  it('mirror left and right', () => {
    const [found] = varied([picture(0)], [picture(5)], ['mirror'], range, always(0));
    const [wanted, data] = [dataAs(picture(0), 'float32'), found === undefined ? [] : dataAs(found, 'float32')];
    for (let pixel = 0; pixel < 16; pixel++) {
      const other = pixel - (pixel % 4) + 3 - (pixel % 4);
      for (let c = 0; c < 3; c++) expect(data[3 * pixel + c]).toBe(wanted[3 * other + c]);
    }
  });

  it('blend two samples by one share', () => {
    const [found] = varied([picture(0)], [picture(5)], ['mix'], range, always(0.25));
    const [a, b] = [dataAs(picture(0), 'float32'), dataAs(picture(5), 'float32')];
    dataAs(found ?? picture(0), 'float32').forEach((value, i) => {
      expect(value).toBeCloseTo(0.75 * (a[i] ?? 0) + 0.25 * (b[i] ?? 0), 6);
    });
  });

  it('stay within the range of the samples, and are the same for the same seed', () => {
    const draw = () => {
      const random = randomNumbers(4);
      return Array.from({ length: 20 }, () => varied([picture(0)], [picture(5)], variationNames, range, random));
    };
    const first = draw();
    expect(draw()).toEqual(first);
    for (const value of first.flat().flatMap((tensor) => [...dataAs(tensor, 'float32')])) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  });
});
