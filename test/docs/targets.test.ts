import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { targetsPage } from './targets-page.ts';

const page = new URL('../../docs/targets.md', import.meta.url);

test('docs/targets.md is what the profiles say', () => {
  const text = targetsPage();
  if (process.env.THIMBLE_UPDATE_GOLDEN !== undefined) writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});
