import { invariant } from '../../problem.ts';
import type { SeparationProblem } from './separation-problem.ts';

/** A separation problem in arrays, by the index of the buffer. */
export interface SeparationInstance {
  readonly count: number;
  readonly size: Float64Array;
  readonly alignment: Float64Array;
  /** Offset that a buffer must have; -1 for any. */
  readonly fixed: Float64Array;
  /** The conflicts of buffer `i` are at `first[i]` up to `first[i + 1]` of the next three. */
  readonly first: Int32Array;
  readonly other: Int32Array;
  /** Least distance of the starts when the other one is the upper. */
  readonly underOther: Float64Array;
  /** Least distance of the starts when the other one is the lower. */
  readonly overOther: Float64Array;
  /** Forbidden ranges in rising order, disjoint. */
  readonly forbidden: readonly { readonly from: number; readonly to: number }[];
  /**
   * Whether every placement comes of an order of the buffers in which each lies as low as those before it let it. It does
   * not where three or more may lie in the very same place, each in the place of the one before, in a circle.
   */
  readonly isOrdered: boolean;
}

/** Buffers that touch no others, and the moments at which two or more of them are alive. */
export interface Component {
  readonly buffers: readonly number[];
  readonly moments: readonly (readonly number[])[];
}

/** Puts a separation problem into arrays. */
export function toSeparationInstance(problem: SeparationProblem): SeparationInstance {
  const { buffers } = problem;
  for (const { id, size, alignment, fixed } of buffers) {
    invariant(Number.isInteger(size) && size >= 0, `buffer ${id} has ${size} bytes`);
    invariant(Number.isInteger(alignment) && alignment > 0, `buffer ${id} has alignment ${alignment}`);
    const isSound = fixed === undefined || (Number.isInteger(fixed) && fixed >= 0 && fixed % alignment === 0);
    invariant(isSound, `buffer ${id} is fixed at ${fixed}, its alignment is ${alignment}`);
  }
  const instance = {
    count: buffers.length,
    size: Float64Array.from(buffers, ({ size }) => size),
    alignment: Float64Array.from(buffers, ({ alignment }) => alignment),
    fixed: Float64Array.from(buffers, ({ fixed }) => fixed ?? -1),
    ...toAdjacency(problem),
    forbidden: joined(problem.forbidden),
  };
  checkFixed(instance);
  return { ...instance, isOrdered: !hasZeroCircle(instance) };
}

type Adjacency = Pick<SeparationInstance, 'first' | 'other' | 'underOther' | 'overOther'>;

function toAdjacency({ buffers, conflicts }: SeparationProblem): Adjacency {
  const count = buffers.length;
  const seen = new Set<number>();
  const first = new Int32Array(count + 1);
  const binding = conflicts.filter(({ aBelow, bBelow }) => aBelow > 0 || bBelow > 0);
  for (const { a, b, aBelow, bBelow } of binding) {
    invariant(0 <= a && a < b && b < count && !seen.has(a * count + b), `conflict of ${a} and ${b}`);
    invariant(Number.isInteger(aBelow) && aBelow >= 0, `distance ${aBelow} of ${a} and ${b}`);
    invariant(Number.isInteger(bBelow) && bBelow >= 0, `distance ${bBelow} of ${b} and ${a}`);
    seen.add(a * count + b);
    first[a + 1] = (first[a + 1] ?? 0) + 1;
    first[b + 1] = (first[b + 1] ?? 0) + 1;
  }
  for (let i = 0; i < count; i++) first[i + 1] = (first[i + 1] ?? 0) + (first[i] ?? 0);
  const other = new Int32Array(2 * binding.length);
  const underOther = new Float64Array(2 * binding.length);
  const overOther = new Float64Array(2 * binding.length);
  const next = first.slice();
  const add = (one: number, two: number, under: number, over: number) => {
    const at = next[one] ?? 0;
    next[one] = at + 1;
    other[at] = two;
    underOther[at] = under;
    overOther[at] = over;
  };
  for (const { a, b, aBelow, bBelow } of binding) {
    add(a, b, aBelow, bBelow);
    add(b, a, bBelow, aBelow);
  }
  return { first, other, underOther, overOther };
}

function joined(ranges: SeparationProblem['forbidden']): SeparationInstance['forbidden'] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from || a.to - b.to)) {
    invariant(Number.isInteger(from) && Number.isInteger(to), `forbidden range from ${from} to ${to}`);
    const last = result.at(-1);
    if (from >= to) continue;
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

function checkFixed({
  count,
  size,
  fixed,
  first,
  other,
  underOther,
  forbidden,
}: Omit<SeparationInstance, 'isOrdered'>) {
  for (let i = 0; i < count; i++) {
    const at = fixed[i] ?? -1;
    if (at < 0) continue;
    const end = at + (size[i] ?? 0);
    const isFree = end === at || forbidden.every(({ from, to }) => end <= from || to <= at);
    invariant(isFree, `buffer ${i} is fixed where nothing may lie`);
    for (let e = first[i] ?? 0; e < (first[i + 1] ?? 0); e++) {
      const [j, under] = [other[e] ?? 0, underOther[e] ?? 0];
      const distance = (fixed[j] ?? -1) - at;
      if ((fixed[j] ?? -1) < 0 || distance < 0) continue;
      const inPlace = distance === 0 && overlapFree(first, other, underOther, j, i);
      invariant(distance >= under || inPlace, `buffers ${i} and ${j} are fixed too near`);
    }
  }
}

/** Whether `two` may lie exactly on `one`, seen from `one`. */
function overlapFree(
  first: Int32Array,
  other: Int32Array,
  underOther: Float64Array,
  one: number,
  two: number,
): boolean {
  for (let e = first[one] ?? 0; e < (first[one + 1] ?? 0); e++) if (other[e] === two) return underOther[e] === 0;
  return true;
}

/** Whether distances of 0 lead from a buffer back to itself (topological sorting leaves something over). */
function hasZeroCircle({ count, first, other, underOther }: Omit<SeparationInstance, 'isOrdered'>): boolean {
  const incoming = new Int32Array(count);
  for (let e = 0; e < other.length; e++) {
    const upper = other[e] ?? 0;
    if (underOther[e] === 0) incoming[upper] = (incoming[upper] ?? 0) + 1;
  }
  const ready: number[] = [];
  for (let i = 0; i < count; i++) if (incoming[i] === 0) ready.push(i);
  let sorted = 0;
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    sorted++;
    for (let e = first[i] ?? 0; e < (first[i + 1] ?? 0); e++) {
      const j = other[e] ?? 0;
      if (underOther[e] !== 0) continue;
      incoming[j] = (incoming[j] ?? 0) - 1;
      if (incoming[j] === 0) ready.push(j);
    }
  }
  return sorted < count;
}

/** The parts of the conflict graph that hang together, in the order of their first buffers. */
export function components(
  instance: SeparationInstance,
  moments: readonly (readonly number[])[],
): readonly Component[] {
  const { count, first, other } = instance;
  const part = new Int32Array(count).fill(-1);
  const result: { buffers: number[]; moments: (readonly number[])[] }[] = [];
  for (let seed = 0; seed < count; seed++) {
    if (part[seed] !== -1) continue;
    const buffers: number[] = [];
    const open = [seed];
    part[seed] = result.length;
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      buffers.push(i);
      for (let e = first[i] ?? 0; e < (first[i + 1] ?? 0); e++) {
        const j = other[e] ?? 0;
        if (part[j] !== -1) continue;
        part[j] = result.length;
        open.push(j);
      }
    }
    result.push({ buffers: buffers.sort((a, b) => a - b), moments: [] });
  }
  for (const moment of moments) {
    for (const index of new Set(moment.map((i) => part[i] ?? 0))) {
      const members = moment.filter((i) => part[i] === index);
      if (members.length > 1) result[index]?.moments.push(members);
    }
  }
  return result;
}
