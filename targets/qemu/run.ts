import { harnessFor, sampleFiles } from '../harness/files.ts';
import { outputFile, parseHarnessLines } from '../harness/harness.ts';
import { type CPackage, isPackageSource, type Sample } from '../harness/package.ts';
import { type ImageUse, imageUse } from './image.ts';
import { QEMU_MACHINES } from './machines.ts';
import type { LayerCount } from './measure.ts';
import { type QemuProgram, type QemuProgramResult, runProgram } from './program.ts';

/** How to compile and run on an emulated processor. */
export interface QemuOptions extends Pick<QemuProgram, 'cpu' | 'optimize' | 'defines' | 'timeoutMs' | 'counter'> {
  /** Build and run a second time with `THIMBLE_PROFILE`, for counts per layer. Needs the plugin. */
  readonly perLayer: boolean;
  /** Symbols that hold weights, for packages whose weights are not in a file of their own. */
  readonly isWeight: (symbol: string) => boolean;
}

/** Cortex-M4, -O2, 10 minutes, totals only. */
export const DEFAULT_QEMU_OPTIONS: QemuOptions = {
  cpu: 'cortex-m4',
  optimize: '-O2',
  defines: [],
  timeoutMs: 600_000,
  counter: 'auto',
  perLayer: false,
  isWeight: () => false,
};

/** One inference. */
export interface QemuRunResult {
  /** What `<m>_run` returned. */
  readonly status: number;
  readonly outputs: readonly Uint8Array[];
  /** Executed instructions of `<m>_run`, predicated-off ones included; to the instruction when counted by the plugin. */
  readonly instructions: number;
  /** High-water mark: from the caller's stack pointer to the deepest word written. */
  readonly stackBytes: number;
  /** In the order of execution; empty unless asked for. Their sum is less than `instructions` by what lies between layers. */
  readonly layers: readonly LayerCount[];
}

/** All inferences of one program. */
export interface QemuResult {
  readonly runs: readonly QemuRunResult[];
  /** `plugin` is exact; `icount` is good to a tick of the machine's timer, 40 instructions on a Cortex-M4. */
  readonly counter: 'plugin' | 'icount';
  readonly use: ImageUse;
  readonly stdout: string;
  readonly elf: Uint8Array;
}

/**
 * Compiles a package for an emulated processor, runs it once per sample on a fresh arena and returns outputs, instruction
 * counts, stack and memory use. `outputBytes` are the sizes that the package's outputs must have; the inputs must have the
 * sizes of the first sample. Throws `tool-missing`, `c-build-failed` or `run-failed`.
 */
export async function runInQemu(
  model: CPackage,
  samples: readonly Sample[],
  outputBytes: readonly number[],
  options: Partial<QemuOptions> = {},
): Promise<QemuResult> {
  const full = { ...DEFAULT_QEMU_OPTIONS, ...options };
  const program = packageProgram(model, samples, outputBytes, full);
  const total = await runProgram(program);
  const profiled = full.perLayer
    ? await runProgram({ ...program, counter: 'plugin', defines: [...full.defines, 'THIMBLE_PROFILE=1'] })
    : undefined;
  const { lines, rest } = parseHarnessLines(total.stdout);
  const { instructionsPerTick } = QEMU_MACHINES[full.cpu].timer;
  const runs = lines.map(({ run, status, stackBytes, ticks }): QemuRunResult => {
    return {
      status,
      outputs: outputsOf(total, run, outputBytes.length),
      instructions: total.calls?.[run]?.instructions ?? Math.round(ticks * instructionsPerTick),
      stackBytes,
      layers: profiled?.calls?.[run]?.layers ?? [],
    };
  });
  const counter = total.calls === undefined ? 'icount' : 'plugin';
  return { runs, counter, use: imageUse(total.elf, full.isWeight), stdout: rest, elf: total.elf };
}

/** The files are listed run by run. */
function outputsOf({ files }: QemuProgramResult, run: number, outputs: number): readonly Uint8Array[] {
  return files.slice(run * outputs, (run + 1) * outputs);
}

/** The program that runs a package once per sample. */
export function packageProgram(
  model: CPackage,
  samples: readonly Sample[],
  outputBytes: readonly number[],
  { cpu, optimize, defines, timeoutMs, counter }: QemuOptions,
): QemuProgram {
  const harness = { path: 'main.c', contents: harnessFor(model.prefix, samples, outputBytes) };
  return {
    files: [...model.files, harness],
    sources: model.files.map(({ path }) => path).filter(isPackageSource),
    harnessSources: [harness.path],
    inputFiles: sampleFiles(samples),
    outputFiles: samples.flatMap((_, run) => outputBytes.map((_bytes, output) => outputFile(run, output))),
    ...{ cpu, optimize, defines, timeoutMs, counter },
  };
}
