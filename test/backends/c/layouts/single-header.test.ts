import { describe, expect, test } from 'vitest';
import { build, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../../targets/harness/workspace.ts';
import { runProcess } from '../../../../targets/process.ts';
import { findExecutable } from '../../../../targets/tools.ts';
import { fileText, layoutPackage } from './packages.ts';

const single = (prefix: string) => ({
  path: `${prefix}_single.h`,
  contents: fileText(layoutPackage(prefix, [], { singleHeader: true }), `single/${prefix}_single.h`),
});

const bothModels = `
#define FIRST_IMPLEMENTATION
#include "first_single.h"
#define SECOND_IMPLEMENTATION
#include "second_single.h"
#include "first_single.h"
`;

const user = `
#include "first_single.h"
#include "second_single.h"
#include <stdio.h>
static double arena[(FIRST_ARENA_BYTES + 7) / 8];
static double other[(SECOND_ARENA_BYTES + 7) / 8];
int main(void)
{
    int i;
    int same = 0;
    for (i = 0; i < FIRST_INPUT_0_ELEMENTS; i++) {
        first_input_0(arena)[i] = (int8_t)(3 * i);
        second_input_0(other)[i] = (int8_t)(3 * i);
    }
    if (first_run(arena) != FIRST_OK || second_run(other) != SECOND_OK) return 1;
    for (i = 0; i < FIRST_OUTPUT_0_ELEMENTS; i++) same += first_output_0(arena)[i] == second_output_0(other)[i];
    printf("%d of %d\\n", same, FIRST_OUTPUT_0_ELEMENTS);
    return 0;
}
`;

describe('the package as one header', () => {
  const compilers: readonly (readonly [string, readonly string[], string])[] = [
    ['gcc', ['-std=c99'], 'c'],
    ['clang', ['-std=c99'], 'c'],
    ['g++', ['-std=c++11'], 'cpp'],
    ['clang++', ['-std=c++11'], 'cpp'],
    ['arm-none-eabi-gcc', ['-std=c99', '-mcpu=cortex-m4', '-mthumb'], 'c'],
    ['arm-none-eabi-g++', ['-std=c++11', '-mcpu=cortex-m0plus', '-mthumb'], 'cpp'],
    ['riscv64-unknown-elf-gcc', ['-std=c99', '-march=rv32imac', '-mabi=ilp32', '--specs=picolibc.specs'], 'c'],
  ];

  for (const [tool, standard, ending] of compilers) {
    const isHere = findExecutable(tool) !== undefined;
    test.skipIf(!isHere)(`holds two models in one file, without warnings: ${tool} ${standard.join(' ')}`, () =>
      withWorkspace(async (workspace) => {
        const code = `models.${ending}`;
        writeFiles(workspace, [single('first'), single('second'), { path: code, contents: bothModels }]);
        const args = [...standard, ...STRICT_WARNINGS, '-O2', '-c', code, '-o', 'models.o'];
        await build(workspace, { tool, args, where: code });
      }),
    );
  }

  test('runs, with its code in one C file and its users elsewhere', () =>
    withWorkspace(async (workspace) => {
      writeFiles(workspace, [
        single('first'),
        single('second'),
        { path: 'models.c', contents: bothModels },
        { path: 'main.c', contents: user },
      ]);
      const args = ['-std=c99', ...STRICT_WARNINGS, 'models.c', 'main.c', '-o', 'program', '-lm'];
      await build(workspace, { tool: 'gcc', args, where: 'single' });
      const { exitCode, stdout } = await runProcess(`${workspace.folder}/program`, [], {
        cwd: workspace.folder,
        timeoutMs: 10_000,
      });
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '3 of 3\n' });
    }));

  test('includes nothing but headers of the C library', () => {
    const includes = single('first').contents.match(/^#include .*$/gm) ?? [];
    expect(includes.length).toBeGreaterThan(0);
    expect(includes.filter((line) => !/^#include <[a-z]+\.h>$/.test(line))).toEqual([]);
  });
});
