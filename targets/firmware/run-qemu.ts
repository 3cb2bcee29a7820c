import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { elfSymbols } from '../elf.ts';
import { type Workspace, withWorkspace, writeFiles } from '../harness/workspace.ts';
import { QEMU_MACHINES, type QemuCpu } from '../qemu/machines.ts';
import { findMarks, pluginArguments, readCounts } from '../qemu/measure.ts';
import { buildPlugin } from '../qemu/program.ts';
import { TOOLCHAINS } from '../qemu/toolchains.ts';
import { findExecutable, requireTool } from '../tools.ts';
import type { Emulator } from './boards.ts';
import { type FirmwareRun, failed, parseVerdict, verdictLine } from './verdict.ts';

/**
 * Runs a firmware on one of QEMU's boards until it has told its verdict over the serial line. Instructions are counted where this computer
 * has gcc for the plugin. Throws `tool-missing` and `run-failed`.
 */
export async function runFirmwareInQemu(
  elf: Uint8Array,
  cpu: QemuCpu,
  emulator: Emulator & { readonly kind: 'qemu' },
  timeoutMs: number,
): Promise<FirmwareRun> {
  const qemu = requireTool(TOOLCHAINS[QEMU_MACHINES[cpu].toolchain].emulator);
  const hostCompiler = findExecutable('gcc');
  const where = `qemu:${emulator.machine}`;
  return withWorkspace(async (workspace) => {
    writeFiles(workspace, [{ path: 'firmware.elf', contents: elf }]);
    const marks = findMarks(elfSymbols(elf));
    const serial = [...Array.from({ length: emulator.serial }, () => 'null'), 'stdio'];
    const args = [
      ...['-machine', emulator.machine, ...emulator.machineArgs, '-kernel', 'firmware.elf'],
      ...['-display', 'none', '-monitor', 'none', '-net', 'none', '-no-reboot'],
      ...serial.flatMap((line) => ['-serial', line]),
    ];
    const run = (more: readonly string[]) => untilVerdict(qemu, [...args, ...more], workspace, timeoutMs);
    const plugin = ['-plugin', ['./count.so', 'out=counts.txt', ...pluginArguments(marks)].join(',')];
    if (hostCompiler !== undefined) await buildPlugin(workspace, hostCompiler, 1);
    let ended = await run(hostCompiler === undefined ? [] : plugin);
    const wanted = /minimum version of (\d+)/.exec(ended.stderr)?.[1];
    if (wanted !== undefined && hostCompiler !== undefined) {
      await buildPlugin(workspace, hostCompiler, Number(wanted));
      ended = await run(plugin);
    }
    if (ended.timedOut) throw failed(where, `told no verdict within ${timeoutMs / 1000} s`, ended.text + ended.stderr);
    if (verdictLine(ended.text) === undefined)
      throw failed(where, 'ended without a verdict', ended.text + ended.stderr);
    const verdict = parseVerdict(ended.text, where);
    const counts = hostCompiler === undefined ? [] : readCounts(readFileSync(countsPath(workspace), 'utf8'), marks);
    return { verdict, text: ended.text, instructions: counts[0]?.instructions ?? null, emulatedCycles: null };
  });
}

function countsPath({ folder }: Workspace): string {
  return join(folder, 'counts.txt');
}

interface Ended {
  /** Of the serial line. */
  readonly text: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** Starts QEMU and ends it, so that it can write its counts, as soon as the line of the verdict is there. */
function untilVerdict(path: string, args: readonly string[], { folder }: Workspace, timeoutMs: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let [text, stderr, timedOut] = ['', '', false];
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1').replaceAll('\r', '');
      if (verdictLine(text) !== undefined) child.kill('SIGTERM');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ text, stderr, timedOut });
    });
  });
}
