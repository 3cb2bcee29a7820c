import { describe, it } from 'vitest';
import { needTool } from '../../support/tools.ts';
import { caseName, recurrentCases, recurrentGraph } from '../recurrent-cases.ts';
import { expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';

const cases = recurrentCases.map((options) => ({ name: caseName(options), ...recurrentGraph(options) }));

describe.skipIf(!needTool('gcc').available)('recurrent layers in C', () => {
  it('give what the reference gives', () => expectSameAsReference(cases, SANITIZED), 120_000);
  it.each(OTHER_COMPILERS)(
    'compile with $compiler',
    (options) => expectSameAsReference(cases.slice(0, 12), options),
    120_000,
  );
});
