import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emitC } from '../../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import type { COptions } from '../../../converter/backends/c/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { isPackageSource, type PackageFile } from '../../../targets/harness/package.ts';
import {
  build,
  STRICT_WARNINGS,
  type Workspace,
  withWorkspace,
  writeFiles,
} from '../../../targets/harness/workspace.ts';
import { runProcess } from '../../../targets/process.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { packageOf, plainOptions } from './batch.ts';
import { tinyModel } from './tiny.ts';

function tinyPackage(prefix: string, rounding: 'exact' | 'single' = 'exact'): PackageFile[] {
  const { graph, input } = tinyModel(rounding);
  const options: COptions = {
    ...plainOptions(prefix),
    labels: ['cat', 'dog "?"', 'ü'],
    vectors: [{ inputs: [input], outputs: evaluateGraph(graph, [input]) }],
  };
  return packageOf(graph, options);
}

const textOf = (files: readonly PackageFile[], path: string): string => {
  const found = files.find((file) => file.path === path)?.contents ?? '';
  return typeof found === 'string' ? found : new TextDecoder().decode(found);
};

/** Compiles the sources of a package, the self test included, to objects in `folder`. */
async function compile(
  workspace: Workspace,
  tool: string,
  standard: readonly string[],
  files: readonly PackageFile[],
  folder: string,
) {
  const moved = files.map(({ path, contents }) => ({ path: `${folder}/${path}`, contents }));
  writeFiles(workspace, moved);
  const sources = files.map(({ path }) => path).filter((path) => isPackageSource(path) || path.endsWith('_selftest.c'));
  const objects = sources.map((source) => `${folder}/${source.replace(/\W/g, '_')}.o`);
  for (const [i, source] of sources.entries()) {
    const where = `${folder}/${source}`;
    const flags = [...standard, ...STRICT_WARNINGS, '-O2', `-I${folder}/include`, `-I${folder}/src`];
    await build(workspace, { tool, args: [...flags, '-c', where, '-o', objects[i] ?? ''], where });
  }
  return objects;
}

describe('a C package', () => {
  const compilers: readonly (readonly [string, readonly string[]])[] = [
    ['gcc', ['-std=c99']],
    ['gcc', ['-std=c11', '-DTHIMBLE_PROFILE']],
    ['clang', ['-std=c99']],
    ['g++', ['-x', 'c++', '-std=c++11']],
    ['clang++', ['-x', 'c++', '-std=c++11']],
    ['arm-none-eabi-gcc', ['-std=c99', '-mcpu=cortex-m4', '-mthumb']],
    ['arm-none-eabi-gcc', ['-std=c99', '-mcpu=cortex-m4', '-mthumb', '-DTINY_PORTABLE']],
    ['arm-none-eabi-gcc', ['-std=c99', '-mcpu=cortex-m0plus', '-mthumb']],
    ['arm-none-eabi-gcc', ['-std=c99', '-mcpu=cortex-m55', '-mthumb', '-mfloat-abi=hard']],
  ];
  for (const [tool, standard] of compilers) {
    it.skipIf(findExecutable(tool) === undefined)(`compiles without warnings: ${tool} ${standard.join(' ')}`, () =>
      withWorkspace(async (workspace) => {
        await compile(workspace, tool, standard, tinyPackage('tiny'), 'tiny');
      }),
    );
  }

  it('links together with another one, and both pass their self tests', () =>
    withWorkspace(async (workspace) => {
      const first = await compile(workspace, 'gcc', ['-std=c99'], tinyPackage('first'), 'first');
      const second = await compile(workspace, 'gcc', ['-std=c99'], tinyPackage('second', 'single'), 'second');
      const main =
        'int first_selftest(void); int second_selftest(void);\nint main(void) { return first_selftest() + 10 * second_selftest(); }\n';
      writeFiles(workspace, [{ path: 'main.c', contents: main }]);
      await build(workspace, { tool: 'gcc', args: ['main.c', ...first, ...second, '-o', 'both'], where: 'both' });
      const ended = await runProcess(`${workspace.folder}/both`, [], {
        cwd: workspace.folder,
        timeoutMs: 10_000,
        env: {},
      });
      expect(ended.exitCode).toBe(0);
    }));

  it('has a self test that fails for a wrong output', () =>
    withWorkspace(async (workspace) => {
      const files = tinyPackage('tiny').map((file) => {
        if (file.path !== 'test/tiny_selftest.c') return file;
        const text = textOf([file], file.path).replace(/(output_0_0\[3\] = \{\n {4})-?\d+/, '$177');
        return { path: file.path, contents: text };
      });
      const objects = await compile(workspace, 'gcc', ['-std=c99', '-DTINY_SELFTEST_MAIN'], files, 'tiny');
      await build(workspace, { tool: 'gcc', args: [...objects, '-o', 'program'], where: 'tiny' });
      const ended = await runProcess(`${workspace.folder}/program`, [], {
        cwd: workspace.folder,
        timeoutMs: 10_000,
        env: {},
      });
      expect(ended).toMatchObject({ exitCode: 1, stdout: 'tiny: vector 0 differs\n' });
    }));

  it('is the same bytes every time', () => {
    expect(tinyPackage('tiny')).toEqual(tinyPackage('tiny'));
  });

  it('keeps to 100 columns and ASCII in generated C', () => {
    for (const { path } of tinyPackage('tiny').filter(({ path }) => /\.[ch]$/.test(path))) {
      const lines = textOf(tinyPackage('tiny'), path).split('\n');
      const isSupport = /_(?:integer|dot|helium|softmax)\.h$/.test(path);
      expect(lines.filter((line) => line.length > (isSupport ? 120 : 100))).toEqual([]);
      expect(lines.filter((line) => /[^\x20-\x7e]/.test(line))).toEqual([]);
    }
  });

  it('gives every function and table the prefix', () => {
    const sources = tinyPackage('tiny').filter(({ path }) => /^src\/.*\.[ch]$/.test(path));
    const names = sources.flatMap(({ path }) => textOf(sources, path).match(/\bthimble_\w+/gi) ?? []);
    const hooks = ['THIMBLE_PROFILE', 'thimble_profile_begin', 'thimble_profile_end', 'THIMBLE_YIELD', 'thimble_yield'];
    expect(new Set(names)).toEqual(new Set(hooks));
  });

  it('hashes every other file in thimble.json', () => {
    const files = tinyPackage('tiny');
    const manifest: { files: { path: string }[] } = JSON.parse(textOf(files, 'thimble.json'));
    expect(manifest.files.map(({ path }) => path)).toEqual(
      files.map(({ path }) => path).filter((path) => path !== 'thimble.json'),
    );
  });

  it('adds entries to thimble.json', () => {
    const program = lowerGraph(tinyModel('exact').graph, cKernelNeeds);
    const files = emitC(program, planMemory(program), plainOptions('tiny'), { estimate: { latencyUs: 5 } });
    const manifest: unknown = JSON.parse(new TextDecoder().decode(files.at(-1)?.bytes));
    expect(manifest).toMatchObject({ estimate: { latencyUs: 5 } });
  });

  it('reads as the golden package does', () => {
    const folder = fileURLToPath(new URL('../../golden/c/', import.meta.url));
    for (const { path } of tinyPackage('tiny').filter(
      ({ path }) => path !== 'LICENSE' && !path.endsWith('integer.h'),
    )) {
      const text = textOf(tinyPackage('tiny'), path);
      if (process.env.THIMBLE_UPDATE_GOLDEN === '1') {
        mkdirSync(dirname(folder + path), { recursive: true });
        writeFileSync(folder + path, text);
      }
      expect(text, path).toBe(readFileSync(folder + path, 'utf8'));
    }
  });
});
