/** A seeded sequence of sizes as layers have them: the same for the same name, wherever it runs. */
export class SizeDraw {
  #state: number;

  constructor(name: string) {
    this.#state = [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
  }

  /** A number in [0, 1): mulberry32 (Tommy Ettinger). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included, as often between 10 and 20 as between 100 and 200. */
  size(low: number, high: number): number {
    return Math.min(high, Math.floor(low * ((high + 1) / low) ** this.next()));
  }

  /** A number of channels: mostly a multiple of 8, as networks have them. */
  channels(low: number, high: number): number {
    const drawn = this.size(low, high);
    return drawn < 8 || this.next() < 0.2 ? drawn : Math.min(high, Math.ceil(drawn / 8) * 8);
  }

  /** True once in so many times, on average. */
  oneIn(times: number): boolean {
    return this.next() * times < 1;
  }

  pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0];
  }
}
