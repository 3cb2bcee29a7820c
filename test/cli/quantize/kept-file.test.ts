import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../../../cli/quantize/cache-folder.ts';
import { decodeKept, encodeKept } from '../../../cli/quantize/kept-file.ts';

const kept = {
  json: { a: [1, 'x', null] },
  arrays: [Float64Array.of(1.5, Number.NaN, -0), new Float64Array(), Float64Array.of(1e300)],
};

describe('kept results', () => {
  it('come back as they were', () => {
    expect(decodeKept('key', encodeKept('key', kept))).toEqual(kept);
    expect(decodeKept('key', encodeKept('key', { json: null, arrays: [] }))).toEqual({ json: null, arrays: [] });
  });

  it('of another key, or changed in any byte, or cut, are none', () => {
    const bytes = encodeKept('key', kept);
    expect(decodeKept('other', bytes)).toBeNull();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(decodeKept('key', changed)).toBeNull();
        expect(decodeKept('key', bytes.slice(0, at))).toBeNull();
      }),
      { numRuns: 60 },
    );
  });
});

describe('cacheFolder', () => {
  const resolve = (path: string) => `/here/${path}`;
  it.each([
    ['--cache', 'mine', {}, 'linux', '/here/mine'],
    ['--no-cache', false, { THIMBLE_CACHE: '/x' }, 'linux', null],
    ['the variable', undefined, { THIMBLE_CACHE: '/x' }, 'linux', '/x'],
    ['the variable off', undefined, { THIMBLE_CACHE: 'off' }, 'linux', null],
    ['that of the user', undefined, { XDG_CACHE_HOME: '/c' }, 'linux', '/c/thimble/statistics'],
    ['that of Windows', undefined, { LOCALAPPDATA: '/l' }, 'win32', '/l/thimble/statistics'],
  ])('%s', (_, given, environment, platform, wanted) => {
    expect(cacheFolder(given, resolve, environment, platform)).toBe(wanted);
  });
});
