import { describe, expect, test } from 'vitest';
import { mapText, sharedBytes } from '../../../converter/plan/render/map-text.ts';
import { momentsOf, type Peak, peakOf } from '../../../converter/plan/render/peak.ts';
import type { PlanPicture } from '../../../converter/plan/render/picture.ts';
import { mapRows, rowsOf } from '../../../converter/plan/render/rows.ts';
import { pictureOfRows, type Row, smallRows } from './plans.ts';

function peakIn(picture: PlanPicture): Peak {
  const peak = peakOf(momentsOf(picture.plan, picture.steps.length));
  if (peak === null) throw new Error('no peak');
  return peak;
}

function drawn(picture: PlanPicture, columns: number): readonly string[] {
  const moments = momentsOf(picture.plan, picture.steps.length);
  const peak = peakIn(picture);
  return mapText(picture, mapRows(picture, moments, peak), peak, columns).map(({ text }) => text);
}

describe('the map of a small plan', () => {
  test('has a row for each step, and a bar for each buffer at its addresses', () => {
    expect(drawn(pictureOfRows(smallRows, 3), 91)).toEqual([
      '  step  operator                used B  |0           |250        |500         |750   1,000|',
      '        start                      500  [b0######][b1 image ====]                         |',
      '>    0  OP #0                      900  [b0######][b1===========]     [b2 block/conv ====]|',
      '     1  OP #1                      700  [b0######][b3~]               [b2================]|',
      '     2  OP #2                      800  [b0######]          [b4=======XXXXXb2============]|',
      '        end                        500  [b0######]          [b4 result ===]               |',
    ]);
  });

  test('marks the peak, and only it', () => {
    const picture = pictureOfRows(smallRows, 3);
    const moments = momentsOf(picture.plan, 3);
    const lines = mapText(picture, mapRows(picture, moments, peakIn(picture)), peakIn(picture), 100);
    expect(lines.filter(({ isPeak }) => isPeak).map(({ text }) => text.slice(0, 14))).toEqual(['>    0  OP #0 ']);
  });

  test('is as wide as it is told to be, with a border at the end of the arena', () => {
    for (const columns of [70, 80, 100, 160]) {
      const lines = drawn(pictureOfRows(smallRows, 3), columns);
      expect(new Set(lines.map((line) => line.length))).toEqual(new Set([columns]));
    }
  });

  test('shows each buffer, however small', () => {
    const rows: readonly Row[] = [
      ['large', 'activation', 0, 1_000_000, -1, 2],
      ['small', 'activation', 1_000_000, 1, -1, 2],
    ];
    expect(drawn(pictureOfRows(rows, 1), 100)[1]).toMatch(/\[b0 large =+\|\|$/);
  });

  test('keeps columns and terminal safe from names', () => {
    const rows: readonly Row[] = [['a\u001b[31m漢\u202eb', 'activation', 0, 1000, -1, 2]];
    const [, line = ''] = drawn(pictureOfRows(rows, 1), 100);
    expect(line).toContain('[b0 a?[31m??b ===');
    expect(line).toHaveLength(100);
  });
});

describe('the rows of a long plan', () => {
  const long = pictureOfRows(
    Array.from(
      { length: 300 },
      (_, i): Row => [`t${i}`, 'activation', 1000 * (i % 2), i === 200 ? 999 : 500, i, i + 2],
    ),
    300,
  );
  const moments = momentsOf(long.plan, 300);

  test('are one for each step about the peak, and fewer than fifty', () => {
    const peak = peakIn(long);
    const rows = mapRows(long, moments, peak);
    expect(rows.length).toBeLessThan(50);
    const single = rows.filter(({ first, last }) => first === last).map(({ first }) => first);
    expect(single.filter((step) => Math.abs(step - peak.step) <= 8)).toHaveLength(17);
  });

  test('hold every step once, in order', () => {
    const steps = mapRows(long, moments, peakIn(long)).flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    expect(steps).toEqual(Array.from({ length: 302 }, (_, i) => i - 1));
  });

  test('draw the highest of their steps', () => {
    for (const { first, last, moment } of mapRows(long, moments, peakIn(long))) {
      const within = moments.filter(({ step }) => first <= step && step <= last);
      expect(moment.topBytes).toBe(Math.max(...within.map(({ topBytes }) => topBytes)));
    }
  });

  test('are those asked for', () => {
    expect(rowsOf(long, moments, 10, 12).map(({ first }) => first)).toEqual([10, 11, 12]);
  });
});

describe('the rows of a plan with a stream', () => {
  const rows: readonly Row[] = [
    ['in', 'activation', 0, 100, -1, 1],
    ['a rows', 'activation', 100, 50, 1, 4],
    ['b rows', 'activation', 120, 60, 1, 4],
    ['out', 'activation', 150, 50, 1, 5],
  ];
  const streamed = pictureOfRows(rows, 4, [{ first: 1, end: 4 }]);

  test('show it as one piece of work', () => {
    const lines = drawn(streamed, 100);
    expect(lines.map((line) => line.slice(0, 30).trimEnd())).toEqual([
      '  step  operator',
      '        start',
      '     0  OP #0',
      '>  1-3  stream of 3 steps',
      '        end',
    ]);
  });

  test('name what lies over each other', () => {
    expect(drawn(streamed, 100)[3]).toMatch(/ {4}\[b1 *=*Xb1\+b2X+b2\+b3X+b3=+\]\|$/);
  });

  test('show it where one of its steps is asked for', () => {
    const moments = momentsOf(streamed.plan, 4);
    expect(rowsOf(streamed, moments, 2, 2).map(({ first, last }) => [first, last])).toEqual([[1, 3]]);
  });
});

describe('shared bytes', () => {
  test('are those that several buffers have in common', () => {
    const [moment] = momentsOf(pictureOfRows(smallRows, 3).plan, 3).filter(({ step }) => step === 2);
    const found = sharedBytes(moment?.live ?? []).map(({ from, to, of }) => [
      from,
      to,
      of.map(({ buffer }) => buffer.id),
    ]);
    expect(found).toEqual([[600, 700, [4, 2]]]);
  });
});
