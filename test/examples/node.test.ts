import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, setUpApp } from './app.ts';
import { stripDigit } from './strip.ts';

describe('the script that reads pictures', () => {
  let app: App;
  beforeAll(async () => {
    app = await setUpApp('node');
  });
  afterAll(() => app.remove());

  const run = (...files: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['main.js', ...files], {
      cwd: app.folder,
      encoding: 'utf8',
    });
    return { status, lines: stdout.trimEnd().split('\n'), stderr };
  };

  test('reads a strip of ten digits', () => {
    const { status, lines, stderr } = run('../digits/digits_strip.png');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(lines.map((line) => /picture (\d+): (\d) \(\d+ %\)$/.exec(line)?.slice(1).map(Number))).toEqual(
      Array.from({ length: 10 }, (_, digit) => [digit + 1, digit]),
    );
    expect(lines.slice(0, 2).every((line) => readFileSync(join(app.folder, 'README.md'), 'utf8').includes(line))).toBe(
      true,
    );
  });

  test('reads bare pixels, grey and RGB alike', () => {
    const picture = stripDigit(3);
    writeFileSync(join(app.folder, 'grey.bin'), picture);
    writeFileSync(join(app.folder, 'rgb.bin'), Uint8Array.from([...picture].flatMap((value) => [value, value, value])));
    const { status, lines } = run('grey.bin', 'rgb.bin');
    expect(status).toBe(0);
    expect(lines.map((line) => line.split(': ')[1]?.[0])).toEqual(['3', '3']);
  });

  test('names what it cannot read, and goes on', () => {
    writeFileSync(join(app.folder, 'short.bin'), new Uint8Array(63));
    const { status, lines, stderr } = run('short.bin', 'package.json', 'absent.png', '../digits/digits_strip.png');
    expect(status).toBe(1);
    expect(lines).toHaveLength(10);
    expect(stderr).toContain('short.bin: 63 bytes are no 8 x 8 pixels');
    expect(stderr).toMatch(/package\.json: .+\n.*absent\.png/);
    expect(run().status).toBe(2);
  });
});
