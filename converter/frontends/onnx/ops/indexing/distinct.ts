import type { TensorData } from '../../../../tensor/dtype.ts';
import { elementCount, type Shape } from '../../../../tensor/shape.ts';

/** The distinct parts along an axis. */
export interface Distinct {
  /** Where each of them stands first. */
  readonly first: readonly number[];
  /** Which of them each part is. */
  readonly inverse: readonly number[];
  readonly counts: readonly number[];
}

type Part = readonly (number | bigint)[];

/** Parts in ascending order of their elements, or in that of their first places. Equal NaNs are distinct. */
export function distinct(data: TensorData, shape: Shape, axis: number, sorted: boolean): Distinct {
  const [outer, length, inner] = [
    elementCount(shape.slice(0, axis)),
    shape[axis] ?? 0,
    elementCount(shape.slice(axis + 1)),
  ];
  const part = (k: number): Part =>
    Array.from({ length: outer * inner }, (_, i) => {
      const [o, rest] = [Math.floor(i / inner), i % inner];
      return data[(o * length + k) * inner + rest] ?? 0;
    });
  const parts = Array.from({ length }, (_, k) => part(k));
  const order = [...parts.keys()].sort((a, b) => compareParts(parts[a] ?? [], parts[b] ?? []) || a - b);
  const groups: number[][] = [];
  for (const k of order) {
    const group = groups.at(-1);
    const head = parts[group?.[0] ?? -1];
    if (group !== undefined && head !== undefined && isSame(head, parts[k] ?? [])) group.push(k);
    else groups.push([k]);
  }
  if (!sorted) groups.sort(([a = 0], [b = 0]) => a - b);
  const inverse = new Array<number>(length).fill(0);
  groups.forEach((group, i) => {
    for (const k of group) inverse[k] = i;
  });
  return { first: groups.map(([k = 0]) => k), inverse, counts: groups.map((group) => group.length) };
}

function compareParts(a: Part, b: Part): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  const [x, y] = [a[at] ?? 0, b[at] ?? 0];
  return at < 0 || x === y ? 0 : x < y ? -1 : x > y ? 1 : 0;
}

function isSame(a: Part, b: Part): boolean {
  return a.every((value, i) => value === b[i]);
}
