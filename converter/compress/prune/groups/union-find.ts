import { at } from '../../../ops/definition.ts';

/** Disjoint sets of 0..count-1, with path halving and union by size (Tarjan and van Leeuwen, JACM 31(2), 1984). */
export class UnionFind {
  readonly #parent: Int32Array;
  readonly #size: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
    this.#size = new Int32Array(count).fill(1);
  }

  /** The element that stands for the set of `element`. */
  find(element: number): number {
    const parent = this.#parent;
    let current = element;
    for (let next = at(parent, current); next !== current; next = at(parent, current)) {
      parent[current] = at(parent, next);
      current = at(parent, current);
    }
    return current;
  }

  unite(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    if (first === second) return;
    const [large, small] = at(this.#size, first) >= at(this.#size, second) ? [first, second] : [second, first];
    this.#parent[small] = large;
    this.#size[large] = at(this.#size, large) + at(this.#size, small);
  }
}
