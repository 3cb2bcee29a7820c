import { test } from 'vitest';
import { integerLstmCases, integerLstmGraph, integerLstmName } from '../../integer-lstm-cases.ts';
import { expectSame } from './expect-same.ts';

test.each(integerLstmCases.map((options) => [integerLstmName(options), options] as const))('%s', (_, options) => {
  expectSame(integerLstmGraph(options).graph);
});
