import { describe, it } from 'vitest';
import { castCases, compareCases, mapCases, reduceCases, zipCases } from '../whole-cases.ts';
import { expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';

describe('functions of whole numbers in C equal the reference', () => {
  it('zip', () => expectSameAsReference(zipCases, SANITIZED));
  it('compare', () => expectSameAsReference(compareCases, SANITIZED));
  it('map and reduce', () => expectSameAsReference([...mapCases, ...reduceCases], SANITIZED));
  it('cast', () => expectSameAsReference(castCases, SANITIZED));
  it.each(OTHER_COMPILERS)('all of them, with $compiler', (options) => {
    return expectSameAsReference([...zipCases, ...compareCases, ...mapCases, ...reduceCases, ...castCases], options);
  });
});
