import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simplify } from '../../../converter/backends/c/narrow/condition.ts';
import {
  type CpuName,
  cpuFeatures,
  cpuNames,
  requiredFeatures,
  runsOn,
} from '../../../converter/backends/c/narrow/cpu.ts';
import { narrowed } from '../../../converter/backends/c/narrow/lines.ts';
import { isUsed } from '../../../converter/backends/c/narrow/used.ts';
import type { PackageFile } from '../../../targets/harness/package.ts';
import { build, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { packageOf, plainOptions } from './batch.ts';
import { tinyModel } from './tiny.ts';

const known = new Map([
  ['A', 1],
  ['B', 0],
]);

describe('a condition', () => {
  it.each([
    ['A', 1, '1'],
    ['!A', 0, '0'],
    ['A && X', null, 'X'],
    ['X && B', 0, '0'],
    ['A || X', 1, '1'],
    ['B || (X && Y)', null, 'X && Y'],
    ['defined(A) && defined X && !defined(Y)', null, 'defined(X) && !defined(Y)'],
    ['A && defined(F) && (F & 4)', null, 'defined(F) && (F & 4)'],
    ['!(X || Y) && A', null, '!(X || Y)'],
    ['X && (Y || Z || B)', null, 'X && (Y || Z)'],
    ['V >= 201112L && V != 3', null, 'V >= 201112 && V != 3'],
    ['X - (Y - Z) == 2', null, 'X - (Y - Z) == 2'],
    ['1 + 2 * 3 == 7', 1, '1'],
    ['X & (A && Y)', null, 'X & !!(Y)'],
    ['(B || X) == 1', null, '!!(X) == 1'],
    ['Z && (A && Y)', null, 'Z && Y'],
  ])('%s', (condition, value, text) => {
    expect(simplify(condition, known)).toEqual({ value, text });
  });

  it('means the same as before, whatever the other macros are', () => {
    const names = ['A', 'B', 'X', 'Y'];
    const { condition } = fc.letrec<{ condition: string }>((tie) => ({
      condition: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(...names, '0', '1', '2'),
        tie('condition').map((one) => `!(${one})`),
        fc
          .tuple(tie('condition'), fc.constantFrom('&&', '||', '==', '<', '+', '&'), tie('condition'))
          .map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
      ),
    }));
    const evaluate = (text: string, values: ReadonlyMap<string, number>) => simplify(text, values).value;
    fc.assert(
      fc.property(condition, fc.nat(3), fc.nat(3), (text, x, y) => {
        const all = new Map([...known, ['X', x], ['Y', y]] as const);
        const left = simplify(text, known);
        expect(Boolean(evaluate(left.text, all))).toBe(Boolean(evaluate(text, all)));
      }),
      { numRuns: 2000 },
    );
  });
});

const narrow = (text: string) =>
  [...narrowed([text], { known: new Map([...known, ['M_FAST', 1], ['M_SLOW', 0]]), refusal: 'no' })].join('');

describe('lines', () => {
  it('keep the branch that holds, and what is left to the compiler', () => {
    const text = '#if A\na\n#elif X\nb\n#else\nc\n#endif\n#if B\nd\n#elif X\ne\n#elif A\nf\n#else\ng\n#endif\n';
    expect(narrow(text)).toBe('a\n#if X\ne\n#else\nf\n#endif\n');
  });

  it('hold inside of what is gone, and of what is left', () => {
    expect(narrow('#if B\n#if X\na\n#else\nb\n#endif\n#endif\nc\n')).toBe('c\n');
    expect(narrow('#ifdef X\n#if A\na\n#endif\n#endif\n')).toBe('#ifdef X\na\n#endif\n');
  });

  it('turn the definition of a known macro into its value and a refusal', () => {
    const block = (name: string) =>
      `#if defined(Q) && \\\n    !defined(R)\n#define ${name} 1\n#else\n#define ${name} 0\n#endif\n`;
    expect(narrow(block('M_FAST'))).toBe('#if !(defined(Q) && !defined(R))\n#error "no"\n#endif\n#define M_FAST 1\n');
    expect(narrow(block('M_SLOW'))).toBe('#define M_SLOW 0\n');
    expect(narrow(block('M_OTHER'))).toContain('#else');
  });

  it('come from pieces that end anywhere', () => {
    const text = '#if A\nabc\n\n\n\ndef\n#else\nghi\n#endif\n';
    const pieces = [...text];
    expect([...narrowed(pieces, { known, refusal: '' })].join('')).toBe(narrow(text));
    expect(narrow(text)).toBe('abc\n\ndef\n');
  });
});

describe('a header', () => {
  const header =
    '#define M_X(a) a\nM_INLINE void m_f(int a)\n{\n    m_g(a);\n}\nM_NAKED m_tile_##style##_each(void);\n#define M_Y 1\n#undef M_Y\n';
  it.each([
    ['int main(void) { m_f(1); }', true],
    ['m_tile_exact_each();', true],
    ['m_tile_exact_same();', false],
    ['m_g(1); M_Y', false],
    ['/* m_f */', false],
    ['M_X(1)', true],
  ])('%s uses it: %s', (text, used) => {
    expect(isUsed(header, [text], 'm')).toBe(used);
  });
});

const processors: readonly (readonly [CpuName, readonly string[]])[] = [
  ['cortex-m0plus', ['-mcpu=cortex-m0plus', '-mthumb']],
  ['cortex-m3', ['-mcpu=cortex-m3', '-mthumb']],
  ['cortex-m4', ['-mcpu=cortex-m4', '-mthumb']],
  ['cortex-m33', ['-mcpu=cortex-m33', '-mthumb', '-mfloat-abi=hard']],
  ['cortex-m55', ['-mcpu=cortex-m55', '-mthumb', '-mfloat-abi=hard']],
];

const filesFor = (cpu: CpuName | null): PackageFile[] =>
  packageOf(tinyModel('exact').graph, { ...plainOptions('tiny'), cpu });

const textOf = (files: readonly PackageFile[], path: string) => {
  const contents = files.find((file) => file.path === path)?.contents;
  return contents === undefined ? null : typeof contents === 'string' ? contents : new TextDecoder().decode(contents);
};

/** Compiles the layers of the package; rejects where the compiler refuses. */
const compileFor = (files: readonly PackageFile[], flags: readonly string[]) =>
  withWorkspace(async (workspace) => {
    writeFiles(workspace, files);
    for (const name of ['tiny', 'tiny_layers', 'tiny_weights']) {
      const args = ['-std=c99', ...STRICT_WARNINGS, '-O2', ...flags, '-Iinclude', '-c', `src/${name}.c`, '-o', 'out.o'];
      await build(workspace, { tool: 'arm-none-eabi-gcc', args, where: name });
    }
  });

describe('a package for one processor', () => {
  const skip = findExecutable('arm-none-eabi-gcc') === undefined;

  it.skipIf(skip).each(processors)(
    '%s compiles for it, and for no processor without its instructions',
    async (cpu, flags) => {
      const files = filesFor(cpu);
      await compileFor(files, flags);
      for (const [other, otherFlags] of processors.filter(([other]) => !runsOn(cpu, other))) {
        await expect(compileFor(files, otherFlags), `${cpu} on ${other}`).rejects.toThrow(`narrowed to ${cpu}`);
      }
    },
  );

  it.each(cpuNames)('%s has no text of other processors', (cpu) => {
    const files = filesFor(cpu);
    const whole = filesFor(null);
    const size = (all: readonly PackageFile[]) =>
      all.filter(({ path }) => path.startsWith('src/')).reduce((sum, { contents }) => sum + contents.length, 0);
    expect(size(files)).toBeLessThan(size(whole));
    const layers = textOf(files, 'src/tiny_layers.c');
    expect(layers).not.toMatch(/^#if/m);
    const helium = cpuFeatures[cpu].HELIUM === 1;
    expect(/tiny_helium[12]_/.test(layers ?? '')).toBe(helium);
    expect(textOf(files, 'src/tiny_helium.h') !== null).toBe(helium);
    // No layer of this model has tiles.
    expect(textOf(files, 'src/tiny_panel.h')).toBeNull();
    expect(textOf(files, 'src/tiny_integer.h')).toContain(`#define TINY_SHORT ${cpuFeatures[cpu].SHORT}`);
    expect(textOf(files, 'README.md')).toContain(`narrowed to ${cpu}`);
    expect(JSON.parse(textOf(files, 'thimble.json') ?? '')).toMatchObject({ cpu });
    expect((textOf(files, 'src/tiny_integer.h') ?? '').includes('#error')).toBe(requiredFeatures(cpu).length > 0);
  });

  it('is the same as ever without --cpu', () => {
    expect(textOf(filesFor(null), 'thimble.json')).not.toContain('"cpu"');
  });
});
