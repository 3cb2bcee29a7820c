import type { DecodedInstruction } from '../instructions/instruction.ts';
import { type BlockCost, nothingLost, ruleFor, type SequentialPipeline } from './core.ts';

/** Cycles of a straight run on a core that executes one instruction after the other; its last branch is not taken. */
export function sequentialCost(pipeline: SequentialPipeline, run: readonly DecodedInstruction[]): BlockCost {
  const lost = { ...nothingLost };
  let cycles = 0;
  run.forEach((instruction, i) => {
    const before = run[i - 1];
    const own = ownCycles(pipeline, instruction, before);
    const least = Math.max(1, instruction.words);
    const [address, result] = [addressStall(pipeline, instruction, before), floatStall(pipeline, instruction, before)];
    if (own > least) lost[instruction.words > 0 ? 'load' : 'long'] += own - least;
    lost.address += address;
    lost.result += result;
    cycles += own + address + result;
  });
  return { cycles, lost };
}

function ownCycles(pipeline: SequentialPipeline, instruction: DecodedInstruction, before?: DecodedInstruction): number {
  const { mnemonic, words } = instruction;
  // A return by POP, or a jump by LDR, loads like any other.
  const kind = instruction.class === 'branch' && words > 0 ? 'load-multiple' : instruction.class;
  const cycles = ruleFor(pipeline.rules, mnemonic) ?? pipeline.cycles[kind] ?? 1;
  if (isSingle(instruction)) {
    const overlaps = pipeline.loadsOverlap && before !== undefined && isOpen(before) && !instruction.writesBack;
    const dependent = before?.writes.some((register) => instruction.address.includes(register)) === true;
    // A store with two address registers needs the cycle that an offset in the instruction does not.
    const alone = cycles + (instruction.class === 'store' && instruction.indexed && pipeline.loadsOverlap ? 1 : 0);
    return overlaps && !dependent ? Math.max(1, alone - 1) : alone;
  }
  return cycles + Math.max(0, words - 1);
}

function isSingle({ class: kind }: DecodedInstruction): boolean {
  return kind === 'load' || kind === 'store';
}

/** Whether a load or store may overlap with this one before it. */
function isOpen(before: DecodedInstruction): boolean {
  return before.class === 'load' && before.writesBack === null;
}

function addressStall(
  pipeline: SequentialPipeline,
  { address }: DecodedInstruction,
  before?: DecodedInstruction,
): number {
  if (before === undefined || before.words > 0) return 0;
  return before.writes.some((register) => address.includes(register)) ? pipeline.addressStall : 0;
}

function floatStall(pipeline: SequentialPipeline, { reads }: DecodedInstruction, before?: DecodedInstruction): number {
  if (before === undefined || !/^float(?:-mac|-divide)?$/.test(before.class) || /^vmov/.test(before.mnemonic)) return 0;
  return before.writes.some((register) => reads.includes(register)) ? pipeline.floatStall : 0;
}
