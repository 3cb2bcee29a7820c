import { expect, test } from 'vitest';
import { processWantsColor, wantsColor } from '../../../cli/output/color.ts';

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
])('wantsColor of %j, terminal %s: %s', (env, isTerminal, wanted) => {
  expect(wantsColor({ env, isTerminal })).toBe(wanted);
});

test('--color, which is about pictures, does not colour the text', () => {
  const before = processWantsColor();
  process.argv.push('--color', 'grey');
  try {
    expect(processWantsColor()).toBe(before);
  } finally {
    process.argv.splice(-2);
  }
});
