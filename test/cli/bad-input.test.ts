import { chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digits, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { problems } from './schemas.ts';

const model = readFileSync(digitsInt8);

/** Files that are no model, with what the message must say. */
const badFiles: readonly (readonly [string, string, Uint8Array | string, RegExp])[] = [
  ['empty', 'm.tflite', '', /empty/],
  ['a Git LFS pointer', 'm.tflite', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n', /LFS/],
  ['a web page', 'm.tflite', '<!DOCTYPE html><html><body>404</body></html>', /web page/],
  ['cut short', 'm.tflite', model.subarray(0, 20_000), /./],
  ['cut after the magic', 'm.tflite', model.subarray(0, 8), /./],
  ['text', 'm.tflite', 'hello', /text/],
  ['a zip archive', 'm.keras', 'PK\x03\x04aaaa', /zip/],
  ['noise', 'm.onnx', Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 200) & 255), /no model format/],
];

describe('bad model files', () => {
  it.each(badFiles)('%s: a typed problem, exit 1, nothing written', async (_, name, content, what) => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, name), content);
      for (const argv of [
        ['inspect', name],
        ['convert', name, '--to', 'c'],
        ['verify', name],
        ['run', name],
      ]) {
        const { code, value } = await runJson(argv, folder);
        expect(code).toBe(1);
        const [problem] = problems.parse(value).problems;
        expect(problem?.code).not.toBe('internal');
        expect(problem?.what).toMatch(what);
        expect(problem?.advice).not.toBe('');
      }
      expect(readdirSync(folder)).toEqual([name]);
    });
  });

  it('a wrong extension is no fault', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'model.onnx'), model);
      expect((await runCli(['inspect', 'model.onnx'], folder)).code).toBe(0);
    });
  });
});

describe('files that cannot be read', () => {
  it.each([
    ['missing', 'no such file'],
    ['folder', 'not a regular file'],
    ['locked', 'may not be read'],
    ['huge', 'it has 3221225472 bytes'],
  ])('%s', async (name, what) => {
    await inFolder(async (folder) => {
      // Sparse: takes no room on the disk, and must not be read.
      writeFileSync(join(folder, 'huge'), '');
      truncateSync(join(folder, 'huge'), 3 * 2 ** 30);
      mkdirSync(join(folder, 'folder'));
      writeFileSync(join(folder, 'locked'), model);
      chmodSync(join(folder, 'locked'), 0);
      if (name === 'locked' && process.getuid?.() === 0) return; // root reads everything
      const { code, stderr } = await runCli(['inspect', name], folder);
      expect(code).toBe(1);
      expect(stderr).toContain(what);
    });
  });

  it.each([
    [['--input', 'absent.npy'], 'file-unreadable'],
    [['--input', `${digits}digits_test_labels.npy`], 'sample-shape'],
    [['--input', 'nosuch=absent.npy'], 'input-argument'],
    [['--input', `${digits}digits_strip.png`], 'sample-meaning'],
    [['--pixels', '0..7', '--input', `${digits}digits_strip.png`], 'preprocess-options'],
    [['--mean', 'a,b', '--input', `${digits}digits_strip.png`], 'preprocess-options'],
    [['--dataset', 'absent'], 'dataset-unreadable'],
    [['--dataset', `${digits}digits_calib.npy`], 'dataset-labels'],
    [['--labels', 'absent.txt'], 'file-unreadable'],
  ])('run %j', async (argv, expected) => {
    const { code, value } = await runJson(['run', digitsInt8, ...argv]);
    expect(code).toBe(1);
    expect(problems.parse(value).problems[0]?.code).toBe(expected);
  });
});
