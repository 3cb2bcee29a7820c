import { InternalError } from '../problem.ts';
import { type MemoryBank, RESERVED_SHARE } from './banks.ts';
import { heatOf } from './heat.ts';
import { lifetimesOf } from './lifetimes.ts';
import { type BankPlan, solveBanks } from './memory/banks.ts';
import { roundUp } from './memory/instance.ts';
import type { SeparationProblem } from './memory/separation.ts';
import { validateSeparations } from './memory/separation-validate.ts';
import type { MemoryPlan, PlanBank } from './plan.ts';
import type { Program } from './program.ts';
import { separationProblem } from './separate.ts';

/** A division has to save this part of the cycles spent on memory. */
const LEAST_GAIN = 0.05;

/**
 * Divides the buffers of a plan among the memories of a target.
 *
 * - An arena that fits into the fastest memory stays whole, and the plan says where it belongs.
 * - Else hot buffers go to fast memory, as far as there is room; so do, in an arena that fits nowhere whole, as many as it takes.
 * - The states, inputs and outputs stay in the arena, which lies where DMA reaches it if it can.
 *
 * A share of each bank is left to the application ({@link RESERVED_SHARE}) where the model fits without it. The plan itself where it
 * fits in no way, or where all memories are alike and the arena fits into that of `.bss`.
 */
export function placeInBanks(program: Program, whole: MemoryPlan, banks: readonly MemoryBank[]): MemoryPlan {
  const sorted = [...banks].sort(quickestFirst);
  const [first, ...others] = sorted;
  if (first === undefined || others.length === 0) return whole;
  const reserved = sorted.map((bank) => ({ ...bank, bytes: Math.floor(bank.bytes * (1 - RESERVED_SHARE)) }));
  const divider = new Divider(program, whole);
  const plan = divider.divide(reserved) ?? divider.divide(sorted) ?? whole;
  const isAlike = others.every(({ accessCycles }) => accessCycles === first.accessCycles);
  return isAlike && plan.banks.length === 1 && plan.banks[0]?.section === null ? whole : plan;
}

/** Of equal banks that of `.bss` first, then the largest. */
function quickestFirst(a: MemoryBank, b: MemoryBank): number {
  return (
    a.accessCycles - b.accessCycles || Number(a.section !== null) - Number(b.section !== null) || b.bytes - a.bytes
  );
}

/** Banks for the arena: where DMA reaches it, where `.bss` goes, the largest. */
function arenaFirst(a: MemoryBank, b: MemoryBank): number {
  return Number(b.dma) - Number(a.dma) || Number(a.section !== null) - Number(b.section !== null) || b.bytes - a.bytes;
}

class Divider {
  readonly #whole: MemoryPlan;
  /** Of everything but the states, which lie side by side at the start of the arena. */
  readonly #problem: SeparationProblem;
  /** By the index of the buffer in the problem. */
  readonly #heat: readonly number[];
  readonly #ports: readonly number[];

  constructor(program: Program, whole: MemoryPlan) {
    const moving = whole.placements.map(({ buffer }) => buffer).filter(({ kind }) => kind !== 'state');
    const heat = heatOf(program);
    const ports = new Set([...program.inputs, ...program.outputs].map(({ operand }) => operand.buffer));
    if (program.fed !== null) ports.add(program.fed.mark);
    this.#whole = whole;
    this.#problem = separationProblem(program, moving, lifetimesOf(program));
    this.#heat = moving.map(({ id }) => heat.get(id) ?? 0);
    this.#ports = moving.flatMap(({ id }, i) => (ports.has(id) ? [i] : []));
  }

  /** A plan in some of the banks, the quickest first; null where there is none. */
  divide(banks: readonly MemoryBank[]): MemoryPlan | null {
    const single = banks.find(({ bytes }) => this.#whole.arenaBytes <= bytes) ?? null;
    const quickest = banks[0]?.accessCycles ?? 0;
    if (single !== null && single.accessCycles === quickest) return this.#inOne(single);
    const split = this.#split(banks);
    if (split === null) return single === null ? null : this.#inOne(single);
    const total = this.#heat.reduce((sum, heat) => sum + heat, 0);
    const isWorthIt = single === null || split.cycles <= total * single.accessCycles * (1 - LEAST_GAIN);
    return isWorthIt ? split.plan : this.#inOne(single);
  }

  #inOne(bank: MemoryBank): MemoryPlan {
    const { arenaBytes, lowerBoundBytes } = this.#whole;
    return { ...this.#whole, banks: [used(bank, arenaBytes, lowerBoundBytes)] };
  }

  /** In as few banks as hold the buffers. */
  #split(banks: readonly MemoryBank[]): { readonly plan: MemoryPlan; readonly cycles: number } | null {
    for (let count = 2; count <= banks.length; count++) {
      const some = banks.slice(0, count);
      for (const arena of [...some].sort(arenaFirst)) {
        const ordered = [arena, ...some.filter((bank) => bank !== arena)];
        const solution = this.#solve(ordered);
        if (solution.fits) return { plan: this.#planOf(ordered, solution), cycles: solution.cost };
      }
    }
    return null;
  }

  /** The arena lies in the first bank; bank ids are indices. */
  #solve(banks: readonly MemoryBank[]): BankPlan {
    return solveBanks({
      placement: this.#problem,
      heat: this.#heat,
      banks: banks.map(({ bytes, accessCycles }, i) => {
        const capacityBytes = Math.max(0, bytes - (i === 0 ? this.#whole.stateBytes : 0));
        return { id: String(i), capacityBytes, speedRank: accessCycles, forbidden: [] };
      }),
      pinned: new Map(this.#ports.map((port) => [port, '0'])),
    });
  }

  #planOf(banks: readonly MemoryBank[], solution: Extract<BankPlan, { fits: true }>): MemoryPlan {
    const { stateBytes, arenaAlignment, placements } = this.#whole;
    const bankOf = (id: number) => Number(solution.bankOf.get(id) ?? 0);
    const parts = banks.map((bank, i) => {
      const found = solution.solutions.get(String(i));
      const base = i === 0 ? stateBytes : 0;
      const [height, bound] = [base + (found?.height ?? 0), base + (found?.lowerBound ?? 0)];
      const offsets = found?.offsets ?? new Map<number, number>();
      this.#check(bank, height, bankOf, i, offsets, base);
      return { bank: used(bank, i === 0 ? height : roundUp(height, arenaAlignment), bound), offsets, base };
    });
    const kept = parts.filter(({ bank }, i) => i === 0 || bank.usedBytes > 0);
    return {
      ...this.#whole,
      arenaBytes: parts[0]?.bank.usedBytes ?? 0,
      banks: kept.map(({ bank }) => bank),
      placements: placements.map((placement) => {
        const { id, kind } = placement.buffer;
        const part = parts[kind === 'state' ? 0 : bankOf(id)];
        const offset = part?.offsets.get(id);
        if (kind === 'state' || part === undefined || offset === undefined) return placement;
        return { ...placement, offset: part.base + offset, bank: kept.indexOf(part) };
      }),
    };
  }

  /** The validator that shares no code with the solver, on the part of the problem that lies in one bank. */
  #check(
    { name, bytes }: MemoryBank,
    height: number,
    bankOf: (id: number) => number,
    bank: number,
    offsets: ReadonlyMap<number, number>,
    base: number,
  ): void {
    const { buffers, conflicts } = this.#problem;
    const members = buffers.flatMap(({ id }, i) => (bankOf(id) === bank ? [i] : []));
    const indexOf = new Map(members.map((old, i) => [old, i]));
    const part: SeparationProblem = {
      buffers: buffers.filter((_, i) => indexOf.has(i)),
      conflicts: conflicts.flatMap((pair) => {
        const [a, b] = [indexOf.get(pair.a), indexOf.get(pair.b)];
        return a === undefined || b === undefined ? [] : [{ ...pair, a, b }];
      }),
      forbidden: [],
      moments: [],
    };
    const faults = validateSeparations(part, offsets, height - base);
    if (height > bytes) faults.push(`it has ${bytes} bytes and ${height} are used`);
    if (faults.length > 0) throw new InternalError(`plan of bank "${name}": ${faults.join('; ')}`);
  }
}

function used({ name, accessCycles, dma, section }: MemoryBank, usedBytes: number, lowerBoundBytes: number): PlanBank {
  return { name, usedBytes, lowerBoundBytes, accessCycles, dma, section };
}
