import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError, invariant } from '../../converter/problem.ts';
import { elfSymbols } from '../elf.ts';
import type { PackageFile } from '../harness/package.ts';
import { build, readBytes, runFailed, type Workspace, withWorkspace, writeFiles } from '../harness/workspace.ts';
import { type ProcessResult, runProcess } from '../process.ts';
import { findExecutable, requireTool } from '../tools.ts';
import { type CallBlocks, readBlocks } from './blocks.ts';
import { buildImage, type ImageSource } from './image.ts';
import { QEMU_MACHINES, type QemuCpu, type Timer } from './machines.ts';
import { type CallCount, findMarks, pluginArguments, readCounts } from './measure.ts';
import { TOOLCHAINS } from './toolchains.ts';

/** A bare-metal program and how to run it. `main` is in one of the sources; it may use everything of `port.h`. */
export interface QemuProgram extends ImageSource {
  readonly cpu: QemuCpu;
  /** Put into the working folder before the run. */
  readonly inputFiles: readonly PackageFile[];
  /** Read from the working folder after the run. */
  readonly outputFiles: readonly string[];
  readonly timeoutMs: number;
  /**
   * `plugin` counts exactly and needs gcc on this computer; `blocks` also keeps how often each block was executed; `icount`
   * reads a timer of 40 instructions per tick or so and knows no layers; `auto` takes the plugin where it can.
   */
  readonly counter: 'auto' | 'plugin' | 'blocks' | 'icount';
}

/** What a program did. */
export interface QemuProgramResult {
  readonly exitCode: number;
  /** What the program printed. */
  readonly stdout: string;
  /** In the order of {@link QemuProgram.outputFiles}. */
  readonly files: readonly Uint8Array[];
  /** One per `port_call` of the program, in order; undefined when counted by `icount`. */
  readonly calls: readonly CallCount[] | undefined;
  /** The executed blocks of the same calls; empty unless counted by `blocks`. */
  readonly blocks: readonly CallBlocks[];
  /** The linked program. */
  readonly elf: Uint8Array;
}

/** Instructions of the loops that every run begins with: support/cortex-m.S, support/riscv-call.S. */
const CALIBRATION = [4 * 1000 + 3, 4 * 98_304 + 3] as const;

/** At most so many instructions lie between a reading of the timer and the measured call. */
const TIMER_READ_INSTRUCTIONS = 20;

/** What the emulator of a processor needs beside the host's gcc: names in targets/tools.json. */
export function qemuTools(cpu: QemuCpu): readonly string[] {
  const { compiler, library, emulator } = TOOLCHAINS[QEMU_MACHINES[cpu].toolchain];
  return [compiler, library, emulator];
}

/**
 * Builds a program, runs it in QEMU and counts the instructions of each `port_call`.
 * Throws `tool-missing`, `c-build-failed`, `run-failed` (fault, time over or an exit code other than 0).
 */
export function runProgram(program: QemuProgram): Promise<QemuProgramResult> {
  const machine = QEMU_MACHINES[program.cpu];
  const toolchain = TOOLCHAINS[machine.toolchain];
  const compiler = requireTool(toolchain.compiler);
  const qemu = requireTool(toolchain.emulator);
  const hostCompiler =
    program.counter === 'icount' ? undefined : program.counter === 'auto' ? findExecutable('gcc') : requireTool('gcc');
  return withWorkspace(async (workspace) => {
    const [elf] = await Promise.all([
      buildImage(workspace, compiler, machine, program),
      hostCompiler === undefined ? undefined : buildPlugin(workspace, hostCompiler, 1),
    ]);
    writeFiles(workspace, program.inputFiles);
    const marks = findMarks(elfSymbols(elf));
    const machineArgs = ['-machine', machine.machine, ...machine.machineArgs, '-kernel', 'image.elf', ...QUIET];
    const start = (args: readonly string[]) =>
      runProcess(qemu, [...machineArgs, ...args], { cwd: workspace.folder, timeoutMs: program.timeoutMs });
    const ended =
      hostCompiler === undefined
        ? await start(['-icount', 'shift=0'])
        : await runWithPlugin(workspace, hostCompiler, start, [
            ...pluginArguments(marks),
            ...(program.counter === 'blocks' ? ['blocks=on'] : []),
          ]);
    const printed = readConsole(workspace);
    if (ended.exitCode !== 0) throw runFailed('QEMU', { ...ended, stdout: `${ended.stdout}${printed}` });
    const { clock, stdout } = splitClock(printed);
    const calls = hostCompiler === undefined ? undefined : checkedCounts(workspace, marks);
    if (calls === undefined) checkClock(clock, machine.timer);
    const blocks = program.counter === 'blocks' ? readBlocks(readCountsFile(workspace), marks, elf) : [];
    const files = program.outputFiles.map((path) => readBytes(workspace, path));
    return { exitCode: ended.exitCode, stdout, files, calls, blocks: blocks.slice(CALIBRATION.length), elf };
  });
}

/** No window, monitor, serial line or network; semihosting prints into a file. */
const QUIET: readonly string[] = [
  ...['-display', 'none', '-monitor', 'none', '-serial', 'none', '-net', 'none', '-no-reboot'],
  ...['-chardev', 'file,id=console,path=console.txt'],
  ...['-semihosting-config', 'enable=on,target=native,chardev=console'],
];

/** Compiles the counting plugin for a version of QEMU's plugin interface. */
export function buildPlugin(workspace: Workspace, compiler: string, api: number): Promise<void> {
  const source = fileURLToPath(new URL('./support/count.c', import.meta.url));
  const args = ['-shared', '-fPIC', '-O2', `-DPLUGIN_API=${api}`, source, '-o', 'count.so'];
  return build(workspace, { tool: compiler, args, where: 'the counting plugin' });
}

/** Runs with the plugin; a QEMU that wants a newer interface says which, and gets it. */
async function runWithPlugin(
  workspace: Workspace,
  compiler: string,
  start: (args: readonly string[]) => Promise<ProcessResult>,
  marks: readonly string[],
): Promise<ProcessResult> {
  const args = ['-plugin', ['./count.so', 'out=counts.txt', ...marks].join(',')];
  const first = await start(args);
  const wanted = /minimum version of (\d+)/.exec(first.stderr)?.[1];
  if (first.exitCode === 0 || wanted === undefined) return first;
  await buildPlugin(workspace, compiler, Number(wanted));
  return start(args);
}

function readConsole({ folder }: Workspace): string {
  try {
    return readFileSync(join(folder, 'console.txt'), 'utf8');
  } catch {
    return '';
  }
}

/** Takes the line `@clock a b`, the timer's view of the calibration loops, out of the text. */
function splitClock(text: string): { readonly clock: readonly number[]; readonly stdout: string } {
  const match = /^@clock (\d+) (\d+)\n/m.exec(text);
  if (match === null) throw new InternalError('the test program did not calibrate its clock');
  const clock = [Number(match[1]), Number(match[2])];
  return { clock, stdout: text.slice(0, match.index) + text.slice(match.index + match[0].length) };
}

/** The timer may be off by one tick at each end. */
function checkClock(clock: readonly number[], { instructionsPerTick }: Timer): void {
  clock.forEach((ticks, i) => {
    const expected = CALIBRATION[i] ?? Number.NaN;
    const off = Math.abs(ticks * instructionsPerTick - expected);
    invariant(
      off <= 2 * instructionsPerTick + TIMER_READ_INSTRUCTIONS,
      `a loop of ${expected} instructions took ${ticks} ticks`,
    );
  });
}

function readCountsFile({ folder }: Workspace): string {
  return readFileSync(join(folder, 'counts.txt'), 'utf8');
}

/** The program's calls, after checking that the calibration loops were counted to the instruction. */
function checkedCounts(workspace: Workspace, marks: Parameters<typeof readCounts>[1]): readonly CallCount[] {
  const all = readCounts(readCountsFile(workspace), marks);
  CALIBRATION.forEach((expected, i) => {
    const counted = all[i]?.instructions;
    invariant(counted === expected, `a loop of ${expected} instructions was counted as ${counted}`);
  });
  return all.slice(CALIBRATION.length);
}
