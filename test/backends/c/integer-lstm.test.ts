import { describe, it } from 'vitest';
import { needTool } from '../../support/tools.ts';
import { integerLstmCases, integerLstmGraph, integerLstmName } from '../integer-lstm-cases.ts';
import { expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';

const cases = integerLstmCases.map((options) => ({ name: integerLstmName(options), ...integerLstmGraph(options) }));

describe.skipIf(!needTool('gcc').available)('int8 LSTMs in C', () => {
  it('give what the reference gives', () => expectSameAsReference(cases, SANITIZED), 120_000);
  it.each(OTHER_COMPILERS)('compile with $compiler', (options) => expectSameAsReference(cases, options), 120_000);
});
