import { expect, test } from 'vitest';
import { FailureTable } from '../../../converter/plan/memory/failures.ts';
import { toInstance } from '../../../converter/plan/memory/instance.ts';
import { PlacementState } from '../../../converter/plan/memory/state.ts';

const sizes = [2, 3, 4, 5];
const instance = toInstance(sizes.map((size, id) => ({ id, size, alignment: 1, start: 0, end: 2 })));

/** The key of the whole time after placing `order` from below, and giving up the space below `wasted`. */
function keyAfter(order: readonly number[], wasted = 0): string {
  const state = new PlacementState(instance);
  state.reset(100);
  for (const buffer of order) state.place(buffer);
  state.waste(0, wasted);
  const table = new FailureTable(sizes.length, 8);
  table.identify(state, 0, 0);
  return table.key().join();
}

test('a state is known by its unplaced buffers and where they can go, not by the order of the others', () => {
  expect(keyAfter([0, 1])).toBe(keyAfter([1, 0]));
  expect(keyAfter([0, 3])).not.toBe(keyAfter([1, 2]));
  expect(keyAfter([0])).not.toBe(keyAfter([1]));
  expect(keyAfter([0])).not.toBe(keyAfter([0], 3));
  expect(keyAfter([], 1)).not.toBe(keyAfter([], 2));
});

test('remembers what was added until it is cleared', () => {
  const table = new FailureTable(sizes.length, 8);
  table.identify(new PlacementState(instance), 0, 0);
  expect(table.has()).toBe(false);
  table.add(...table.key());
  expect(table.has()).toBe(true);
  table.clear();
  expect(table.has()).toBe(false);
});
