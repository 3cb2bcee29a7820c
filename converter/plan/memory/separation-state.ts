import type { Component, SeparationInstance } from './separation-instance.ts';
import { highestOffset, lowestOffset } from './separation-offsets.ts';

/** No event: a bound that holds from the start. */
const NONE = -1;

const LITERAL = 0;
const LOW = 1;
const HIGH = 2;

/**
 * A partial choice of which buffer of each pair is the lower, and what follows of it within a capacity: bounds on the offsets
 * (difference constraints, longest paths), and further choices. Every bound knows the one bound and the choice it
 * came of, so that a contradiction can be traced back to the choices that made it.
 *
 * A choice is a literal: `2 * pair` puts the second buffer of the pair above the first, `2 * pair + 1` below it.
 */
export class SeparationState {
  readonly pairs: number;
  /** Of each literal: the two buffers, and the distance their starts must have. */
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly distance: Float64Array;
  /** 1 for the literals that hold, -1 for their opposites, 0 for what is open. */
  readonly value: Int8Array;
  /** Least and greatest offset of each buffer. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The literals that hold, in the order in which they came, and where each level begins. */
  readonly chosen: number[] = [];
  readonly levelStart: number[] = [];
  readonly level: Int32Array;
  /** The clause that made a literal hold; null for free choices and what {@link follow} concluded. */
  readonly clause: (readonly number[] | null)[];
  /** Literals that together cannot hold, after a step that returned false. */
  contradiction: number[] = [];

  private readonly instance: SeparationInstance;
  private readonly buffers: readonly number[];
  /** Literals that have a buffer as the lower, and as the upper one. */
  private readonly rising: readonly (readonly number[])[];
  private readonly falling: readonly (readonly number[])[];
  /** The event that set a bound last. */
  private readonly lowEvent: Int32Array;
  private readonly highEvent: Int32Array;
  /** Why a literal holds: bounds of its two buffers that exclude the opposite. */
  private readonly reasonLow: Int32Array;
  private readonly reasonHigh: Int32Array;
  /** The events: what kind, of which buffer or literal, the bound and event before, the literal and event it came of. */
  private readonly kind: number[] = [];
  private readonly subject: number[] = [];
  private readonly oldBound: number[] = [];
  private readonly oldEvent: number[] = [];
  private readonly causeLiteral: number[] = [];
  private readonly causeEvent: number[] = [];
  private readonly eventStart: number[] = [];
  /** Events before this have been followed up. */
  private followed = 0;

  constructor(instance: SeparationInstance, { buffers }: Component) {
    const { count, first, other, underOther, overOther } = instance;
    const lower: number[] = [];
    const upper: number[] = [];
    const distance: number[] = [];
    const rising: number[][] = Array.from({ length: count }, () => []);
    const falling: number[][] = Array.from({ length: count }, () => []);
    for (const a of buffers) {
      for (let e = first[a] ?? 0; e < (first[a + 1] ?? 0); e++) {
        const b = other[e] ?? 0;
        if (b < a) continue;
        rising[a]?.push(lower.length);
        falling[b]?.push(lower.length);
        rising[b]?.push(lower.length + 1);
        falling[a]?.push(lower.length + 1);
        lower.push(a, b);
        upper.push(b, a);
        distance.push(underOther[e] ?? 0, overOther[e] ?? 0);
      }
    }
    this.instance = instance;
    this.buffers = buffers;
    this.pairs = lower.length / 2;
    this.lower = Int32Array.from(lower);
    this.upper = Int32Array.from(upper);
    this.distance = Float64Array.from(distance);
    this.rising = rising;
    this.falling = falling;
    this.value = new Int8Array(lower.length);
    this.clause = lower.map(() => null);
    this.level = new Int32Array(lower.length);
    this.reasonLow = new Int32Array(lower.length);
    this.reasonHigh = new Int32Array(lower.length);
    this.low = new Float64Array(count);
    this.high = new Float64Array(count);
    this.lowEvent = new Int32Array(count);
    this.highEvent = new Int32Array(count);
  }

  /** Takes all choices back and sets the height that no buffer may exceed. False when one buffer alone exceeds it. */
  reset(capacity: number): boolean {
    this.backtrack(0);
    this.undo(0, 0);
    let fits = true;
    for (const buffer of this.buffers) {
      this.low[buffer] = lowestOffset(this.instance, buffer, 0);
      this.high[buffer] = highestOffset(this.instance, buffer, capacity - (this.instance.size[buffer] ?? 0));
      this.lowEvent[buffer] = NONE;
      this.highEvent[buffer] = NONE;
      if ((this.low[buffer] ?? 0) > (this.high[buffer] ?? 0)) fits = false;
    }
    // Nothing has happened yet, so every pair is looked at once.
    for (let literal = 0; fits && literal < 2 * this.pairs; literal++) this.exclude(literal);
    return fits && this.follow();
  }

  /** Begins a new level, for a choice that is free. */
  deepen(): void {
    this.levelStart.push(this.chosen.length);
    this.eventStart.push(this.kind.length);
  }

  /** Takes back all levels above `level`. */
  backtrack(level: number): void {
    if (this.levelStart.length <= level) return;
    this.undo(this.levelStart[level] ?? 0, this.eventStart[level] ?? 0);
    this.levelStart.length = level;
    this.eventStart.length = level;
  }

  /** Makes a literal hold that is open, because of a clause or as a free choice. */
  choose(literal: number, clause: readonly number[] | null = null): void {
    this.assign(literal, NONE, NONE, clause);
  }

  /** Draws the conclusions of what was chosen since. False on a contradiction. */
  follow(): boolean {
    while (this.followed < this.kind.length) {
      const event = this.followed++;
      const subject = this.subject[event] ?? 0;
      const kind = this.kind[event];
      if (kind === LITERAL && !this.tighten(subject)) return false;
      if (kind === LOW && !this.followLow(subject)) return false;
      if (kind === HIGH && !this.followHigh(subject)) return false;
    }
    return true;
  }

  /** Adds to `into` the literals from which a literal that holds was concluded by {@link follow}. */
  explain(literal: number, into: number[]): void {
    this.trace(this.reasonLow[literal] ?? NONE, into);
    this.trace(this.reasonHigh[literal] ?? NONE, into);
  }

  private followLow(buffer: number): boolean {
    for (const literal of this.rising[buffer] ?? []) {
      if (this.value[literal] === 0) this.exclude(literal);
      else if (this.value[literal] === 1 && !this.raise(literal)) return false;
    }
    return true;
  }

  private followHigh(buffer: number): boolean {
    for (const literal of this.falling[buffer] ?? []) {
      if (this.value[literal] === 0) this.exclude(literal);
      else if (this.value[literal] === 1 && !this.sink(literal)) return false;
    }
    return true;
  }

  /** Concludes the opposite of an open literal for which there is no room. */
  private exclude(literal: number): void {
    const [lower, upper] = [this.lower[literal] ?? 0, this.upper[literal] ?? 0];
    if (this.value[literal] !== 0) return;
    if ((this.low[lower] ?? 0) + (this.distance[literal] ?? 0) <= (this.high[upper] ?? 0)) return;
    this.assign(literal ^ 1, this.lowEvent[lower] ?? NONE, this.highEvent[upper] ?? NONE, null);
  }

  private assign(literal: number, reasonLow: number, reasonHigh: number, clause: readonly number[] | null): void {
    this.clause[literal] = clause;
    this.value[literal] = 1;
    this.value[literal ^ 1] = -1;
    this.level[literal] = this.levelStart.length;
    this.reasonLow[literal] = reasonLow;
    this.reasonHigh[literal] = reasonHigh;
    this.chosen.push(literal);
    this.record(LITERAL, literal, 0, NONE, NONE, NONE);
  }

  private tighten(literal: number): boolean {
    return this.raise(literal) && this.sink(literal);
  }

  /** Raises the upper buffer of a literal that holds. */
  private raise(literal: number): boolean {
    const [lower, upper] = [this.lower[literal] ?? 0, this.upper[literal] ?? 0];
    const least = (this.low[lower] ?? 0) + (this.distance[literal] ?? 0);
    const old = this.low[upper] ?? 0;
    if (least <= old) return true;
    const cause = this.lowEvent[lower] ?? NONE;
    if (this.closesCircle(upper, literal, cause)) return false;
    this.record(LOW, upper, old, this.lowEvent[upper] ?? NONE, literal, cause);
    this.lowEvent[upper] = this.kind.length - 1;
    this.low[upper] = lowestOffset(this.instance, upper, least);
    return this.hasRoom(upper);
  }

  /** Sinks the lower buffer of a literal that holds. */
  private sink(literal: number): boolean {
    const [lower, upper] = [this.lower[literal] ?? 0, this.upper[literal] ?? 0];
    const most = (this.high[upper] ?? 0) - (this.distance[literal] ?? 0);
    const old = this.high[lower] ?? 0;
    if (most >= old) return true;
    const cause = this.highEvent[upper] ?? NONE;
    if (this.closesCircle(lower, literal, cause)) return false;
    this.record(HIGH, lower, old, this.highEvent[lower] ?? NONE, literal, cause);
    this.highEvent[lower] = this.kind.length - 1;
    this.high[lower] = highestOffset(this.instance, lower, most);
    return this.hasRoom(lower);
  }

  private hasRoom(buffer: number): boolean {
    if ((this.low[buffer] ?? 0) <= (this.high[buffer] ?? 0)) return true;
    this.contradiction = [];
    this.trace(this.lowEvent[buffer] ?? NONE, this.contradiction);
    this.trace(this.highEvent[buffer] ?? NONE, this.contradiction);
    return false;
  }

  /** Whether a new bound of a buffer would come of an older bound of the same buffer: literals that bite their tail. */
  private closesCircle(buffer: number, literal: number, cause: number): boolean {
    let event = cause;
    while (event !== NONE && this.subject[event] !== buffer) event = this.causeEvent[event] ?? NONE;
    if (event === NONE) return false;
    this.contradiction = [literal];
    for (let e = cause; e !== event; e = this.causeEvent[e] ?? NONE) this.contradiction.push(this.causeLiteral[e] ?? 0);
    return true;
  }

  /** Adds the literals that led to a bound. */
  private trace(event: number, into: number[]): void {
    for (let e = event; e !== NONE; e = this.causeEvent[e] ?? NONE) into.push(this.causeLiteral[e] ?? 0);
  }

  private record(kind: number, subject: number, bound: number, event: number, literal: number, cause: number): void {
    this.kind.push(kind);
    this.subject.push(subject);
    this.oldBound.push(bound);
    this.oldEvent.push(event);
    this.causeLiteral.push(literal);
    this.causeEvent.push(cause);
  }

  private undo(chosen: number, events: number): void {
    while (this.chosen.length > chosen) {
      const literal = this.chosen.pop() ?? 0;
      this.value[literal] = 0;
      this.value[literal ^ 1] = 0;
    }
    for (let event = this.kind.length - 1; event >= events; event--) {
      const subject = this.subject[event] ?? 0;
      if (this.kind[event] === LOW) {
        this.low[subject] = this.oldBound[event] ?? 0;
        this.lowEvent[subject] = this.oldEvent[event] ?? NONE;
      } else if (this.kind[event] === HIGH) {
        this.high[subject] = this.oldBound[event] ?? 0;
        this.highEvent[subject] = this.oldEvent[event] ?? NONE;
      }
    }
    for (const list of [this.kind, this.subject, this.oldBound, this.oldEvent, this.causeLiteral, this.causeEvent]) {
      list.length = events;
    }
    this.followed = Math.min(this.followed, events);
  }
}
