import { expect, test } from 'vitest';
import { fusedNames } from '../../converter/ir/taken-up.ts';

const took = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([name, by]) => ({ name, by }));

test('follows what was taken up by way of others, and forgets what ends nowhere', () => {
  const names = fusedNames(took(['relu', 'add'], ['add', 'conv'], ['gone', 'dead']), new Set(['conv', 'pool']));
  expect([...names]).toEqual([['conv', ['relu', 'add']]]);
});

test('comes to an end where two have taken up each other', () => {
  expect([...fusedNames(took(['a', 'b'], ['b', 'a']), new Set(['conv']))]).toEqual([]);
});

test('leaves out names that are still there', () => {
  expect([...fusedNames(took(['conv', 'pool']), new Set(['conv', 'pool']))]).toEqual([]);
});
