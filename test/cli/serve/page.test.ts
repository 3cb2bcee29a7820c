import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputFeed } from '../../../cli/serve/feeds.ts';
import { difference } from '../../../cli/serve/page/compare.js';
import { arrayValues } from '../../../cli/serve/page/files.js';
import { binned, percentile } from '../../../cli/serve/page/latency.js';
import { readNpy, readNumbers } from '../../../cli/serve/page/npy.js';
import { pixelsOf } from '../../../cli/serve/page/preview.js';
import { classesOf, isClasses, meaningOf } from '../../../cli/serve/page/results.js';
import { fitted } from '../../../cli/serve/page/sound.js';
import { fromBytes, randomOf, realsOf, storedOf } from '../../../cli/serve/page/tensors.js';
import { compareTensors, floatTolerance } from '../../../converter/compare.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { prepared } from '../../../runtime-wasm/feed.js';

/** The scripts of the page, without a page. */

describe('comparing', () => {
  const floats = fc.float({ noDefaultInfinity: false });
  it('floats judges as thimble verify does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(floats, floats, fc.boolean()), { minLength: 1, maxLength: 20 }), (pairs) => {
        const expected = Float32Array.from(pairs, ([value]) => value);
        const actual = Float32Array.from(pairs, ([value, other, isSame]) => (isSame ? value * (1 + 5e-5) : other));
        const type = tensorType('float32', [pairs.length]);
        const judged = compareTensors({ type, data: expected }, { type, data: actual }).difference;
        expect(difference(expected, actual, floatTolerance)).toEqual(judged);
      }),
    );
  });

  it('integers are equal to the bit', () => {
    expect(difference(Int8Array.of(1, 2), Int8Array.of(1, 2), 0)).toBe(null);
    expect(difference(Int8Array.of(1, 2, 3), Int8Array.of(1, 3, 4), 0)).toEqual({
      index: 1,
      expected: 2,
      actual: 3,
      count: 2,
    });
    const big = 2n ** 60n;
    expect(difference(BigInt64Array.of(big), BigInt64Array.of(big + 1n), 0)?.count).toBe(1);
  });
});

describe('latency', () => {
  it('takes percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([percentile(hundred, 0.5), percentile(hundred, 0.95), percentile([7], 0.95), percentile([], 0.5)]).toEqual([
      50, 95, 7, 0,
    ]);
  });
  it('puts every sample into one bin, the longest into the last', () => {
    expect(binned([1, 1, 1.5, 2, 9], 1, 2, 4)).toEqual([2, 0, 1, 2]);
  });
});

describe('results', () => {
  it('tell what scores mean', () => {
    expect(meaningOf([0.2, 0.8])).toBe('probability');
    expect(meaningOf([0.9, 0.8, 0.1])).toBe('score');
    expect(meaningOf([3, -2])).toBe('softmax');
  });
  it('name the best classes, the first of equal ones first', () => {
    const classes = classesOf([0.1, 0.4, 0.1, 0.4], ['a', 'b', 'c', 'd'], 3);
    expect(classes.map(({ label }) => label)).toEqual(['b', 'd', 'a']);
    expect(classesOf([0.5, Number.NaN, 0.7, Number.NaN], null, 4).map(({ index }) => index)).toEqual([2, 0, 1, 3]);
    const [logit] = classesOf([1000, 998], null, 1);
    expect(logit?.share).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  });
  it.each([
    [[1, 10], true],
    [[1, 1, 1, 1001], true],
    [[1, 1], false],
    [[2, 10], false],
    [[], false],
  ])('%j is a list of classes: %s', (shape, expected) => {
    expect(isClasses({ dtype: 'int8', shape })).toBe(expected);
  });
});

describe('tensors', () => {
  const int8 = { dtype: 'int8', shape: [2], scale: 0.5, zeroPoint: -1 } as const;
  it('go to stored elements and back', () => {
    const stored = storedOf('x', int8, [1, -1]);
    expect([...stored]).toEqual([1, -3]);
    expect([...Array.from(realsOf('x', int8, stored))]).toEqual([1, -1]);
    expect(() => storedOf('x', int8, [1])).toThrow('there are 1 numbers, and input "x" takes 2');
    expect(() => storedOf('x', { dtype: 'int32', shape: [1] }, [1.5])).toThrow(
      'number 0 is 1.5, which int32 cannot hold',
    );
    expect(() => storedOf('x', { dtype: 'bool', shape: [1] }, [300])).toThrow('cannot hold');
    expect([...storedOf('x', { dtype: 'int64', shape: [1] }, [5])]).toEqual([5n]);
    expect(() => fromBytes(int8, new Uint8Array(3))).toThrow('it has 3 bytes, the input takes 2');
  });
  it('are random in the same way for the same seed', () => {
    const info = { dtype: 'int8', shape: [1000], scale: 1, zeroPoint: 0 } as const;
    expect(randomOf(info, 4)).toEqual(randomOf(info, 4));
    expect(randomOf(info, 5)).not.toEqual(randomOf(info, 4));
    const all = Array.from(randomOf(info, 4), Number);
    expect([Math.min(...all) < -120, Math.max(...all) > 120]).toEqual([true, true]);
    expect(new Set(Array.from(randomOf({ dtype: 'int32', shape: [50] }, 1), Number))).toEqual(new Set([0, 1]));
  });
  it('sound is cut or followed by silence', () => {
    expect([...fitted(Float32Array.of(1, 2, 3), 2), ...fitted(Float32Array.of(1), 2)]).toEqual([1, 2, 1, 0]);
  });
});

/** A file of numpy.save. */
function npy(descr: string, shape: string, data: Uint8Array, order = 'False'): Uint8Array<ArrayBuffer> {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  return new Uint8Array(
    Buffer.concat([Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]), Buffer.from(header), data]),
  );
}

describe('files', () => {
  const floats = new Uint8Array(Float32Array.of(0.5, -1).buffer);
  it('.npy is read, and refused with a reason', () => {
    expect(readNpy(npy('<f4', '(2, 1)', floats))).toEqual({
      kind: 'float32',
      shape: [2, 1],
      data: Float32Array.of(0.5, -1),
    });
    expect(() => readNpy(npy('<c8', '(1,)', floats))).toThrow('elements of type <c8');
    expect(() => readNpy(npy('<f4', '(3,)', floats))).toThrow('cut short');
    expect(() => readNpy(npy('<f4', '(2,)', floats, 'True'))).toThrow('ascontiguousarray');
    expect(() => readNpy(new Uint8Array(4))).toThrow('no .npy file');
    expect(() => readNpy(npy('<f4', '(2,)', floats).slice(0, 11))).toThrow();
  });
  it('numbers stand in a text in any way', () => {
    expect(readNumbers('[1, 2.5;\n -3e-1]')).toEqual([1, 2.5, -0.3]);
    expect(() => readNumbers(' ')).toThrow('there are no numbers');
    expect(() => readNumbers('1 x')).toThrow('"x" is no number');
  });
  const info = { dtype: 'int8', shape: [1, 2], scale: 1 / 255, zeroPoint: -128 } as const;
  const arithmetic = { scale: 1 / 255, offset: 0, mean: [0], std: [1], stride: 1 };
  const feed = {
    kind: 'picture',
    input: 'x',
    arithmetic,
    width: 2,
    height: 1,
    channels: 1,
    layout: 'nhwc',
    color: 'rgb',
    resize: 'antialias',
    fit: 'stretch',
  } as const;
  it('arrays are stored elements, pixels or real numbers, by their type', () => {
    const values = (kind: string, data: readonly number[]) => {
      const found = arrayValues({ kind, shape: [data.length], data }, 'x', info, feed, 'a.npy');
      return found.kind === 'stored' ? [found.count, ...Array.from(found.stored(found.count - 1), Number)] : [];
    };
    expect(values('int8', [5, -6])).toEqual([1, 5, -6]);
    expect(values('uint8', [0, 255])).toEqual([1, -128, 127]);
    expect(values('float32', [0, 1])).toEqual([1, -128, 127]);
    expect(values('float64', [9, 9, 0, 1])).toEqual([2, -128, 127]);
    expect(() => values('float32', [1, 2, 3])).toThrow('a.npy has 3 numbers (3), and input "x" takes 2');
  });
  it('the preview is the picture that was given', () => {
    const picture = { width: 2, height: 1, data: Uint8Array.of(200, 200, 200, 255, 7, 7, 7, 255) };
    const stored = prepared({ name: 'm', inputs: { x: info }, outputs: {} }, feed, picture);
    expect([...pixelsOf(feed, info, stored)]).toEqual([200, 200, 200, 255, 7, 7, 7, 255]);
  });
});

describe('inputs of which nothing is declared', () => {
  const spec = (
    dtype: 'int8' | 'uint8' | 'float32',
    shape: readonly number[],
    scale: number | null = null,
    zeroPoint = 0,
  ) => ({
    ...{ name: 'x', dtype, shape, scale, zeroPoint: scale === null ? null : zeroPoint },
  });
  it.each([
    ['int8 of 0..1', spec('int8', [1, 96, 96, 3], 1 / 255, -128), 'picture', '0..1'],
    ['int8 of -1..1', spec('int8', [1, 96, 96, 3], 2 / 255, 0), 'picture', '-1..1'],
    ['int8 of -128..127', spec('int8', [1, 32, 32, 3], 1, 0), 'picture', '-128..127'],
    ['uint8', spec('uint8', [1, 224, 224, 3], 1 / 128, 128), 'picture', null],
    ['float', spec('float32', [1, 3, 64, 48]), 'picture', '0..1'],
    ['a spectrogram', spec('int8', [1, 49, 10, 1], 0.58, 83), null, null],
    ['sound', spec('float32', [1, 16000]), 'sound', null],
    ['numbers', spec('float32', [1, 128]), null, null],
    ['a batch of pictures', spec('float32', [2, 32, 32, 3]), null, null],
  ])('%s', (_, given, kind, pixels) => {
    const found = inputFeed(given, undefined);
    expect([found.feed?.kind ?? null, found.pixels, found.isDeclared]).toEqual([kind, pixels, false]);
    expect(found.sentence === '').toBe(kind === null);
  });
  it('what is declared goes before', () => {
    const found = inputFeed(spec('float32', [1, 49, 10, 1]), { pixels: '-1..1' });
    expect([found.isDeclared, found.feed?.kind]).toEqual([true, 'picture']);
  });
});
