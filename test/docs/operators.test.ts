import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { OpType } from '../../converter/ops/op.ts';
import { type OperatorExample, operatorExamples } from './operator-examples.ts';
import { operatorsPage, supportOf } from './operators-page.ts';

const page = new URL('../../docs/operators.md', import.meta.url);

test('docs/operators.md is what the tables say', () => {
  const text = operatorsPage();
  if (process.env.THIMBLE_UPDATE_GOLDEN !== undefined) writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});

test.each(Object.keys(operatorExamples) as OpType[])('%s runs everywhere with some dtype', (type) => {
  const example: OperatorExample<OpType> = operatorExamples[type];
  const everywhere = (['float32', 'int8'] as const).filter((dtype) => supportOf(example, dtype) === 'rWC');
  expect(everywhere).not.toEqual([]);
});
