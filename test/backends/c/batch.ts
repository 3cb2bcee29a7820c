import { expect } from 'vitest';
import { usualSelection } from '../../../converter/backends/c/choice.ts';
import { emitC } from '../../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import type { COptions } from '../../../converter/backends/c/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import type { Program } from '../../../converter/plan/program.ts';
import { fromBytes, toBytes } from '../../../converter/tensor/dtype.ts';
import { byteSize, type Tensor } from '../../../converter/tensor/tensor.ts';
import type { PackageFile } from '../../../targets/harness/package.ts';
import { build, readBytes, STRICT_WARNINGS, withWorkspace, writeFiles } from '../../../targets/harness/workspace.ts';
import { runProcess } from '../../../targets/process.ts';

/** A model to be run in C, with inputs. */
export interface Case {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
  /** The program of the graph, where it is not simply the list of its layers. */
  readonly program?: Program;
}

/** Options for a package `prefix` with nothing special. */
export function plainOptions(prefix: string): COptions {
  return {
    ...{ prefix, commandLine: `thimble convert ${prefix}.tflite`, toolVersion: '0.0.0', modelSha256: null },
    ...{ labels: null, preprocessing: [], vectors: [], tolerance: 1e-5, cpu: null, kernels: usualSelection },
    ...{ layouts: [], singleHeader: false },
  };
}

/** The package of a graph, or of a program that is made of it, as files. */
export function packageOf(
  graph: Graph,
  options: COptions,
  program: Program = lowerGraph(graph, cKernelNeeds),
): PackageFile[] {
  return emitC(program, planMemory(program), options).map(({ path, bytes }) => ({ path, contents: bytes }));
}

/** How a batch is compiled. */
export interface BatchOptions {
  readonly compiler: 'gcc' | 'clang' | 'g++' | 'clang++';
  readonly flags: readonly string[];
}

export const SANITIZED: BatchOptions = {
  compiler: 'gcc',
  flags: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
};

/** Other compilers have other warnings; without optimization, since the numbers were compared already. */
export const OTHER_COMPILERS: readonly BatchOptions[] = [
  { compiler: 'clang', flags: ['-O0'] },
  { compiler: 'g++', flags: ['-O0'] },
];

/** Compiles all cases into one program, runs it, and returns the outputs of each case. */
export function runBatch(cases: readonly Case[], { compiler, flags }: BatchOptions): Promise<Tensor[][]> {
  return withWorkspace(async (workspace) => {
    const names = cases.map((_, i) => `m${i}`);
    cases.forEach(({ graph, inputs, program }, i) => {
      const files = packageOf(graph, plainOptions(names[i] ?? ''), program);
      writeFiles(workspace, files);
      writeFiles(
        workspace,
        inputs.map(({ data }, k) => ({ path: `in_${i}_${k}.bin`, contents: toBytes(data) })),
      );
    });
    writeFiles(workspace, [{ path: 'main.c', contents: mainSource(cases, names) }]);
    const plusPlus = compiler.endsWith('++');
    const standard = plusPlus ? ['-x', 'c++', '-std=c++11'] : ['-std=c99'];
    const args = [...standard, ...STRICT_WARNINGS, ...flags, '-Iinclude', '-Isrc', 'main.c', '-o', 'program', '-lm'];
    await build(workspace, { tool: compiler, args, where: `a batch of ${cases.length} models` });
    const ended = await runProcess(`${workspace.folder}/program`, [], {
      cwd: workspace.folder,
      timeoutMs: 60_000,
      env: { ASAN_OPTIONS: 'detect_leaks=0' },
    });
    if (ended.exitCode !== 0) throw new Error(`exit code ${ended.exitCode}\n${ended.stdout}${ended.stderr}`);
    return cases.map(({ graph }, i) =>
      graph.outputs.map((port, k) => {
        const type = graph.values.get(port.value)?.type;
        if (type === undefined) throw new Error('no type');
        return { type, data: fromBytes(type.dtype, readBytes(workspace, `out_${i}_${k}.bin`)) };
      }),
    );
  });
}

/** All sources of all packages in one file: their names must not clash. */
function mainSource(cases: readonly Case[], names: readonly string[]): string {
  const includes = names.flatMap((m) => ['', '_layers', '_weights'].map((part) => `#include "src/${m}${part}.c"`));
  const runs = cases.map(({ graph }, i) => {
    const m = names[i] ?? '';
    const sizes = (ports: Graph['inputs']) => ports.map(({ value }) => byteSize(typeOf(graph, value)));
    return `static int run_${m}(void)
{
    static union { double align; unsigned char bytes[${m.toUpperCase()}_ARENA_BYTES + 1]; } arena;
    memset(arena.bytes, 0x5A, sizeof arena.bytes);
    ${graph.states.length === 0 ? '' : `if (${m}_reset(arena.bytes) != 0) return 5;`}
    ${sizes(graph.inputs)
      .map((size, k) => `if (transfer("in_${i}_${k}.bin", "rb", ${m}_input(arena.bytes, ${k}), ${size})) return 1;`)
      .join('\n    ')}
    if (${m}_run(arena.bytes) != 0 || arena.bytes[${m.toUpperCase()}_ARENA_BYTES] != 0x5A) return 2;
    if (${m}_run(NULL) != ${m.toUpperCase()}_ERROR_NULL_ARENA) return 3;
    if (${m}_run(arena.bytes + 1) != ${m.toUpperCase()}_ERROR_MISALIGNED_ARENA) return 4;
    ${sizes(graph.outputs)
      .map(
        (size, k) =>
          `if (transfer("out_${i}_${k}.bin", "wb", (void *)(uintptr_t)${m}_output(arena.bytes, ${k}), ${size})) return 1;`,
      )
      .join('\n    ')}
    return 0;
}`;
  });
  return `${includes.join('\n')}
#include <stdio.h>
static int transfer(const char *name, const char *mode, void *data, size_t size)
{
    FILE *file = fopen(name, mode);
    if (file == NULL) return 1;
    const size_t done = mode[0] == 'r' ? fread(data, 1, size, file) : fwrite(data, 1, size, file);
    return fclose(file) != 0 || done != size;
}
${runs.join('\n')}
int main(void)
{
    ${names.map((m) => `{ const int status = run_${m}(); if (status != 0) { printf("${m}: %d\\n", status); return 1; } }`).join('\n    ')}
    return 0;
}
`;
}

function typeOf(graph: Graph, value: Graph['inputs'][number]['value']) {
  const found = graph.values.get(value);
  if (found === undefined) throw new Error(`no value %${value}`);
  return found.type;
}

/** Runs the cases in C and in the reference evaluator and expects equal bytes, floats within 1e-5 of 1 + the largest value. */
export async function expectSameAsReference(cases: readonly Case[], options: BatchOptions): Promise<void> {
  const results = await runBatch(cases, options);
  cases.forEach(({ name, graph, inputs }, i) => {
    const expected = evaluateGraph(graph, inputs);
    expected.forEach((tensor, k) => {
      const actual = results[i]?.[k];
      if (tensor.type.dtype !== 'float32') {
        expect(actual?.data, `${name}, output ${k}`).toEqual(tensor.data);
        return;
      }
      const values = Array.from(actual?.data ?? [], Number);
      const largest = Array.from(tensor.data, Number).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      Array.from(tensor.data, Number).forEach((value, at) => {
        const error = Math.abs((values[at] ?? Number.NaN) - value);
        expect(
          error <= 1e-5 * (1 + largest) || Object.is(values[at], value),
          `${name}[${at}]: ${values[at]} is not ${value}`,
        ).toBe(true);
      });
    });
  });
}
