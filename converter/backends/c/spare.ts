import { type MemoryPlan, placementOf } from '../../plan/plan.ts';
import type { Step } from '../../plan/program.ts';

/** Bytes that hold nothing while a step runs. */
export interface Spare {
  readonly offset: number;
  readonly bytes: number;
  /** Index of `MemoryPlan.banks`; 0 is the arena. */
  readonly bank: number;
}

/**
 * What a kernel may use as temporary memory: what the plan gives to its step, or more where more lies idle.
 *
 * @param wantedBytes all that makes the kernel faster: the quickest memory that has so many is taken, else the most bytes
 */
export function spareOf(
  plan: MemoryPlan,
  { index, spare }: Pick<Step, 'index' | 'spare'>,
  wantedBytes = Number.POSITIVE_INFINITY,
): Spare {
  const idle = plan.banks.length <= 1 ? idleBytes(plan, index) : idleInBanks(plan, index, wantedBytes);
  const planned = plan.placements.find(({ buffer }) => buffer.id === spare)?.buffer.bytes ?? 0;
  const isEnough = plan.banks.length > 1 && planned >= wantedBytes;
  if (spare === null || (planned < idle.bytes && !isEnough)) return idle;
  const { offset, bank } = placementOf(plan, spare);
  return { offset, bytes: planned, bank };
}

function idleInBanks(plan: MemoryPlan, index: number, wantedBytes: number): Spare {
  const all = plan.banks
    .map(({ accessCycles }, bank) => ({ accessCycles, spare: idleBytes(plan, index, bank) }))
    .sort((a, b) => a.accessCycles - b.accessCycles)
    .map(({ spare }) => spare);
  const most = all.reduce((best, one) => (one.bytes > best.bytes ? one : best));
  return all.find(({ bytes }) => bytes >= wantedBytes) ?? most;
}

/**
 * The largest run of bytes of the arena, or of another bank, aligned to words, that no buffer uses during step `index`. A kernel may
 * use it as temporary memory that costs nothing: the plan stays as it is.
 */
export function idleBytes(plan: MemoryPlan, index: number, bank = 0): Spare {
  const live = plan.placements
    .filter((placement) => placement.bank === bank)
    .filter(({ lifetime }) => lifetime.start <= index && index < lifetime.end)
    .map(({ offset, buffer }) => ({ start: offset, end: offset + buffer.bytes }))
    .sort((a, b) => a.start - b.start);
  const bankBytes = bank === 0 ? plan.arenaBytes : (plan.banks[bank]?.usedBytes ?? 0);
  let best: Spare = { offset: 0, bytes: 0, bank };
  let free = 0;
  for (const { start, end } of [...live, { start: bankBytes, end: bankBytes }]) {
    const offset = Math.ceil(free / 4) * 4;
    if (start - offset > best.bytes) best = { offset, bytes: start - offset, bank };
    free = Math.max(free, end);
  }
  return best;
}
