import { type Comparison, combined, constantForm, entangled, type Form, substituted, type Value } from './values.ts';

/**
 * What a way through code rests on: that an integer of this form keeps its sign (0 is taken as positive). With `distance` null, that it
 * keeps its value.
 */
export interface Decision {
  readonly form: Form;
  readonly distance: number | null;
}

/** That a comparison comes out as it does. */
export function decisionOf({ relation, difference, form }: Comparison): Decision {
  switch (relation) {
    case 'lt':
    case 'ge':
      return { form, distance: difference };
    case 'le':
    case 'gt':
      return { form, distance: difference - 1 };
    case 'eq':
    case 'ne':
      return { form, distance: difference === 0 ? null : difference < 0 ? difference : difference - 1 };
    default:
      return relation satisfies never;
  }
}

/** Decisions without repetitions: of those of one form the one that is nearest to change. */
export class Decisions {
  readonly #known = new Map<string, Decision>();

  add(decision: Decision): void {
    const { form, distance } = decision;
    if (form.size === 0) return;
    const kind = distance === null ? 'is' : distance < 0 ? 'below' : 'above';
    const key = `${kind} ${[...form].flat().join(' ')}`;
    const known = this.#known.get(key)?.distance ?? null;
    if (known === null || distance === null) this.#known.set(key, decision);
    else if (distance < 0 ? distance > known : distance < known) this.#known.set(key, decision);
  }

  addAll(decisions: Iterable<Decision>): void {
    for (const decision of decisions) this.add(decision);
  }

  get all(): readonly Decision[] {
    return [...this.#known.values()];
  }
}

/** Whether a decision comes out as before when variables change by these amounts; undefined for what is not known. */
export function isKept({ form, distance }: Decision, change: (key: number) => number | undefined): boolean {
  let total = 0;
  for (const [key, factor] of form) {
    const by = change(key);
    if (by === 0) continue;
    if (by === undefined || Number.isNaN(factor)) return false;
    total += factor * by;
  }
  return distance === null ? total === 0 : distance + total < 0 === distance < 0;
}

/** A variable that every round of a loop changes by the same amount. */
export interface Progression {
  readonly step: number;
  /** What the step depends on outside of the loop. */
  readonly form: Form;
}

/**
 * How a variable changes from the beginning to the end of a round, where that is by an amount that no round changes; null otherwise.
 * `own` is its key at the beginning of a round, `keys` are those of all variables that the loop changes.
 */
export function progression(begin: Value, end: Value, own: number, keys: ReadonlySet<number>): Progression | null {
  if (begin.n === undefined || end.n === undefined || end.form.get(own) !== 1) return null;
  const others = [...end.form].filter(([key]) => key !== own);
  if (others.some(([key]) => keys.has(key))) return null;
  return { step: end.n - begin.n, form: entangled(new Map(others)) };
}

/** The variables that a loop changes, by their keys at the beginning of a round. */
export interface LoopVariables {
  readonly keys: ReadonlySet<number>;
  /** The form of a variable before the loop. */
  begin(key: number): Form;
  progress(key: number): Progression | null;
}

/** What a round adds to the distance of a decision; null where that cannot be told. */
function slopeOf({ form }: Decision, { keys, progress }: LoopVariables): number | null {
  let slope = 0;
  for (const [key, factor] of form) {
    if (!keys.has(key)) continue;
    const known = progress(key);
    if (known === null || Number.isNaN(factor)) return null;
    slope += factor * known.step;
  }
  return slope;
}

/** Rounds, counted from the first one, for which a decision comes out as in the first one: at least 1, perhaps infinitely many. */
export function roundsAlike(decision: Decision, variables: LoopVariables): number {
  const slope = slopeOf(decision, variables);
  const { distance } = decision;
  if (slope === null) return 1;
  if (slope === 0) return Number.POSITIVE_INFINITY;
  if (distance === null) return 1;
  if (distance < 0) return slope < 0 ? Number.POSITIVE_INFINITY : Math.ceil(-distance / slope);
  return slope > 0 ? Number.POSITIVE_INFINITY : Math.floor(distance / -slope) + 1;
}

/** A decision of all of `count` rounds, in terms of what is outside of the loop. `limits` is that the number of rounds rests on it. */
export function outside(decision: Decision, count: number, limits: boolean, variables: LoopVariables): Decision {
  const { keys, begin, progress } = variables;
  const steps = [...decision.form.keys()].map((key) =>
    keys.has(key) ? (progress(key)?.form ?? constantForm) : constantForm,
  );
  const own = substituted(decision.form, (key) => (keys.has(key) ? begin(key) : null));
  const form = combined(own, entangled(...steps), 1);
  const { distance } = decision;
  if (distance === null || limits) return { form, distance: null };
  const slope = slopeOf(decision, variables) ?? 0;
  const last = distance + slope * (count - 1);
  return { form, distance: distance < 0 ? Math.max(distance, last) : Math.min(distance, last) };
}
