import { expect, test } from 'vitest';
import { mutate } from './mutate.ts';

const original = Uint8Array.from({ length: 64 }, (_, i) => i);

test('the same seed gives the same damage, and the original stays as it is', () => {
  const before = original.slice();
  for (let seed = 0; seed < 200; seed++) expect(mutate(original, seed)).toEqual(mutate(original, seed));
  expect(original).toEqual(before);
});

test('different seeds give different files, longer and shorter ones among them', () => {
  const files = Array.from({ length: 200 }, (_, seed) => mutate(original, seed));
  expect(new Set(files.map((file) => file.join())).size).toBeGreaterThan(150);
  expect(files.some((file) => file.length > original.length)).toBe(true);
  expect(files.some((file) => file.length < original.length)).toBe(true);
});

test('tiny files can be damaged too', () => {
  for (let seed = 0; seed < 100; seed++) {
    expect(mutate(new Uint8Array(0), seed).length).toBe(0);
    mutate(new Uint8Array(1), seed);
    mutate(new Uint8Array(3), seed);
  }
});
