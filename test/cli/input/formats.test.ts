import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../../cli/input/csv.ts';
import { readIdx } from '../../../cli/input/idx.ts';
import { countRawSamples, readRaw } from '../../../cli/input/raw.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { endsWell, inputSpec, mutate, problemsOf } from './helpers.ts';

const where = 'file "x"';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('readCsv', () => {
  test.each([
    ['1,2,3\n4,5,6\n', [2, 3], [1, 2, 3, 4, 5, 6]],
    ['a;b\r\n1;-2.5\r\n', [1, 2], [1, -2.5]],
    ['  1 \t 2e3\n\n# note\n.5 +4.', [2, 2], [1, 2000, 0.5, 4]],
    ['1,2,\n3', [3], [1, 2, 3]],
    ['7', [1, 1], [7]],
  ])('%j', (text, shape, values) => {
    const sample = readCsv(bytesOf(text), where);
    expect(sample.shape).toEqual(shape);
    expect([...sample.data]).toEqual(values);
  });

  test.each([
    ['', 'csv-empty', where],
    ['name,size\n', 'csv-empty', where],
    ['1,2\n3,x\n', 'csv-number', `${where}, line 2`],
    ['1,a\n', 'csv-number', `${where}, line 1`],
    ['1,,2\n', 'csv-number', `${where}, line 1`],
    ['0x10 1\n', 'csv-number', `${where}, line 1`],
    ['1,5;2,5\n', 'csv-separator', `${where}, line 1`],
  ])('%j is refused', (text, code, place) => {
    expect(problemsOf(() => readCsv(bytesOf(text), where))[0]).toMatchObject({ code, where: place });
  });

  test('any text ends well', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.,;-+eE \n\t"#x') }), (text) =>
        endsWell(() => readCsv(bytesOf(text), where)),
      ),
    );
  });
});

describe('readIdx', () => {
  const whole = Uint8Array.from([0, 0, 11, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0xff, 0xfe]);

  test('big-endian values', () => {
    expect(readIdx(whole, where)).toEqual({ dtype: 'int16', shape: [1, 2], data: Int16Array.from([1, -2]) });
  });

  test('refuses what is cut short, too long or compressed', () => {
    expect(problemsOf(() => readIdx(whole.subarray(0, 15), where))[0]?.code).toBe('idx-size');
    expect(problemsOf(() => readIdx(whole.subarray(0, 7), where))[0]?.code).toBe('idx-size');
    expect(problemsOf(() => readIdx(Uint8Array.from([...whole, 0]), where))[0]?.code).toBe('idx-size');
    expect(problemsOf(() => readIdx(Uint8Array.from([0x1f, 0x8b, 8, 0]), where))[0]?.advice).toContain('gunzip');
  });

  test('mutated files end well', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1), { maxLength: 6 }), fc.option(fc.nat()), (choices, cut) =>
        endsWell(() => readIdx(mutate(whole, choices, cut), where)),
      ),
      { numRuns: 1000 },
    );
  });

  test.skipIf(!hasShared)('MNIST', () => {
    const images = readIdx(readShared('datasets/mnist/images-idx3-ubyte'), where);
    const labels = readIdx(readShared('datasets/mnist/labels-idx1-ubyte'), where);
    expect(images.shape).toEqual([1000, 28, 28]);
    expect([...labels.data.slice(0, 5)].map(Number)).toEqual([
      ...readShared('datasets/mnist/labels-idx1-ubyte').slice(8, 13),
    ]);
  });
});

describe('readRaw', () => {
  const spec = inputSpec([2], { dtype: 'int16' });

  test('counts samples and reads each', () => {
    const bytes = Uint8Array.from([1, 0, 2, 0, 3, 0, 0xff, 0xff]);
    expect(countRawSamples(bytes.length, spec, where)).toBe(2);
    expect([...readRaw(bytes, spec, where).data]).toEqual([1, 2]);
    expect([...readRaw(bytes, spec, where, 1).data]).toEqual([3, -1]);
  });

  test.each([0, 3, 5])('%i bytes are refused', (size) => {
    const [problem] = problemsOf(() => readRaw(new Uint8Array(size), spec, where));
    expect(problem).toMatchObject({ code: 'raw-size', what: `it has ${size} bytes` });
    expect(problem?.advice).toContain('4 bytes');
  });

  test.each([
    [2, '--raw-type int8 or uint8'],
    [8, '--raw-type float32 or int32'],
    [3, null],
  ])('%i bytes that are too few: what else they may be', (size, expected) => {
    const [problem] = problemsOf(() => countRawSamples(size, { ...spec, shape: [2], dtype: 'int64' }, where));
    if (expected === null) expect(problem?.advice).not.toContain('--raw-type');
    else expect(problem?.advice).toContain(expected);
  });
});
