import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { profileText } from '../../../converter/backends/c/support.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import type { PackageFile } from '../../../targets/harness/package.ts';
import { build, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { runProcess } from '../../../targets/process.ts';
import { findExecutable } from '../../../targets/tools.ts';
import { packageOf, plainOptions } from './batch.ts';
import { tinyModel } from './tiny.ts';

const sources: readonly (readonly [string, string, readonly string[]])[] = [
  ['DWT', 'arm-none-eabi-gcc', ['-mcpu=cortex-m4', '-mthumb']],
  ['SYSTICK', 'arm-none-eabi-gcc', ['-mcpu=cortex-m0plus', '-mthumb']],
  ['MCYCLE', 'riscv64-unknown-elf-gcc', ['-march=rv32imc', '-mabi=ilp32', '-ffreestanding']],
  ['TICKS=clock_now', 'gcc', []],
];

describe('ticks of layers', () => {
  it.each(sources)('come from %s', async (source, tool, flags) => {
    if (findExecutable(tool) === undefined) return;
    await withWorkspace(async (workspace) => {
      writeFiles(workspace, [{ path: 'm_profile.c', contents: profileText('m', 3) }]);
      const args = [
        '-std=c99',
        ...STRICT_WARNINGS,
        ...flags,
        `-DM_PROFILE_${source}`,
        '-c',
        'm_profile.c',
        '-o',
        'm.o',
      ];
      await build(workspace, { tool, args, where: source });
    });
  });

  it('are wanted from somewhere', async () => {
    if (findExecutable('gcc') === undefined) return;
    const compile = withWorkspace(async (workspace) => {
      writeFiles(workspace, [{ path: 'm_profile.c', contents: profileText('m', 3) }]);
      await build(workspace, { tool: 'gcc', args: ['-c', 'm_profile.c', '-o', 'm.o'], where: 'm_profile.c' });
    });
    await expect(compile).rejects.toThrow('define M_PROFILE_DWT');
  });

  it.skipIf(findExecutable('gcc') === undefined)('add up for each layer, and cost nothing without the macro', () =>
    withWorkspace(async (workspace) => {
      const { graph, input } = tinyModel('exact');
      const files: readonly PackageFile[] = packageOf(graph, plainOptions('tiny'));
      const main = `#include "tiny.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>
extern uint32_t tiny_layer_ticks[];
void tiny_ticks_start(void);
uint32_t clock_now(void);
uint32_t clock_now(void) { static uint32_t now = 4294967290u; return now += 7; }
static double arena[TINY_ARENA_BYTES / 8 + 1];
static const unsigned char input[] = {${toBytes(input.data).join(', ')}};
int main(void)
{
    tiny_ticks_start();
    for (int run = 0; run < 2; run++) {
        memcpy(tiny_input(arena, 0), input, sizeof input);
        if (tiny_run(arena) != TINY_OK) return 1;
    }
    printf("%u %u %u", tiny_layer_ticks[0], tiny_layer_ticks[1], tiny_layer_ticks[2]);
    return 0;
}
`;
      writeFiles(workspace, [...files, { path: 'main.c', contents: main }]);
      const package_ = ['src/tiny.c', 'src/tiny_layers.c', 'src/tiny_weights.c'];
      const flags = ['-std=c99', '-Iinclude', '-DTINY_PROFILE', '-DTINY_PROFILE_TICKS=clock_now'];
      const args = [...flags, 'main.c', ...package_, 'test/tiny_profile.c', '-o', 'program', '-lm'];
      await build(workspace, { tool: 'gcc', args, where: 'tiny' });
      const ended = await runProcess(`${workspace.folder}/program`, [], { cwd: workspace.folder, timeoutMs: 10_000 });
      expect(ended.stdout).toBe('14 14 14');
      await build(workspace, { tool: 'gcc', args: ['-Iinclude', '-c', 'src/tiny.c', '-o', 'plain.o'], where: 'tiny' });
      expect(readFileSync(`${workspace.folder}/plain.o`).includes('profile')).toBe(false);
    }),
  );
});
