import { type Instance, roundUp } from './instance.ts';

/** What an entry of the trail takes back: the bottom of a buffer, the floor of a section, or a placement. */
const BOTTOM = 0;
const FLOOR = 1;
const PLACEMENT = 2;

const NOWHERE = 0x7fffffff;

/**
 * A partial placement built from below, with its consequences, every change of which can be taken back.
 *
 * `bottom` of an unplaced buffer is the lowest offset that it can still have: on top of the placed buffers alive with it
 * and above space given up as waste. `floor` of a section is the lowest bottom of its unplaced buffers, so below it nothing
 * more will come. A section whose floor and unplaced bytes exceed the capacity refutes the partial placement.
 */
export class PlacementState {
  readonly instance: Instance;
  /** Least offset of each unplaced buffer; the offset of each placed one. */
  readonly bottom: Int32Array;
  readonly placed: Uint8Array;
  readonly floor: Int32Array;
  /** Footprints of the unplaced buffers of each section, and their number. */
  readonly unplacedBytes: Int32Array;
  readonly unplacedCount: Int32Array;
  /** Unplaced buffers alive both in a section and in the next. Where there are none, time falls into independent parts. */
  readonly bridges: Int32Array;
  /** How often each section refuted a placement: a measure of how hard it is. */
  readonly refutations: Float64Array;
  capacity = 0;
  private ceiling = 0;
  private trail = new Int32Array(1 << 10);
  private trailLength = 0;
  /** Of each section: how many unplaced buffers could lie on its floor, the lowest bottom above it, the lowest top. */
  private readonly candidates: Int32Array;
  private readonly nextBottom: Int32Array;
  private readonly firstTop: Int32Array;
  /** Whether the three above and the floor of a section are up to date. */
  private readonly surveyed: Uint8Array;
  private staleFrom = 0;
  private staleTo = 0;

  constructor(instance: Instance) {
    const sections = instance.sections.length;
    this.instance = instance;
    this.bottom = new Int32Array(instance.buffers.length);
    this.placed = new Uint8Array(instance.buffers.length);
    this.floor = new Int32Array(sections);
    this.unplacedBytes = new Int32Array(sections);
    this.unplacedCount = new Int32Array(sections);
    this.bridges = new Int32Array(sections);
    this.refutations = new Float64Array(sections).fill(1);
    this.candidates = new Int32Array(sections);
    this.nextBottom = new Int32Array(sections);
    this.firstTop = new Int32Array(sections);
    this.surveyed = new Uint8Array(sections);
    for (let i = 0; i < instance.buffers.length; i++) this.count(i, 1);
  }

  /** Empties the placement and sets the height that no buffer may exceed. */
  reset(capacity: number): void {
    this.undo(0);
    this.capacity = capacity;
    this.ceiling = roundUp(capacity, this.instance.pitch);
  }

  /** A mark for {@link undo}. */
  mark(): number {
    return this.trailLength;
  }

  /** Places a buffer at its bottom, which must be the floor of all its sections. False when that is refuted. */
  place(buffer: number): boolean {
    const { neighbours, size, alignment, first, last } = this.instance;
    const { bottom, placed, capacity } = this;
    const top = (bottom[buffer] ?? 0) + (size[buffer] ?? 0);
    placed[buffer] = 1;
    this.remember(PLACEMENT, buffer, 0);
    this.count(buffer, -1);
    this.staleFrom = first[buffer] ?? 0;
    this.staleTo = last[buffer] ?? 0;
    let fits = top <= capacity;
    for (const other of neighbours[buffer] ?? []) {
      if (placed[other] === 1 || (bottom[other] ?? 0) >= top) continue;
      const raised = roundUp(top, alignment[other] ?? 1);
      this.raise(other, raised);
      if (raised + (size[other] ?? 0) > capacity) fits = false;
    }
    return this.refresh() && fits;
  }

  /** Gives up the space of a section below `level`: its unplaced buffers lie there or above. False when that is refuted. */
  waste(section: number, level: number): boolean {
    const { sections, size, alignment } = this.instance;
    const { bottom, placed, capacity } = this;
    this.staleFrom = section;
    this.staleTo = section;
    let fits = true;
    for (const buffer of sections[section] ?? []) {
      if (placed[buffer] === 1 || (bottom[buffer] ?? 0) >= level) continue;
      const raised = roundUp(level, alignment[buffer] ?? 1);
      this.raise(buffer, raised);
      if (raised + (size[buffer] ?? 0) > capacity) fits = false;
    }
    return this.refresh() && fits;
  }

  /** Whether an unplaced buffer put at `offset` would meet none of the others, wherever these may still go. */
  isFreeAt(buffer: number, offset: number): boolean {
    const { bottom, placed } = this;
    const top = offset + (this.instance.size[buffer] ?? 0);
    for (const other of this.instance.neighbours[buffer] ?? []) {
      if (placed[other] === 0 && (bottom[other] ?? 0) < top) return false;
    }
    return true;
  }

  /** How many unplaced buffers could lie on the floor of a section that has some. */
  candidatesOn(section: number): number {
    if (this.surveyed[section] === 0) this.survey(section);
    return this.candidates[section] ?? 0;
  }

  /** Lowest bottom of the others; 2^31 - 1 when there are none. */
  bottomAbove(section: number): number {
    if (this.surveyed[section] === 0) this.survey(section);
    return this.nextBottom[section] ?? NOWHERE;
  }

  /** Lowest top that an unplaced buffer of a section can have. */
  lowestTop(section: number): number {
    if (this.surveyed[section] === 0) this.survey(section);
    return this.firstTop[section] ?? NOWHERE;
  }

  /** Takes back all changes since `mark`. */
  undo(mark: number): void {
    const { trail, bottom, floor } = this;
    let length = this.trailLength;
    while (length > mark) {
      length -= 2;
      const entry = trail[length] ?? 0;
      const old = trail[length + 1] ?? 0;
      const index = entry >> 2;
      if ((entry & 3) === BOTTOM) {
        bottom[index] = old;
        this.surveyed.fill(0, this.instance.first[index] ?? 0, (this.instance.last[index] ?? 0) + 1);
      } else if ((entry & 3) === FLOOR) floor[index] = old;
      else {
        this.placed[index] = 0;
        this.count(index, 1);
      }
    }
    this.trailLength = length;
  }

  private remember(kind: number, index: number, old: number): void {
    if (this.trailLength + 2 > this.trail.length) {
      const longer = new Int32Array(this.trail.length * 2);
      longer.set(this.trail);
      this.trail = longer;
    }
    this.trail[this.trailLength++] = (index << 2) | kind;
    this.trail[this.trailLength++] = old;
  }

  private raise(buffer: number, level: number): void {
    const from = this.instance.first[buffer] ?? 0;
    const to = this.instance.last[buffer] ?? 0;
    this.remember(BOTTOM, buffer, this.bottom[buffer] ?? 0);
    this.bottom[buffer] = level;
    this.surveyed.fill(0, from, to + 1);
    if (from < this.staleFrom) this.staleFrom = from;
    if (to > this.staleTo) this.staleTo = to;
  }

  /** Raises the floors of the stale sections. False when one of them cannot hold its unplaced buffers any more. */
  private refresh(): boolean {
    const { surveyed, floor, unplacedBytes, unplacedCount } = this;
    for (let section = this.staleFrom; section <= this.staleTo; section++) {
      if (surveyed[section] === 1 || unplacedCount[section] === 0) continue;
      const old = floor[section] ?? 0;
      const lowest = this.survey(section);
      if (lowest <= old) continue;
      this.remember(FLOOR, section, old);
      floor[section] = lowest;
      if (lowest + (unplacedBytes[section] ?? 0) <= this.ceiling) continue;
      this.refutations[section] = (this.refutations[section] ?? 0) + 1;
      return false;
    }
    return true;
  }

  /** Looks at the unplaced buffers of a section. Their lowest bottom. */
  private survey(section: number): number {
    const { bottom, placed } = this;
    const { sections, size } = this.instance;
    let lowest = NOWHERE;
    let next = NOWHERE;
    let top = NOWHERE;
    let count = 0;
    for (const buffer of sections[section] ?? []) {
      if (placed[buffer] === 1) continue;
      const level = bottom[buffer] ?? 0;
      const end = level + (size[buffer] ?? 0);
      if (end < top) top = end;
      if (level > lowest) {
        if (level < next) next = level;
      } else if (level === lowest) {
        count++;
      } else {
        next = lowest;
        lowest = level;
        count = 1;
      }
    }
    this.candidates[section] = count;
    this.nextBottom[section] = next;
    this.firstTop[section] = top;
    this.surveyed[section] = 1;
    return lowest;
  }

  private count(buffer: number, by: 1 | -1): void {
    const { unplacedBytes, unplacedCount, bridges } = this;
    const bytes = (this.instance.footprint[buffer] ?? 0) * by;
    const first = this.instance.first[buffer] ?? 0;
    const last = this.instance.last[buffer] ?? 0;
    this.surveyed.fill(0, first, last + 1);
    for (let section = first; section <= last; section++) {
      unplacedBytes[section] = (unplacedBytes[section] ?? 0) + bytes;
      unplacedCount[section] = (unplacedCount[section] ?? 0) + by;
      if (section < last) bridges[section] = (bridges[section] ?? 0) + by;
    }
  }
}
