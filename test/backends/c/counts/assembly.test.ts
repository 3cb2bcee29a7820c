import { describe, expect, it } from 'vitest';
import { costKey, partsOf } from '../../../../converter/backends/c/counts/assembly.ts';
import { coefficientFile, countedAs } from '../../../../converter/backends/c/counts/coefficients.ts';
import { libraryOf } from '../../../../converter/backends/c/counts/library.ts';
import { countedCpus } from '../../../../converter/backends/c/counts/processors.ts';
import { supportHeaders, supportText } from '../../../../converter/backends/c/support.ts';
import { mixClasses } from '../../../../converter/estimate/instructions/mix.ts';

describe('functions of the support headers', () => {
  it.each(countedCpus)('in assembly have a rule on %s', (cpu) => {
    const { functions, macros } = libraryOf(supportHeaders, cpu);
    const without = [...functions.values()].filter(({ name, flow }) => {
      return flow === 'assembly' && name.startsWith('thimble_') && partsOf(name, [], macros) === null;
    });
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('that macros make are known by name or by rule', () => {
    const { functions, macros } = libraryOf(supportHeaders, 'cortex-m4');
    const text = supportHeaders.map((header) =>
      supportText(header, 'thimble').replaceAll('thimble_thimble_', 'thimble_'),
    );
    const made = text.flatMap((one) =>
      [...one.matchAll(/^ *THIMBLE_\w+\((thimble_\w+),/gm)].map(([, name = '']) => name),
    );
    expect(made.length).toBeGreaterThan(30);
    expect(made.filter((name) => !functions.has(name) && partsOf(name, [], macros) === null)).toEqual([]);
  });

  it('share the costs of what they do alike', () => {
    expect(costKey('thimble_fold4_exact_same|groups')).toBe('thimble_fold4|groups');
    expect(costKey('thimble_fold4_exact_each|turns')).toBe('thimble_fold4_exact|turns');
    expect(costKey('memcpy|words')).toBe('memcpy|words');
  });
});

describe('the file of coefficients', () => {
  it('has costs for every counted processor, by classes that cores know', () => {
    expect(countedCpus.filter((cpu) => countedAs(cpu) === null)).toEqual([]);
    expect(coefficientFile().classes).toEqual(mixClasses);
  });
});
