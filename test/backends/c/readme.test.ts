import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { packageOptions } from '../../../converter/package-options.ts';
import { convertToC, importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { isPackageSource } from '../../../targets/harness/package.ts';
import { build, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { runProcess } from '../../../targets/process.ts';
import { requireTool } from '../../../targets/tools.ts';
import { digitsInt8 } from '../../cli/run-cli.ts';
import { needTool } from '../../support/tools.ts';

const tools = needTool('gcc', 'g++');
const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(digitsInt8)), 'digits_int8.tflite'));
const { artifacts, program } = convertToC(graph, packageOptions('digits', { selfTestVectors: 1 }));
const files = artifacts.map(({ path, bytes }) => ({ path, contents: bytes }));

/** Compiles a main with the package, and gives the lines that it prints. */
async function linesOf(
  main: string,
  compiler: 'gcc' | 'g++',
  defines: readonly string[] = [],
): Promise<readonly string[]> {
  return withWorkspace(async (workspace) => {
    writeFiles(workspace, [...files, { path: 'main.c', contents: main }]);
    const sources = files.map(({ path }) => path).filter(isPackageSource);
    const standard = compiler === 'gcc' ? '-std=c99' : '-std=c++17';
    const language = compiler === 'gcc' ? [] : ['-x', 'c++'];
    const flags = [standard, ...STRICT_WARNINGS, '-Iinclude', '-Isrc', ...defines, ...language];
    await build(workspace, {
      tool: requireTool(compiler),
      args: [...flags, 'main.c', ...sources, '-o', 'main'],
      where: 'main.c',
    });
    const ended = await runProcess(join(workspace.folder, 'main'), [], { cwd: workspace.folder, timeoutMs: 30_000 });
    expect(ended.exitCode).toBe(0);
    return ended.stdout.trim().split('\n');
  });
}

const input = graph.inputs[0];
const port = program.outputs[0]?.operand.type;

describe.skipIf(!tools.available)('what the README of a package says', () => {
  it('is a program of 15 lines that runs and prints what the reference computes', async () => {
    const readme = Buffer.from(files.find(({ path }) => path === 'README.md')?.contents ?? '').toString('utf8');
    const snippet = /```c\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(snippet.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(15);
    const printed = (await linesOf(snippet, 'gcc')).map(Number);
    if (input === undefined || port?.quantization.kind !== 'per-tensor') throw new Error('digits is quantized');
    const zero = new Int8Array(64).fill(-128);
    const [output] = evaluateGraph(graph, [{ type: program.inputs[0]?.operand.type ?? port, data: zero }]);
    const { scale, zeroPoint } = port.quantization;
    const reals = [...(output?.data ?? [])].map((stored) => scale * (Number(stored) - zeroPoint));
    expect(printed).toHaveLength(10);
    printed.forEach((value, i) => void expect(value).toBeCloseTo(reals[i] ?? Number.NaN, 5));
  });

  const halves = [0, 0.5, -0.5, 0.49999997, 1.5, 126.5, 127.5, 254.4999, 255, 256, 1e30, -1e30, -1];
  it.each(['gcc', 'g++'] as const)('stores real numbers as the operator quantize does, with %s', async (compiler) => {
    const main = `#include "digits.h"
#include <stdio.h>
#include <math.h>
int main(void)
{
    static const float steps[] = {${halves.map((value) => `${value.toExponential()}f`).join(', ')}};
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        printf("%d\\n", digits_quantize_input_0(steps[i] * DIGITS_INPUT_0_SCALE));
    }
    printf("%d\\n%d\\n", digits_quantize_input_0(NAN), digits_quantize_input_0(INFINITY));
    printf("%g\\n%g\\n", (double)digits_dequantize_output_0(-128), (double)digits_dequantize_output_0(127));
    return 0;
}
`;
    const scale = 0.003921569;
    const stored = (step: number) => {
      const q = Math.fround(Math.fround(step * Math.fround(scale)) / Math.fround(scale));
      const whole = Math.sign(q) * Math.floor(Math.abs(q) + 0.5);
      return Math.min(127, Math.max(-128, whole - 128));
    };
    const expected = [...halves.map((half) => stored(Math.fround(half))), -128, 127, 0, 255 * 0.00390625];
    expect((await linesOf(main, compiler)).map(Number)).toEqual(expected.map((value) => Number(value.toPrecision(6))));
  });

  it('calls thimble_yield behind each layer, with profile hooks or without', async () => {
    const main = `#include "digits.h"
#include <stdio.h>
void thimble_yield(int layer);
void thimble_profile_begin(int layer);
void thimble_profile_end(int layer);
static int yields[DIGITS_LAYERS], begun, ended;
void thimble_yield(int layer) { yields[layer]++; }
void thimble_profile_begin(int layer) { (void)layer; begun++; }
void thimble_profile_end(int layer) { (void)layer; ended++; }
static double arena[(DIGITS_ARENA_BYTES + 7) / 8];
int main(void)
{
    int missing = 0;
    if (digits_run(arena) != DIGITS_OK) return 1;
    for (int i = 0; i < DIGITS_LAYERS; i++) missing += yields[i] == 0;
    printf("%d %d\\n", missing, begun - ended);
    return 0;
}
`;
    const layers = `-DDIGITS_LAYERS=${program.steps.length}`;
    for (const defines of [['-DTHIMBLE_YIELD'], ['-DDIGITS_YIELD', '-DTHIMBLE_PROFILE']]) {
      expect(await linesOf(main, 'gcc', [layers, ...defines])).toEqual(['0 0']);
    }
    expect(await linesOf(main, 'gcc', [layers])).toEqual([`${program.steps.length} 0`]);
  });
});
