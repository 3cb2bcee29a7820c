import type { SeparationInstance } from './separation-instance.ts';

/** Buffers put one after the other, each as low or as high as those there let it. */
export class Placement {
  readonly offsets: Float64Array;
  /** Where the topmost fixed buffer or forbidden range ends: above it only buffers are in the way. */
  readonly fixedTop: number;
  private readonly instance: SeparationInstance;
  private readonly placed: Uint8Array;
  /** Open intervals in which the buffer at hand may not start; sorted as they are gathered. */
  private readonly from: Float64Array;
  private readonly to: Float64Array;

  constructor(instance: SeparationInstance) {
    const { count, first, fixed, size, forbidden } = instance;
    this.instance = instance;
    this.offsets = new Float64Array(count);
    this.placed = new Uint8Array(count);
    let most = 0;
    for (let i = 0; i < count; i++) most = Math.max(most, (first[i + 1] ?? 0) - (first[i] ?? 0));
    this.from = new Float64Array(most + forbidden.length);
    this.to = new Float64Array(most + forbidden.length);
    let top = forbidden.at(-1)?.to ?? 0;
    for (let i = 0; i < count; i++) top = Math.max(top, (fixed[i] ?? -1) + (size[i] ?? 0));
    this.fixedTop = top;
  }

  /** Takes all buffers away but the fixed ones. */
  clear(): void {
    const { fixed } = this.instance;
    for (let i = 0; i < fixed.length; i++) {
      const at = fixed[i] ?? -1;
      this.placed[i] = at < 0 ? 0 : 1;
      if (at >= 0) this.offsets[i] = at;
    }
  }

  heightOf(buffers: readonly number[]): number {
    let height = 0;
    for (const i of buffers) height = Math.max(height, (this.offsets[i] ?? 0) + (this.instance.size[i] ?? 0));
    return height;
  }

  putLowest(buffer: number): void {
    if ((this.instance.fixed[buffer] ?? -1) >= 0) return;
    const unit = this.instance.alignment[buffer] ?? 1;
    const { from, to } = this;
    const blocked = this.gather(buffer);
    let offset = 0;
    for (let k = 0; k < blocked && (from[k] ?? 0) < offset; k++) {
      const end = to[k] ?? 0;
      if (offset < end) offset = Math.ceil(end / unit) * unit;
    }
    this.put(buffer, offset);
  }

  /** Puts a buffer as high as it can lie while ending at `ceiling` or below. False when there is no such place. */
  putHighest(buffer: number, ceiling: number): boolean {
    if ((this.instance.fixed[buffer] ?? -1) >= 0) return true;
    const unit = this.instance.alignment[buffer] ?? 1;
    const { from, to } = this;
    const blocked = this.gather(buffer);
    let offset = Math.floor((ceiling - (this.instance.size[buffer] ?? 0)) / unit) * unit;
    // Sorted by where they begin: going down, an interval may have to be looked at again, so until nothing moves.
    for (let moved = true; moved; ) {
      moved = false;
      for (let k = blocked - 1; k >= 0; k--) {
        if ((from[k] ?? 0) >= offset || offset >= (to[k] ?? 0)) continue;
        offset = Math.floor((from[k] ?? 0) / unit) * unit;
        moved = true;
      }
    }
    if (offset < 0) return false;
    this.put(buffer, offset);
    return true;
  }

  private put(buffer: number, offset: number): void {
    this.offsets[buffer] = offset;
    this.placed[buffer] = 1;
  }

  /** Fills `from` and `to` with what blocks a buffer, in rising order of `from`; how many there are. */
  private gather(buffer: number): number {
    const { first, other, underOther, overOther, size, forbidden } = this.instance;
    const { offsets, placed } = this;
    const bytes = size[buffer] ?? 0;
    let count = 0;
    for (let e = first[buffer] ?? 0; e < (first[buffer + 1] ?? 0); e++) {
      const neighbour = other[e] ?? 0;
      if (placed[neighbour] === 0) continue;
      const at = offsets[neighbour] ?? 0;
      this.insert(count++, at - (underOther[e] ?? 0), at + (overOther[e] ?? 0));
    }
    if (bytes > 0) for (const range of forbidden) this.insert(count++, range.from - bytes, range.to);
    return count;
  }

  private insert(count: number, low: number, high: number): void {
    const { from, to } = this;
    let k = count;
    for (; k > 0 && (from[k - 1] ?? 0) > low; k--) {
      from[k] = from[k - 1] ?? 0;
      to[k] = to[k - 1] ?? 0;
    }
    from[k] = low;
    to[k] = high;
  }
}
