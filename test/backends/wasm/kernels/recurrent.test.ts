import { test } from 'vitest';
import { caseName, recurrentCases, recurrentGraph } from '../../recurrent-cases.ts';
import { expectSame } from './expect-same.ts';

test.each(recurrentCases.map((options) => [caseName(options), options] as const))('%s', (_, options) => {
  expectSame(recurrentGraph(options).graph);
});
