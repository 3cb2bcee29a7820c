import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { estimatorPage } from './estimator-page.ts';

const page = new URL('../../docs/estimator.md', import.meta.url);

test('docs/estimator.md is what the models and the residuals say', () => {
  const text = estimatorPage();
  if (process.env.THIMBLE_UPDATE_GOLDEN !== undefined) writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});
