import type { DecodedInstruction } from '../instructions/instruction.ts';
import { type BlockCost, type InOrderPipeline, nothingLost, ruleFor } from './core.ts';

/**
 * Cycles of a straight run on a core with several instructions under way, which begin in order when their operands are there; nothing
 * is under way before it, and its last branch is not taken. With two at a time: LDM, LDRD, their stores and divisions
 * begin alone, instructions on lanes only as the first of two, and no two need the same unit.
 */
export function inOrderCost(pipeline: InOrderPipeline, run: readonly DecodedInstruction[]): BlockCost {
  const lost = { ...nothingLost };
  const readyAt = new Map<string, number>();
  let now = 0;
  let begun: DecodedInstruction[] = [];
  /** When the next instruction may begin, whatever its operands. */
  let freeAt = 0;
  for (const instruction of run) {
    if (begun.length > 0 && !mayJoin(pipeline, begun, instruction)) [now, begun] = [Math.max(now + 1, freeAt), []];
    const operands = operandsReady(pipeline, instruction, readyAt);
    if (operands.at > now) {
      lost[operands.isAddress ? 'address' : 'result'] += operands.at - Math.max(now, begun.length > 0 ? now + 1 : now);
      [now, begun] = [operands.at, []];
    }
    begun.push(instruction);
    const busy = busyCycles(pipeline, instruction);
    const { words } = instruction;
    const least = Math.max(1, Math.ceil(words / pipeline.wordsPerCycle));
    lost.long += Math.max(0, busy - least);
    freeAt = Math.max(freeAt, now + busy);
    const latency = latencyOf(pipeline, instruction);
    instruction.writes.forEach((register, word) => {
      readyAt.set(register, now + latency + (words > 1 ? Math.floor(word / pipeline.wordsPerCycle) : busy - 1));
    });
  }
  return { cycles: run.length === 0 ? 0 : Math.max(now + 1, freeAt), lost };
}

function busyCycles(pipeline: InOrderPipeline, { mnemonic, class: kind, words }: DecodedInstruction): number {
  const cycles = ruleFor(pipeline.busyRules, mnemonic) ?? pipeline.busy[kind] ?? 1;
  return cycles * Math.max(1, Math.ceil(words / pipeline.wordsPerCycle));
}

function latencyOf(pipeline: InOrderPipeline, { mnemonic, class: kind }: DecodedInstruction): number {
  return ruleFor(pipeline.latencyRules, mnemonic) ?? pipeline.latency[kind] ?? 1;
}

/** When the last operand is there, and whether that is one of an address. */
function operandsReady(
  pipeline: InOrderPipeline,
  instruction: DecodedInstruction,
  readyAt: ReadonlyMap<string, number>,
) {
  const { reads, address } = instruction;
  const late = accumulatorsOf(instruction);
  let [at, isAddress] = [0, false];
  for (const register of reads) {
    const ready = readyAt.get(register);
    if (ready === undefined) continue;
    const inAddress = address.includes(register);
    const needed =
      ready + (inAddress ? pipeline.addressEarly : late.includes(register) ? -pipeline.accumulatorLate : 0);
    if (needed > at) [at, isAddress] = [needed, inAddress];
  }
  return { at, isAddress };
}

/** The registers that a multiply-accumulate adds to. */
function accumulatorsOf({ class: kind, reads, writes }: DecodedInstruction): readonly string[] {
  if (kind !== 'mac' && kind !== 'float-mac' && kind !== 'vector-mac') return [];
  return writes.length > 1 || kind !== 'mac' ? writes : reads.slice(-1);
}

const ALONE: ReadonlySet<string> = new Set(['load-multiple', 'store-multiple', 'divide', 'other']);

function mayJoin({ width }: InOrderPipeline, begun: readonly DecodedInstruction[], next: DecodedInstruction): boolean {
  const [first] = begun;
  if (width === 1 || first === undefined || begun.length > 1) return false;
  if (ALONE.has(first.class) || ALONE.has(next.class) || first.control !== 'next' || next.class === 'pack')
    return false;
  if (first.class === 'it' || next.class === 'it') return false;
  const unit = unitOf(next);
  if (unit !== null && unit === unitOf(first)) return false;
  const written = [...first.writes, ...(first.writesBack === null ? [] : [first.writesBack])];
  return !written.some((register) => next.reads.includes(register) || next.writes.includes(register));
}

/** The unit of which there is one only; of those for loads and arithmetic there are two. */
function unitOf({ class: kind, mnemonic }: DecodedInstruction): string | null {
  if (kind === 'multiply' || kind === 'mac') return 'multiplier';
  if (kind === 'store' || kind === 'branch' || kind === 'pack') return kind;
  if (kind.startsWith('float')) return 'float';
  return /^(?:lsl|lsr|asr|ror)/.test(mnemonic) ? 'shifter' : null;
}
