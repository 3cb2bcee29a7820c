/** What layers are matched by. */
export interface LayerKey {
  readonly name: string;
  readonly operator: string;
}

/** Positions in the one and in the other list. */
type Match = readonly [before: number, after: number];

/**
 * Which layer of the one model is which of the other, as positions, in the order of `before`: those of one name first (the first with the first where several
 * have it), then, between layers that are matched and stand in the same order in both, those of one operator in the same order, as many as possible.
 */
export function matchLayers(before: readonly LayerKey[], after: readonly LayerKey[]): readonly Match[] {
  const named = byName(before, after);
  const [takenBefore, takenAfter] = [new Set(named.map(([i]) => i)), new Set(named.map(([, j]) => j))];
  const found: Match[] = [...named];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...inOrder(named), [before.length, after.length] as const]) {
    const left = indices(i, nextI).filter((k) => !takenBefore.has(k));
    const right = indices(j, nextJ).filter((k) => !takenAfter.has(k));
    found.push(...byOperator(left, right, (a, b) => before[a]?.operator === after[b]?.operator));
    [i, j] = [nextI + 1, nextJ + 1];
  }
  return found.sort(([a], [b]) => a - b);
}

function indices(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, k) => from + k);
}

function byName(before: readonly LayerKey[], after: readonly LayerKey[]): readonly Match[] {
  const waiting = new Map<string, number[]>();
  for (const [j, { name }] of after.entries()) {
    const queue = waiting.get(name);
    if (queue === undefined) waiting.set(name, [j]);
    else queue.push(j);
  }
  return before.flatMap(({ name }, i): readonly Match[] => {
    const j = waiting.get(name)?.shift();
    return j === undefined ? [] : [[i, j]];
  });
}

/** The longest part of `matches`, which ascend in the first position, that ascends in the second as well (patience sorting). */
function inOrder(matches: readonly Match[]): readonly Match[] {
  const tails: number[] = [];
  const previous: number[] = [];
  for (const [k, [, j]] of matches.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((matches[tails[middle] ?? 0]?.[1] ?? 0) < j) low = middle + 1;
      else high = middle;
    }
    previous.push(low === 0 ? -1 : (tails[low - 1] ?? -1));
    tails[low] = k;
  }
  const chain: Match[] = [];
  for (let k = tails.at(-1) ?? -1; k >= 0; k = previous[k] ?? -1) {
    const match = matches[k];
    if (match !== undefined) chain.push(match);
  }
  return chain.reverse();
}

/** Pairs compared at most for a longest common subsequence; beyond, only equal beginnings and ends are matched. */
const mostPairs = 4e6;

/** A longest common subsequence of two lists, which begins and ends with what they have in common there. */
function byOperator(
  left: readonly number[],
  right: readonly number[],
  equal: (a: number, b: number) => boolean,
): readonly Match[] {
  const at = (list: readonly number[], k: number) => list[k] ?? -1;
  let start = 0;
  while (start < left.length && start < right.length && equal(at(left, start), at(right, start))) start++;
  let end = 0;
  const rest = Math.min(left.length, right.length) - start;
  while (end < rest && equal(at(left, left.length - 1 - end), at(right, right.length - 1 - end))) end++;
  const [inner, other] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  const middle = inner.length * other.length > mostPairs ? [] : commonSubsequence(inner, other, equal);
  return [
    ...left.slice(0, start).map((a, k): Match => [a, at(right, k)]),
    ...middle,
    ...left.slice(left.length - end).map((a, k): Match => [a, at(right, right.length - end + k)]),
  ];
}

/** The usual dynamic program: `lengths[a][b]` is the longest for what follows position a on the left and b on the right. */
function commonSubsequence(
  left: readonly number[],
  right: readonly number[],
  equal: (a: number, b: number) => boolean,
): readonly Match[] {
  const width = right.length + 1;
  const lengths = new Int32Array((left.length + 1) * width);
  const length = (a: number, b: number) => lengths[a * width + b] ?? 0;
  const isPair = (a: number, b: number) => equal(left[a] ?? -1, right[b] ?? -1);
  for (let a = left.length - 1; a >= 0; a--) {
    for (let b = right.length - 1; b >= 0; b--) {
      lengths[a * width + b] = isPair(a, b) ? length(a + 1, b + 1) + 1 : Math.max(length(a + 1, b), length(a, b + 1));
    }
  }
  const found: Match[] = [];
  for (let a = 0, b = 0; a < left.length && b < right.length; ) {
    if (isPair(a, b)) found.push([left[a++] ?? -1, right[b++] ?? -1]);
    else if (length(a + 1, b) >= length(a, b + 1)) a++;
    else b++;
  }
  return found;
}
