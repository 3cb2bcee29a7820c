import type { PlacementState } from './state.ts';

/**
 * Partial placements that are known to have no completion, found again by a hash.
 *
 * What can still become of the sections `from` to `to` depends on nothing but which of their buffers are unplaced and on
 * the bottoms of these; the order in which the others came there does not matter. The key is 64 bits of these facts, and a new
 * entry replaces an old one in its slot. Two different states are taken for one with a chance of about 2^-64 per look-up.
 */
export class FailureTable {
  private readonly keys: Int32Array;
  private readonly slotBits: number;
  private readonly seeds: Int32Array;
  private low = 0;
  private high = 0;

  /** A table with `2 ** slotBits` slots of 8 bytes for problems of `buffers` buffers. */
  constructor(buffers: number, slotBits: number) {
    this.slotBits = slotBits;
    this.keys = new Int32Array(2 << slotBits);
    this.seeds = new Int32Array(2 * buffers);
    for (let i = 0; i < this.seeds.length; i++) this.seeds[i] = avalanche(Math.imul(i + 1, 0x9e3779b1));
  }

  clear(): void {
    this.keys.fill(0);
  }

  /** Sets the key of the sections `from` to `to`, for {@link has}, {@link low} and {@link high}. */
  identify(state: PlacementState, from: number, to: number): void {
    const { firstStarting } = state.instance;
    const { bottom, placed } = state;
    const end = firstStarting[to + 1] ?? 0;
    let low = 0;
    let high = 0;
    for (let buffer = firstStarting[from] ?? 0; buffer < end; buffer++) {
      if (placed[buffer] === 1) continue;
      const level = Math.imul((bottom[buffer] ?? 0) + 1, 0x9e3779b1);
      low = (low + avalanche((this.seeds[2 * buffer] ?? 0) ^ level)) | 0;
      high = (high + avalanche(Math.imul(this.seeds[2 * buffer + 1] ?? 0, 0x2c1b3c6d) + (level ^ (level >>> 11)))) | 0;
    }
    this.low = low;
    this.high = high === 0 ? 1 : high;
  }

  /** Whether the identified state is known to fail. */
  has(): boolean {
    const slot = this.slotOf(this.low);
    return this.keys[slot] === this.low && this.keys[slot + 1] === this.high;
  }

  /** The two halves of the key set last. */
  key(): readonly [low: number, high: number] {
    return [this.low, this.high];
  }

  add(low: number, high: number): void {
    const slot = this.slotOf(low);
    this.keys[slot] = low;
    this.keys[slot + 1] = high;
  }

  private slotOf(low: number): number {
    return (low >>> (32 - this.slotBits)) << 1;
  }
}

/** A bijection of 32-bit words in which every bit of the input moves every bit of the output (finalizer of MurmurHash3). */
function avalanche(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
