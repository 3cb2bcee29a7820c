import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MixClass, mixClasses } from '../../../converter/estimate/instructions/mix.ts';
import { mixCycles, mixParts } from '../../../converter/estimate/silicon/class-model.ts';
import { classModels, coreNames } from '../../../converter/estimate/silicon/class-models.ts';
import { sourceKinds, weakestOf } from '../../../converter/estimate/sourced.ts';

const mixes = fc
  .array(fc.tuple(fc.constantFrom(...mixClasses), fc.integer({ min: 0, max: 1_000_000 })))
  .map((pairs): ReadonlyMap<string, number> => new Map(pairs));
const cores = fc.constantFrom(...coreNames);

describe('closed forms of cores', () => {
  it('have a cost of every class, each with its unit and where it comes from', () => {
    for (const core of coreNames) {
      for (const name of mixClasses) {
        const { value, unit, source, ref } = classModels[core].costs[name];
        expect([unit, sourceKinds.includes(source), ref !== ''], `${core} ${name}`).toEqual([
          'cycles/instruction',
          true,
          true,
        ]);
        expect(value, `${core} ${name}`).toBeGreaterThan(0);
        expect(value, `${core} ${name}`).toBeLessThan(33);
      }
    }
  });

  it('add up to the cycles', () => {
    fc.assert(
      fc.property(cores, mixes, (core, mix) => {
        const { cycles, breakdown } = mixCycles(classModels[core], mix);
        expect(mixParts.reduce((sum, part) => sum + breakdown[part], 0)).toBeCloseTo(cycles, 3);
      }),
    );
  });

  it('never take fewer cycles for more instructions', () => {
    fc.assert(
      fc.property(cores, mixes, fc.constantFrom(...mixClasses), fc.nat(10_000), (core, mix, name, more) => {
        const model = classModels[core];
        const grown = new Map([...mix, [name, (mix.get(name) ?? 0) + more] as const]);
        expect(mixCycles(model, grown).cycles).toBeGreaterThanOrEqual(mixCycles(model, mix).cycles - 1e-6);
      }),
    );
  });

  it('take twice the cycles for twice the instructions', () => {
    fc.assert(
      fc.property(cores, mixes, (core, mix) => {
        const twice = new Map([...mix].map(([name, count]) => [name, 2 * count] as const));
        expect(mixCycles(classModels[core], twice).cycles).toBeCloseTo(2 * mixCycles(classModels[core], mix).cycles, 3);
      }),
    );
  });

  it('take one cycle for an addition on a Cortex-M0+ and two for a load', () => {
    const cyclesOf = (name: MixClass) => mixCycles(classModels['cortex-m0plus'], new Map([[name, 100]])).cycles;
    expect(['alu', 'load', 'store'].map((name) => cyclesOf(name as MixClass))).toEqual([100, 200, 200]);
  });

  it('begin a vector load beside vector arithmetic on a Cortex-M85, and not quite on a Cortex-M55', () => {
    const both = new Map([
      ['vector-load', 100],
      ['vector-mac', 100],
    ]);
    expect(mixCycles(classModels['cortex-m85'], both).cycles).toBe(200);
    expect(mixCycles(classModels['cortex-m55'], both).cycles).toBe(250);
  });

  it('are slower on a Cortex-M0 than on an M0+, and on an M4 than on an M7', () => {
    const mix = new Map([
      ['alu', 100],
      ['load', 50],
      ['branch-taken', 20],
    ]);
    const on = (core: (typeof coreNames)[number]) => mixCycles(classModels[core], mix).cycles;
    expect(on('cortex-m0')).toBeGreaterThan(on('cortex-m0plus'));
    expect(on('cortex-m4')).toBeGreaterThan(on('cortex-m7'));
  });

  it('refuse a class that is none', () => {
    expect(() => mixCycles(classModels['cortex-m4'], new Map([['loads', 1]]))).toThrow(/loads/);
  });
});

describe('sources', () => {
  it('are as weak as the weakest', () => {
    expect(weakestOf(['datasheet', 'fitted', 'measured'])).toBe('fitted');
    expect(weakestOf(['assumed', 'datasheet'])).toBe('assumed');
    expect(weakestOf([])).toBe('datasheet');
  });
});
