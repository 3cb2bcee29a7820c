import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../cli/target/parse.ts';
import { targetOf } from '../../../cli/target/target.ts';
import { ProblemError } from '../../../converter/problem.ts';

const number = (value: number, unit: string) => ({ value, unit, source: 'datasheet', ref: 'page 1' });

const bank = (name: string) => ({
  name,
  bytes: number(64, 'KiB'),
  region: 'sram',
  use: 'data',
  accessCycles: number(1, 'cycles'),
  dma: true,
  section: null,
});

const core = {
  name: 'Cortex-M4',
  count: number(1, 'cores'),
  isa: 'Armv7E-M',
  fpu: 'single',
  extensions: ['dsp'],
  ref: 'page 2',
  clock: number(100, 'MHz'),
};

/** A profile that is right, as a fresh value that a test may spoil. */
const good = () => ({
  name: 'mine',
  kind: 'mcu',
  title: 'Mine',
  cores: [core],
  banks: [bank('A'), bank('B')],
  flash: { kind: 'internal', bytes: number(512, 'KiB') },
  flashTool: 'openocd',
});

/** `profile` with the value at `path` replaced, or taken out where it is undefined. */
function spoiled(path: string, value: unknown): unknown {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const set = (at: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) return value;
    if (Array.isArray(at)) return at.map((item, i) => (String(i) === key ? set(item, rest) : item));
    const fields = new Map(Object.entries(Object(at)));
    const next = set(fields.get(key), rest);
    if (next === undefined) fields.delete(key);
    else fields.set(key, next);
    return Object.fromEntries(fields);
  };
  return set(good(), keys);
}

function faults(value: unknown): readonly string[] {
  try {
    parseProfile(value, 'file "mine.json"');
  } catch (error) {
    if (error instanceof ProblemError) return error.problems.map(({ what }) => what);
    throw error;
  }
  return [];
}

describe('parseProfile', () => {
  it('takes a whole profile, and gives its numbers in base units', () => {
    const target = targetOf(parseProfile(good(), 'x'));
    expect(target.cores[0].clockHz).toBe(100e6);
    expect(target.banks.map(({ bytes }) => bytes)).toEqual([65536, 65536]);
    expect(target.flash).toEqual({ kind: 'internal', bytes: 524288, waitStates: null, cacheBytes: null });
  });

  it.each([
    ['banks[1].bytes.unit', 'kB', 'expected one of'],
    ['banks[1].bytes.unit', 'MHz', 'expected one of'],
    ['banks[1].bytes.unit', undefined, 'is missing'],
    ['banks[1].bytes.source', undefined, 'is missing'],
    ['banks[1].bytes.source', 'hearsay', 'expected one of'],
    ['banks[1].bytes.ref', undefined, 'is missing'],
    ['banks[1].bytes.ref', ' ', 'too small'],
    ['banks[0].bytes.value', -64, '-64 KiB is not between 16 B and 16 MiB'],
    ['banks[0].bytes.value', 0, '0 KiB is not between 16 B and 16 MiB'],
    ['banks[0].bytes.value', 16385, '16385 KiB is not between 16 B and 16 MiB'],
    ['banks[0].bytes.value', 64.0001, 'no whole number'],
    ['banks[0].bytes.value', '64', 'expected number'],
    ['banks[0].bytes', 65536, 'expected object'],
    ['banks[0].accessCycles.value', 0, 'is not between'],
    ['banks[1].name', 'A', 'is that of banks[0]'],
    ['banks[0].size', 3, 'there is no such field'],
    ['banks[0].use', 'video', 'expected one of'],
    ['banks', [], 'too small'],
    ['banks', [{ ...bank('A'), use: 'code' }], 'none is for data'],
    ['cores[0].clock.value', 0, '0 MHz is not between'],
    ['cores[0].clock.value', 1e9, 'is not between'],
    ['cores[0].extensions[0]', 'avx', 'expected one of'],
    ['cores[0].ref', undefined, 'is missing'],
    ['flash', undefined, 'is missing'],
    ['flash.bytes.value', 0, 'is not between'],
    ['flash.waitStates', number(-1, 'cycles'), 'is not between'],
    ['name', 'Mine!', 'must begin'],
    ['kind', 'toaster', 'Expected'],
  ])('%s = %j is refused by its path', (path, value, what) => {
    const found = faults(spoiled(path, value));
    const prefix = path.replace('flash.waitStates', 'flash.waitStates.value');
    expect(found.find((fault) => fault.startsWith(`${prefix}: `))).toContain(what);
    expect(found.length).toBeLessThanOrEqual(2);
  });

  it('refuses a profile without a core', () => {
    expect(faults(spoiled('cores', []))).toContain('cores[0]: is missing');
  });

  it('refuses banks of more than 16 MiB together', () => {
    const large = { ...bank('A'), bytes: number(12, 'MiB') };
    expect(faults(spoiled('banks', [large, { ...large, name: 'B' }]))).toEqual([
      'banks: hold more than 16 MiB together',
    ]);
  });

  it('tells all faults at once', () => {
    const value = { ...good(), name: '', flashTool: '', banks: [{ ...bank('A'), dma: 'maybe' }] };
    expect(faults(value).map((fault) => fault.split(':')[0])).toEqual(['name', 'banks[0].dma', 'flashTool']);
  });

  it('answers any value in any place with problems or a profile', () => {
    const paths = ['name', 'kind', 'cores', 'cores[0]', 'cores[0].clock', 'banks', 'banks[1].bytes', 'flash', 'notes'];
    const whole = parseProfile(good(), 'x');
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const spoilt = spoiled(path, value);
        if (faults(spoilt).length === 0) expect(Object.keys(parseProfile(spoilt, 'x'))).toEqual(Object.keys(whole));
      }),
    );
  });

  it.each([[null], [[]], ['x'], [3]])('refuses %j', (value) => {
    expect(faults(value)).not.toEqual([]);
  });
});
