import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sideFileReader } from '../../../cli/input/side-file.ts';

const root = mkdtempSync(join(tmpdir(), 'thimble-side-'));
const folder = join(root, 'model');
mkdirSync(join(folder, 'weights'), { recursive: true });
writeFileSync(join(folder, 'weights', 'w.bin'), 'inside');
writeFileSync(join(root, 'secret.bin'), 'outside');
symlinkSync(join(folder, 'weights', 'w.bin'), join(folder, 'alias.bin'));
symlinkSync(join(root, 'secret.bin'), join(folder, 'leak.bin'));
symlinkSync(root, join(folder, 'up'));
afterAll(() => rmSync(root, { recursive: true }));

const read = sideFileReader(join(folder, 'm.onnx'));
const text = (name: string) => {
  const bytes = read(name);
  return bytes === null ? null : new TextDecoder().decode(bytes);
};

test('reads files in the folder of the model and below, links among them', () => {
  expect([text('weights/w.bin'), text('alias.bin'), text('missing.bin')]).toEqual(['inside', 'inside', null]);
});

test.each(['../secret.bin', 'leak.bin', 'up/secret.bin', join(root, 'secret.bin'), '.', '..'])('refuses %s', (name) => {
  expect(() => read(name)).toThrow(/lies outside of the folder/);
});

test('a folder is no file', () => {
  expect(() => read('weights')).toThrow(/not a regular file/);
});
