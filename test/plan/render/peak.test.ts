import { describe, expect, test } from 'vitest';
import { rangesText, shortName, shortStep, stepText } from '../../../converter/plan/render/names.ts';
import { momentsOf, peakOf } from '../../../converter/plan/render/peak.ts';
import { pictureOfRows, type Row, smallRows } from './plans.ts';

const small = pictureOfRows(smallRows, 3);

describe('moments', () => {
  test('count overlapping bytes once, and the start and the end', () => {
    const figures = momentsOf(small.plan, 3).map(({ step, topBytes, usedBytes }) => [step, topBytes, usedBytes]);
    expect(figures).toEqual([
      [-1, 500, 500],
      [0, 1000, 900],
      [1, 1000, 700],
      [2, 1000, 800],
      [3, 700, 500],
    ]);
  });
});

describe('the peak', () => {
  test('is the fullest of the highest steps, with its buffers by size', () => {
    const peak = peakOf(momentsOf(small.plan, 3));
    expect(peak?.step).toBe(0);
    expect(peak?.steps).toEqual([0, 1, 2]);
    expect(peak?.culprits.map(({ buffer }) => buffer.name)).toEqual(['block/conv', 'image', 'memory']);
  });

  test('is the highest step, even where another holds more bytes', () => {
    const rows: readonly Row[] = [
      ['full', 'activation', 0, 900, 0, 1],
      ['high', 'activation', 900, 100, 1, 2],
    ];
    expect(peakOf(momentsOf(pictureOfRows(rows, 2).plan, 2))?.step).toBe(1);
  });

  test('of an empty plan is its start', () => {
    const peak = peakOf(momentsOf(pictureOfRows([], 0).plan, 0));
    expect(peak).toMatchObject({ step: -1, topBytes: 0, usedBytes: 0, culprits: [] });
  });
});

describe('names', () => {
  test.each([
    ['block3/conv', 20, 'block3/conv'],
    ['model/a/Relu;model/a/BiasAdd', 20, 'model/a/Relu'],
    ['a/very/long/path/to/conv', 10, '../to/conv'],
    [';', 5, ';'],
    ['a;b;c rows', 20, 'a rows'],
    ['CONV_2D #3 "a/b;c/d..." scratch', 40, 'CONV_2D #3 scratch'],
    ['Conv "stem/conv" scratch', 20, 'Conv "stem.. scratch'],
    ['abcdef', 3, 'abc'],
    ['abcdef', 0, ''],
  ])('%j in %i columns', (name, width, expected) => {
    expect(shortName(name, width)).toBe(expected);
  });

  test('of steps keep the operator', () => {
    expect(shortStep('CONV_2D #3 "a/b;c/d"', 22)).toBe('CONV_2D #3');
    expect(shortStep('Conv "stem/conv"', 12)).toBe('Conv "stem..');
    expect(stepText('ADD #3 "a/b;c/d..."', 40)).toBe('ADD #3 "a/b"');
  });

  test.each([
    [[], ''],
    [[3], '3'],
    [[1, 2, 3, 7, 9, 10], '1-3, 7, 9-10'],
  ])('ranges of %j', (steps, expected) => {
    expect(rangesText(steps)).toBe(expected);
  });
});
