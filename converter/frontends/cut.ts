import type { Problem } from '../problem.ts';
import { nearest } from './nearest-name.ts';

/** Names more than this are not searched for one that is like a name that is unknown. */
const searchedNames = 20_000;

/** What one operator reads and makes. */
export interface Flow<K> {
  readonly reads: readonly K[];
  readonly makes: readonly K[];
}

/** The operators between the tensors of a cut. */
export interface Between<N, K> {
  /** In the order in which they were given. */
  readonly nodes: readonly N[];
  /** Tensors that the operators, or the ends themselves, take from outside: starts, inputs of the model, constants. */
  readonly taken: ReadonlySet<K>;
}

/** The operators of `nodes`, which stand in an order in which they can run, that `ends` need when `starts` are given. */
export function between<N, K>(
  nodes: readonly N[],
  flowOf: (node: N) => Flow<K>,
  starts: ReadonlySet<K>,
  ends: readonly K[],
): Between<N, K> {
  const wanted = new Set(ends);
  const live: N[] = [];
  for (const node of nodes.toReversed()) {
    const { reads, makes } = flowOf(node);
    if (!makes.some((made) => wanted.has(made) && !starts.has(made))) continue;
    for (const made of makes) if (!starts.has(made)) wanted.delete(made);
    for (const read of reads) wanted.add(read);
    live.push(node);
  }
  return { nodes: live.toReversed(), taken: wanted };
}

/** A tensor of `--inputs` or `--outputs` that the model does not have. */
export function unknownTensor(option: '--inputs' | '--outputs', name: string, known: readonly string[]): Problem {
  const near = nearest(name, known.slice(0, searchedNames));
  return {
    code: 'cut-unknown-tensor',
    where: `${option} ${name}`,
    what: 'the model has no tensor of this name',
    advice: near === null ? 'thimble inspect --emit=graph shows the names' : `did you mean "${near}"?`,
  };
}

/** Inputs of the model that the outputs need although the cut does not name them. */
export function missingInputs(names: readonly string[]): Problem {
  const list = names.map((name) => `"${name}"`).join(', ');
  return {
    code: 'cut-missing-input',
    where: '--inputs',
    what: `the outputs also depend on ${list}`,
    advice: 'add the names to --inputs, or name tensors that lie behind them',
  };
}

/** An input of the cut from which no output follows. */
export function unusedInput(name: string): Problem {
  return {
    code: 'cut-unused-input',
    where: `--inputs ${name}`,
    what: 'no output depends on it',
    advice: 'leave it out, or choose other outputs',
  };
}
