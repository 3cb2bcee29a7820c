import { invariant } from '../../converter/problem.ts';
import type { CPackage, Sample } from '../harness/package.ts';
import { type Disassembly, disassemble, nameAt } from '../stack/disassembly.ts';
import type { Instruction } from '../stack/instruction.ts';
import type { BlockCount } from './blocks.ts';
import type { QemuCpu } from './machines.ts';
import type { QemuProgramResult } from './program.ts';
import { runProgram } from './program.ts';
import { DEFAULT_QEMU_OPTIONS, packageProgram, type QemuOptions } from './run.ts';

/** A straight run of instructions, none of which but the last branches. Blocks may overlap: each counts its own executions. */
export interface ExecutedBlock {
  readonly address: number;
  /** The function that holds it. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
  readonly executions: number;
  /** Executions after which control did not go on to the address after the block. */
  readonly left: number;
  /** Aligned accesses that its unaligned loads take beyond one each, in all executions. */
  readonly split: number;
}

/** The blocks of one layer. */
export interface ExecutedLayer {
  readonly layer: number;
  /** The sum over the blocks, and what the profile counts. */
  readonly instructions: number;
  readonly blocks: readonly ExecutedBlock[];
}

/** What one inference executed. */
export interface ExecutedRun {
  /** Of `<m>_run`, to the instruction. */
  readonly instructions: number;
  readonly blocks: readonly ExecutedBlock[];
  /** In the order of their numbers, from a second run with profile hooks, whose own instructions are not among them. */
  readonly layers: readonly ExecutedLayer[];
}

/**
 * Compiles a package for an emulated processor and runs one inference: which instructions were executed how often, in total and
 * by layer. Throws `tool-missing` (also without the disassembler), `c-build-failed` or `run-failed`.
 */
export async function runBlocks(
  model: CPackage,
  sample: Sample,
  outputBytes: readonly number[],
  options: Partial<QemuOptions> = {},
): Promise<ExecutedRun> {
  const full: QemuOptions = { ...DEFAULT_QEMU_OPTIONS, ...options, counter: 'blocks' };
  const program = packageProgram(model, [sample], outputBytes, full);
  const whole = await runProgram(program);
  const profiled = await runProgram({ ...program, defines: [...full.defines, 'THIMBLE_PROFILE=1'] });
  return { ...(await wholeCall(whole, full.cpu)), layers: await layersOf(profiled, full.cpu) };
}

/** The instructions and blocks of the first measured call of a program counted by `blocks`. */
export async function wholeCall(
  result: QemuProgramResult,
  cpu: QemuCpu,
): Promise<Pick<ExecutedRun, 'instructions' | 'blocks'>> {
  const code = await disassemble(result.elf, architectureOf(cpu));
  const instructions = result.calls?.[0]?.instructions ?? 0;
  const blocks = (result.blocks[0]?.blocks ?? []).map((block) => executedBlock(code, block));
  checkSum(blocks, instructions);
  return { instructions, blocks };
}

/** The layers of the first measured call of a program counted by `blocks` with profile hooks. */
export async function layersOf(result: QemuProgramResult, cpu: QemuCpu): Promise<readonly ExecutedLayer[]> {
  const code = await disassemble(result.elf, architectureOf(cpu));
  const counts = new Map<number, number>();
  for (const { layer, instructions } of result.calls?.[0]?.layers ?? []) {
    counts.set(layer, (counts.get(layer) ?? 0) + instructions);
  }
  return (result.blocks[0]?.layers ?? []).map(({ layer, blocks }) => {
    const executed = withoutHooks(blocks.map((block) => executedBlock(code, block)));
    const instructions = counts.get(layer) ?? 0;
    checkSum(executed, instructions);
    return { layer, instructions, blocks: executed };
  });
}

function architectureOf(cpu: QemuCpu): 'armv8.1-m.main' | null {
  return cpu === 'cortex-m55' ? 'armv8.1-m.main' : null;
}

function executedBlock(code: Disassembly, { address, instructions, ...counts }: BlockCount): ExecutedBlock {
  let next = address;
  const list = Array.from({ length: instructions }, () => {
    const instruction = code.instructions.get(next);
    invariant(instruction !== undefined, `the disassembler has no instruction at 0x${next.toString(16)}`);
    next = instruction.next;
    return instruction;
  });
  return { address, name: nameAt(code, address), instructions: list, ...counts };
}

/**
 * The package loads the number of the layer and calls the hook at its end: two instructions of the hooks, not of the layer. The first
 * may stand in another block: before the border of a page of the emulator, or before a jump to the call that several layers share.
 */
function withoutHooks(blocks: readonly ExecutedBlock[]): readonly ExecutedBlock[] {
  const calls = blocks.flatMap(({ instructions }) => {
    const last = instructions.at(-1);
    return last?.operands.endsWith('<thimble_profile_end>') === true ? [last.address] : [];
  });
  const jumpsToCall = ({ operands }: Instruction) => calls.includes(Number.parseInt(operands, 16));
  return blocks
    .map((block) => {
      const { instructions } = block;
      const own = instructions.filter(({ address, next }, i) => {
        const after = instructions[i + 1];
        return !calls.includes(address) && !calls.includes(next) && !(after !== undefined && jumpsToCall(after));
      });
      const endsInCall = calls.includes(instructions.at(-1)?.address ?? -1);
      return { ...block, instructions: own, left: endsInCall ? 0 : block.left };
    })
    .filter(({ instructions }) => instructions.length > 0);
}

function checkSum(blocks: readonly ExecutedBlock[], expected: number): void {
  const sum = blocks.reduce((total, block) => total + block.executions * block.instructions.length, 0);
  invariant(sum === expected, `the blocks have ${sum} instructions of ${expected}`);
}
