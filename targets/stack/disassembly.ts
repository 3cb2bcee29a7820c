import { join } from 'node:path';
import { ProblemError } from '../../converter/problem.ts';
import { type ElfSymbol, elfSymbols, isForArm } from '../elf.ts';
import { type Workspace, withWorkspace, writeFiles } from '../harness/workspace.ts';
import { runProcess } from '../process.ts';
import { requireTool } from '../tools.ts';
import type { Instruction } from './instruction.ts';

/** The code of a linked program. */
export interface Disassembly {
  readonly instructions: ReadonlyMap<number, Instruction>;
  /** Words that lie between instructions: literals of the code, by address. */
  readonly words: ReadonlyMap<number, number>;
  /** Functions in the order of their addresses; one without a size ends where the next begins. */
  readonly functions: readonly CodeFunction[];
  readonly symbols: readonly ElfSymbol[];
}

export interface CodeFunction {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Disassembles a linked program for Arm or RISC-V with binutils. Instructions of Helium are known only to the architecture
 * `armv8.1-m.main`, which has to be named. Throws `tool-missing`, and `run-failed` for a broken file.
 */
export function disassemble(elf: Uint8Array, architecture: 'armv8.1-m.main' | null = null): Promise<Disassembly> {
  const objdump = requireTool(disassemblerOf(elf));
  return withWorkspace(async (workspace) => {
    writeFiles(workspace, [{ path: 'program.elf', contents: elf }]);
    const style = [
      ...(isForArm(elf) ? ['-M', 'reg-names-std'] : []),
      ...(architecture === null ? [] : ['-m', architecture]),
    ];
    return { ...parseDisassembly(await printed(workspace, objdump, style)), ...functionsOf(elf) };
  });
}

/** What {@link disassemble} needs: a name in targets/tools.json. */
export function disassemblerOf(elf: Uint8Array): 'arm-none-eabi-objdump' | 'riscv64-unknown-elf-objdump' {
  return isForArm(elf) ? 'arm-none-eabi-objdump' : 'riscv64-unknown-elf-objdump';
}

async function printed({ folder }: Workspace, objdump: string, style: readonly string[]): Promise<string> {
  const args = ['--disassemble', '--disassemble-zeroes', ...style, join(folder, 'program.elf')];
  const ended = await runProcess(objdump, args, { cwd: folder, timeoutMs: 120_000, env: { LC_ALL: 'C' } });
  if (ended.exitCode === 0) return ended.stdout;
  const what = `the disassembler says\n${ended.stderr}`.trimEnd();
  throw new ProblemError({ code: 'run-failed', where: 'objdump', what, advice: 'give a linked program' });
}

/** Comments begin with `@` or `;` on Arm, with ` #` on RISC-V; immediate operands of Arm have no space before `#` but after a comma. */
const LINE = /^\s*([0-9a-f]+):\t([0-9a-f ]+?)\s*\t(\S+)(?:\t((?:[^@; ]| (?!# ))*))?/;

/** Instructions and literals from what `objdump -d` prints. */
export function parseDisassembly(text: string): Pick<Disassembly, 'instructions' | 'words'> {
  const instructions = new Map<number, Instruction>();
  const words = new Map<number, number>();
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, place = '', bytes = '', name = '', operands = ''] = match;
    const address = Number.parseInt(place, 16);
    if (name.startsWith('.')) {
      if (name === '.word') words.set(address, Number(operands.trim()));
      continue;
    }
    const next = address + bytes.replaceAll(' ', '').length / 2;
    const mnemonic = name.toLowerCase().replace(/\.[nw]$/, '');
    instructions.set(address, { address, next, mnemonic, operands: operands.trim() });
  }
  return { instructions, words };
}

function functionsOf(elf: Uint8Array): Pick<Disassembly, 'functions' | 'symbols'> {
  const symbols = elfSymbols(elf);
  const sorted = symbols.filter(({ kind, section }) => kind === 'function' && section !== 0);
  sorted.sort((a, b) => a.address - b.address);
  const functions: CodeFunction[] = [];
  let following = Number.POSITIVE_INFINITY;
  for (const [i, { name, address, size }] of [...sorted.entries()].reverse()) {
    functions.push({ name, start: address, end: Math.min(following, size === 0 ? following : address + size) });
    if (sorted[i - 1]?.address !== address) following = address;
  }
  return { functions: functions.reverse(), symbols };
}

/** The function that holds an address; of several names the first. */
export function functionAt({ functions }: Pick<Disassembly, 'functions'>, address: number): CodeFunction | undefined {
  let [low, high] = [0, functions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((functions[middle]?.end ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const found = functions[low];
  return found !== undefined && found.start <= address ? found : undefined;
}

/** The function that holds an address by name, or the address. */
export function nameAt(code: Pick<Disassembly, 'functions'>, address: number): string {
  return functionAt(code, address)?.name ?? `0x${address.toString(16)}`;
}
