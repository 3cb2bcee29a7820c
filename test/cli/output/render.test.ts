import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { uniqueFileStems } from '../../../cli/output/file-name.ts';
import { toJson, writeJson } from '../../../cli/output/json.ts';
import { progressText, startProgress } from '../../../cli/output/progress.ts';
import { columns, renderPairs, renderTable } from '../../../cli/output/table.ts';
import { formatBytes, formatCount, printable } from '../../../cli/output/text.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [-1234567, '-1,234,567'],
  [12345.678, '12,345.678'],
  [10n ** 20n, '100,000,000,000,000,000,000'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
])('formatCount(%s)', (value, text) => {
  expect(formatCount(value)).toBe(text);
});

test.each([
  [1023, '1,023 B'],
  [1024, '1,024 B (1.0 KiB)'],
  [12345, '12,345 B (12.1 KiB)'],
  [2 ** 20 - 1, '1,048,575 B (1.0 MiB)'],
  [-2048, '-2,048 B (-2.0 KiB)'],
  [2 ** 50, '1,125,899,906,842,624 B (1024.0 TiB)'],
])('formatBytes(%i)', (value, text) => {
  expect(formatBytes(value)).toBe(text);
});

test('printable shows what would steer the terminal', () => {
  expect(printable('a\u001b[31mb\n\u202e\u0085ü')).toBe('a\\x1b[31mb\\x0a\\u202e\\x85ü');
});

describe('renderTable', () => {
  const rows = [
    ['conv', 12345, '1,024 B'],
    ['a longer name', 7, null],
  ];
  const titles = ['layer', 'MACs', 'size'];

  test('aligned text, numbers to the right, no blanks at the ends', () => {
    expect(renderTable(columns(titles, rows), rows, { color: false, indent: 2 })).toBe(
      ['  layer            MACs  size', '  conv           12,345  1,024 B', '  a longer name       7  -'].join('\n'),
    );
  });

  test('colours only the titles, and only if asked', () => {
    const coloured = renderTable(columns(titles, rows), rows, { color: true });
    expect(coloured).toContain('\u001b[1mlayer');
    expect(coloured.split('\n').slice(1).join('')).not.toContain('\u001b');
    const hostile = [['\u001b[2Jx', 1]];
    expect(renderTable(columns(['a', 'b'], hostile), hostile, { color: false })).toBe('a         b\n\\x1b[2Jx  1');
  });

  test('no rows', () => {
    expect(renderTable(columns(titles, []), [], { color: false })).toBe('layer  MACs  size');
  });
});

test('renderPairs', () => {
  expect(
    renderPairs(
      [
        ['arena', 16000],
        ['by', null],
      ],
      1,
    ),
  ).toBe(' arena  16,000\n by     -');
});

describe('json', () => {
  test('values that JSON lacks', () => {
    const value = {
      a: 1n,
      b: 2n ** 60n,
      c: Number.NaN,
      d: Float32Array.of(1, Infinity),
      e: new Map([['k', new Set([1])]]),
      f: BigInt64Array.of(3n),
    };
    expect(JSON.parse(toJson(value))).toEqual({
      a: 1,
      b: '1152921504606846976',
      c: 'NaN',
      d: [1, 'Infinity'],
      e: { k: [1] },
      f: [3],
    });
    expect(toJson(undefined)).toBe('null');
  });

  test('one value, one line break, resolved when it is written', async () => {
    const stream = new PassThrough();
    await writeJson({ a: [1] }, stream);
    const text = String(stream.read());
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({ a: [1] });
  });

  test('a reader that went away is no error, another fault is', async () => {
    const closed = (code: string): PassThrough => {
      const stream = new PassThrough();
      stream._write = (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code }));
      return stream;
    };
    await expect(writeJson(1, closed('EPIPE'))).resolves.toBeUndefined();
    await expect(writeJson(1, closed('ENOSPC'))).rejects.toThrow('ENOSPC');
  });
});

describe('progress', () => {
  const terminal = (isTTY: boolean) => {
    const written: string[] = [];
    return { isTTY, columns: 30, written, write: (text: string) => written.push(text) };
  };

  test('is silent where there is no terminal', () => {
    const stream = terminal(false);
    const progress = startProgress('x', stream);
    progress.update(1, 1);
    progress.clear();
    expect(stream.written).toEqual([]);
  });

  test('draws seldom, and always the end', () => {
    const stream = terminal(true);
    let now = 0;
    const progress = startProgress('x', stream, () => now);
    for (const [time, done] of [
      [0, 1],
      [50, 2],
      [120, 3],
      [130, 4],
    ] as const) {
      now = time;
      progress.update(done, 4);
    }
    progress.clear();
    progress.clear();
    const erase = '\r\u001b[2K';
    expect(stream.written).toEqual([`${erase}x  1/4  25 %`, `${erase}x  3/4  75 %`, `${erase}x  4/4  100 %`, erase]);
  });

  test('fits the width', () => {
    expect(progressText('calibrating', 1234, null, 80)).toBe('calibrating  1,234');
    expect(progressText('calibrating', 1, 0, 8)).toHaveLength(7);
  });
});

test('uniqueFileStems', () => {
  expect(uniqueFileStems(['a/b:0', 'a_b_0', 'A_B_0', '', '..', '../x', 'é', 'a_b_0_2'])).toEqual([
    'a_b_0',
    'a_b_0_2',
    'A_B_0_3',
    '_',
    '_.',
    '_._x',
    '__2',
    'a_b_0_2_2',
  ]);
  expect(uniqueFileStems(['x'.repeat(500), 'con'])[0]).toHaveLength(100);
});
