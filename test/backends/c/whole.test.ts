import { describe, it } from 'vitest';
import { castCases, compareCases, mapCases, reduceCases, zipCases } from '../whole-cases.ts';
import { expectSameAsReference, OTHER_COMPILERS, SANITIZED } from './batch.ts';

describe('functions of whole numbers in C equal the reference', () => {
  it('zip', () => expectSameAsReference(zipCases, SANITIZED));
  it('compare', () => expectSameAsReference(compareCases, SANITIZED));
  it('map and reduce', () => expectSameAsReference([...mapCases, ...reduceCases], SANITIZED));
  it('cast', () => expectSameAsReference(castCases, SANITIZED));
  it.each(OTHER_COMPILERS)('one width of each kind, with $compiler', (options) => {
    const some = [...zipCases, ...compareCases, ...mapCases, ...reduceCases, ...castCases];
    const chosen = /^\S+ (int8|uint32|int64)( over 1)?$|^map \d (int16|uint32)$|quantized|^cast (uint16|int64)/;
    return expectSameAsReference(
      some.filter(({ name }) => chosen.test(name)),
      options,
    );
  });
});
