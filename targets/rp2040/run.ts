import { fileURLToPath } from 'node:url';
import { elfSymbols } from '../elf.ts';
import { outputFile, parseHarnessLines } from '../harness/harness.ts';
import { type CPackage, isPackageSource, type PackageFile, type Sample } from '../harness/package.ts';
import { runFailed, withWorkspace } from '../harness/workspace.ts';
import { buildImageWith, type ImagePort, type ImageSource, type ImageUse, imageUse } from '../qemu/image.ts';
import { findMarks, type LayerCount, readCounts } from '../qemu/measure.ts';
import { DEFAULT_QEMU_OPTIONS, packageProgram } from '../qemu/run.ts';
import { TOOLCHAINS } from '../qemu/toolchains.ts';
import { requireTool } from '../tools.ts';
import { PICO } from './board.ts';
import { emulate, type FlashResult, VECTOR_TABLE } from './emulate.ts';
import { loadedParts } from './flash.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Start-up, serial line, and the measured call, which is that of the other Cortex-M. */
const PORT: ImagePort = {
  sources: [path('./support/start.c'), path('./support/port.c'), path('../qemu/support/cortex-m.S')],
  defines: [],
};

/** How long a program may run: a minute of a Pico, more than any model that fits takes for some inferences. */
const MAX_INSTRUCTIONS = 8e9;

/** What the emulator needs besides rp2040js: names in targets/tools.json. */
export const rp2040Tools: readonly string[] = [TOOLCHAINS.arm.compiler, TOOLCHAINS.arm.library];

/** One inference on the emulated RP2040. */
export interface Rp2040RunResult {
  /** What `<m>_run` returned. */
  readonly status: number;
  readonly outputs: readonly Uint8Array[];
  /** Executed instructions of `<m>_run`, exact. */
  readonly instructions: number;
  /** Cycles by the emulator's count, the call included; waiting for the flash is not in it. */
  readonly cycles: number;
  readonly stackBytes: number;
  /** In the order of execution. Empty unless asked for. */
  readonly layers: readonly LayerCount[];
}

export interface Rp2040Result {
  readonly runs: readonly Rp2040RunResult[];
  readonly use: ImageUse;
  readonly elf: Uint8Array;
}

/**
 * Compiles a package for the RP2040 and runs it once per sample on rp2040js: {@link runInQemu} on another emulator. `perLayer` runs all
 * samples a second time. Throws `tool-missing`, `c-build-failed` or `run-failed`.
 */
export async function runOnRp2040(
  model: CPackage,
  samples: readonly Sample[],
  outputBytes: readonly number[],
  perLayer = false,
): Promise<Rp2040Result> {
  const program = packageProgram(model, samples, outputBytes, { ...DEFAULT_QEMU_OPTIONS, perLayer });
  const total = await run(program, program.inputFiles);
  const counts = total.calls;
  const profiled = perLayer ? await run({ ...program, defines: ['THIMBLE_PROFILE=1'] }, program.inputFiles) : null;
  const runs = parseHarnessLines(total.result.stdout).lines.map((line): Rp2040RunResult => {
    return {
      status: line.status,
      outputs: outputBytes.map((_, i) => total.result.written.get(outputFile(line.run, i)) ?? new Uint8Array(0)),
      instructions: counts[line.run]?.instructions ?? 0,
      cycles: total.result.cycles[line.run] ?? 0,
      stackBytes: line.stackBytes,
      layers: profiled?.calls[line.run]?.layers ?? [],
    };
  });
  return { runs, use: imageUse(total.elf), elf: total.elf };
}

/** Runs the self test of a package: 0 where every golden vector agrees, else one more than the number of the first that does not. */
export async function selftestOnRp2040({ prefix, files }: CPackage): Promise<number> {
  const main = {
    path: 'main.c',
    contents: `#include "port.h"\nint ${prefix}_selftest(void);\n\nint main(void)\n{\n    const int failed = ${prefix}_selftest();\n    port_print("@selftest ");\n    port_print_u32((uint32_t)failed);\n    port_print("\\n");\n    return 0;\n}\n`,
  };
  const selftest = `test/${prefix}_selftest.c`;
  const sources = files.map((file) => file.path).filter(isPackageSource);
  const source: ImageSource = {
    files: [...files, main],
    sources: [...sources, selftest],
    harnessSources: [main.path],
    defines: [],
    optimize: '-O2',
  };
  const { result } = await run(source, []);
  const failed = /^@selftest (\d+)$/m.exec(result.stdout)?.[1];
  if (failed === undefined) throw ended(result);
  return Number(failed);
}

function ended({ exitCode, stdout }: FlashResult) {
  return runFailed('rp2040js', { exitCode, stdout, stderr: '', timedOut: false });
}

function run(source: ImageSource, inputFiles: readonly PackageFile[]) {
  const compiler = requireTool(TOOLCHAINS.arm.compiler);
  return withWorkspace(async (workspace) => {
    const elf = await buildImageWith(workspace, compiler, PICO, PORT, source);
    const symbols = elfSymbols(elf);
    const isMeasured = symbols.some(({ name }) => name === 'port_mark_begin');
    const marks = isMeasured ? findMarks(symbols) : null;
    const files = new Map(inputFiles.map(({ path: name, contents }) => [name, bytesOf(contents)]));
    const parts = loadedParts(elf);
    const options = { vectorTable: VECTOR_TABLE, files, marks, maxInstructions: MAX_INSTRUCTIONS };
    const result = await emulate({ parts, ...options });
    if (result.exitCode !== 0) throw ended(result);
    return { elf, result, calls: marks === null ? [] : readCounts(result.events, marks) };
  });
}

function bytesOf(contents: PackageFile['contents']): Uint8Array {
  return typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
}
