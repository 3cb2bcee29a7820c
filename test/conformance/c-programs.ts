import type { Graph } from '../../converter/ir/graph.ts';
import { typeOf } from '../../converter/ir/graph.ts';
import { ProblemError } from '../../converter/problem.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize, type Tensor } from '../../converter/tensor/tensor.ts';
import type { PackageFile } from '../../targets/harness/package.ts';
import {
  build,
  readBytes,
  STRICT_WARNINGS,
  type Workspace,
  withWorkspace,
  writeFiles,
} from '../../targets/harness/workspace.ts';
import { runProcess } from '../../targets/process.ts';
import { packageOf, plainOptions } from '../backends/c/batch.ts';
import type { RunOutcome } from './job.ts';

/** A graph with the inputs of each of its runs, as a C package. */
export interface CProgram {
  readonly graph: Graph;
  readonly steps: readonly (readonly Tensor[])[];
  /** The package, whose prefix no other one of the batch may have. */
  readonly prefix: string;
  readonly files: readonly PackageFile[];
}

/** What is compiled once and run for a moment wants less optimization than what computes for long. */
export type Optimize = '-O0' | '-O1';

/** The package of a graph. Throws ProblemError with what has no C kernel. */
export function cProgram(graph: Graph, steps: CProgram['steps'], prefix: string): CProgram {
  return { graph, steps, prefix, files: packageOf(graph, plainOptions(prefix)) };
}

/**
 * Compiles all packages into one program and runs it; the results follow `programs`. A package that does not compile, crashes or
 * fails spoils only its own result.
 */
export async function runCPrograms(
  programs: readonly CProgram[],
  optimize: Optimize = '-O0',
): Promise<readonly RunOutcome[]> {
  if (programs.length === 0) return [];
  try {
    return await withWorkspace((workspace) => compileAndRun(workspace, programs, optimize));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problems[0]?.code !== 'c-build-failed') throw error;
    if (programs.length === 1) return [{ kind: 'wrong', why: error.message.slice(0, 2000) }];
    const half = Math.ceil(programs.length / 2);
    return [
      ...(await runCPrograms(programs.slice(0, half), optimize)),
      ...(await runCPrograms(programs.slice(half), optimize)),
    ];
  }
}

async function compileAndRun(
  workspace: Workspace,
  programs: readonly CProgram[],
  optimize: Optimize,
): Promise<readonly RunOutcome[]> {
  for (const { prefix, files, steps } of programs) {
    writeFiles(workspace, files);
    const inputs = steps.flatMap((tensors, s) => {
      return tensors.map(({ data }, k) => ({ path: `${prefix}_in_${s}_${k}.bin`, contents: toBytes(data) }));
    });
    writeFiles(workspace, inputs);
  }
  writeFiles(workspace, [{ path: 'main.c', contents: mainSource(programs) }]);
  const flags = ['-std=c99', optimize, ...STRICT_WARNINGS, '-Iinclude', '-Isrc'];
  const args = [...flags, 'main.c', '-o', 'program', '-lm'];
  await build(workspace, { tool: 'gcc', args, where: `a batch of ${programs.length} cases` });
  const outcomes: RunOutcome[] = [];
  // Each round ends at the end of the batch or at a package that crashes; the next begins behind that.
  while (outcomes.length < programs.length) {
    const ended = await runProcess(`${workspace.folder}/program`, [String(outcomes.length)], {
      ...{ cwd: workspace.folder, timeoutMs: 120_000 },
    });
    for (const line of ended.stdout.split('\n').filter((text) => text !== '')) {
      outcomes.push(outcomeOf(workspace, programs[outcomes.length], line));
    }
    if (outcomes.length < programs.length) {
      const how = ended.timedOut ? 'does not end' : `crashes (exit code ${ended.exitCode ?? 'none, a signal'})`;
      outcomes.push({ kind: 'wrong', why: `the C program ${how} ${ended.stderr}`.trim() });
    }
  }
  return outcomes;
}

function outcomeOf(workspace: Workspace, program: CProgram | undefined, status: string): RunOutcome {
  if (program === undefined) throw new Error(`a result of no case: ${status}`);
  if (status !== '0') return { kind: 'wrong', why: `the C program ended with ${statuses[Number(status)] ?? status}` };
  const { graph, prefix, steps } = program;
  const outputs = steps.map((_, s) =>
    graph.outputs.map(({ value }, k): Tensor => {
      const type = typeOf(graph, value);
      return { type, data: fromBytes(type.dtype, readBytes(workspace, `${prefix}_out_${s}_${k}.bin`)) };
    }),
  );
  return { kind: 'ran', outputs };
}

const statuses = [
  '',
  'a file that it cannot read or write',
  'a failed run',
  'a byte behind the arena overwritten',
  'a failed reset',
];

/** All sources of all packages in one file, and a main function that runs them from the given number on and prints a status for each. */
function mainSource(programs: readonly CProgram[]): string {
  const includes = programs.flatMap(({ prefix }) =>
    ['', '_layers', '_weights'].map((part) => `#include "src/${prefix}${part}.c"`),
  );
  return `${includes.join('\n')}
#include <stdio.h>
#include <stdlib.h>
static int transfer(const char *name, const char *mode, void *data, size_t size)
{
    FILE *file = fopen(name, mode);
    if (file == NULL) return 1;
    const size_t done = mode[0] == 'r' ? fread(data, 1, size, file) : fwrite(data, 1, size, file);
    return fclose(file) != 0 || done != size;
}
${programs.map(runSource).join('\n')}
int main(int count, char **arguments)
{
    static int (*const runs[])(void) = { ${programs.map(({ prefix }) => `run_${prefix}`).join(', ')} };
    const size_t first = count > 1 ? (size_t)atol(arguments[1]) : 0;
    for (size_t i = first; i < sizeof runs / sizeof runs[0]; i++) {
        printf("%d\\n", runs[i]());
        fflush(stdout);
    }
    return 0;
}
`;
}

/** A function that runs the steps of one package in an arena full of rubbish, with a guard behind it. */
function runSource({ prefix, graph, steps }: CProgram): string {
  const arenaBytes = `${prefix.toUpperCase()}_ARENA_BYTES`;
  const size = (value: Graph['inputs'][number]['value']) => byteSize(typeOf(graph, value));
  const lines = steps.flatMap((_, s) => [
    ...graph.inputs.map(({ value }, k) => {
      return `if (transfer("${prefix}_in_${s}_${k}.bin", "rb", ${prefix}_input(arena, ${k}), ${size(value)})) return 1;`;
    }),
    `if (${prefix}_run(arena) != 0) return 2;`,
    `for (size_t i = 0; i < 64; i++) if (arena[${arenaBytes} + i] != 0x5A) return 3;`,
    ...graph.outputs.map(({ value }, k) => {
      const data = `(void *)(uintptr_t)${prefix}_output(arena, ${k})`;
      return `if (transfer("${prefix}_out_${s}_${k}.bin", "wb", ${data}, ${size(value)})) return 1;`;
    }),
  ]);
  return `static int run_${prefix}(void)
{
    unsigned char *arena = malloc(${arenaBytes} + 64);
    if (arena == NULL) return 1;
    memset(arena, 0x5A, ${arenaBytes} + 64);
    ${graph.states.length === 0 ? '' : `if (${prefix}_reset(arena) != 0) return 4;`}
    ${lines.join('\n    ')}
    free(arena);
    return 0;
}`;
}
