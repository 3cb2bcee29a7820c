import type { Instance } from './instance.ts';

/** How the exact search goes through its choices. Any strategy is complete; they differ in how soon they get somewhere. */
export interface Strategy {
  /**
   * Which section is decided next: that with the fewest answers, on the lowest floor, with the least space to spare, or with
   * the fewest answers for how often it refuted a placement (after Boussemart et al., "Boosting systematic search by
   * weighting constraints", 2004).
   */
  readonly pick: 'fewest' | 'lowest' | 'tightest' | 'hardest';
  /** Whether all sections of a valley are looked at, or only its two ends, where a wall holds buffers in place. */
  readonly sections: 'all' | 'ends';
  /** Which candidate comes first: the one largest in this. */
  readonly order: 'size' | 'area' | 'lifetime';
  /** Draws numbers from 0 to 1 that shrink the worth of candidates; null for none. */
  readonly draw: (() => number) | null;
}

/** Attempts in turn, without end: strategies and the node limit of each. The same sequence in every run. */
export function* schedule(buffers: number): Generator<{ readonly strategy: Strategy; readonly nodes: number }, never> {
  const unit = 500 + 2 * buffers;
  for (const strategy of plain) yield { strategy: { ...strategy, draw: null }, nodes: unit };
  const draw = xorshift(0x2545f491);
  for (let round = 1; ; round++) {
    const base = drawn[round % drawn.length] ?? plain[0];
    yield { strategy: { ...base, draw }, nodes: unit * luby(round) };
  }
}

/** What a candidate is worth to a strategy: the greater, the sooner it is tried. */
export function worth({ order, draw }: Strategy, instance: Instance, buffer: number): number {
  const size = instance.size[buffer] ?? 0;
  const sections = (instance.last[buffer] ?? 0) - (instance.first[buffer] ?? 0) + 1;
  const value = order === 'size' ? size : order === 'area' ? size * sections : sections * 2 ** 32 + size;
  return draw === null ? value : value / (1 + draw());
}

type Plain = Omit<Strategy, 'draw'>;

/** Strategies of the first attempts: different from each other, so that one of them suits an easy problem. */
const plain: readonly [Plain, ...Plain[]] = [
  { pick: 'hardest', sections: 'ends', order: 'size' },
  { pick: 'tightest', sections: 'ends', order: 'area' },
  { pick: 'lowest', sections: 'ends', order: 'size' },
  { pick: 'fewest', sections: 'all', order: 'lifetime' },
  { pick: 'tightest', sections: 'all', order: 'lifetime' },
  { pick: 'lowest', sections: 'all', order: 'area' },
];

/** Strategies of the attempts with drawn numbers, in turn: those that placed most of a set of tight problems. */
const drawn: readonly Plain[] = [
  { pick: 'hardest', sections: 'ends', order: 'size' },
  { pick: 'tightest', sections: 'ends', order: 'size' },
  { pick: 'hardest', sections: 'ends', order: 'lifetime' },
  { pick: 'tightest', sections: 'ends', order: 'lifetime' },
  { pick: 'fewest', sections: 'ends', order: 'size' },
  { pick: 'lowest', sections: 'ends', order: 'size' },
];

/** The sequence 1, 1, 2, 1, 1, 2, 4, ... of Luby, Sinclair and Zuckerman (1993), from 1: good lengths for restarts. */
export function luby(i: number): number {
  let power = 1;
  while (power - 1 < i) power *= 2;
  if (power - 1 === i) return power / 2;
  return luby(i - power / 2 + 1);
}

/** Numbers from 0 to 1, not good but the same everywhere (Marsaglia, "Xorshift RNGs", 2003). */
export function xorshift(state: number): () => number {
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
