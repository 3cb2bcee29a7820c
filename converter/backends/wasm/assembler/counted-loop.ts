import { invariant } from '../../../problem.ts';
import type { Expr, Operand } from './expression.ts';
import type { Local } from './local.ts';
import { i32 } from './operations.ts';

/** The counter within a loop body: a local, or the number itself where the trip is known. */
export type Counter = number | Local<'i32'>;

/**
 * `for (counter = from; counter < to; counter += step)`. With numbers for both bounds the trip count is known: no code
 * for 0, the bare body for 1, a bottom-tested loop otherwise. With a local for a bound, the loop is guarded by a test,
 * and `to + step` must not overflow. The body must not change the counter or `to`.
 */
export interface CountedLoop {
  /** The first value; an expression is evaluated once. */
  readonly from: Operand<'i32'>;
  /** The loop ends before the counter reaches this. */
  readonly to: Counter;
  /** Greater than 0; 1 when absent. */
  readonly step?: number;
  /**
   * Holds the counter during the body and, afterwards, the first value not below `to`, in unrolled loops, too. A temporary
   * is used when absent.
   */
  readonly counter?: Local<'i32'>;
  /** Emits the body once per trip, with numbers; both bounds must be numbers. To unroll always, use a `for` of TypeScript. */
  readonly unroll?: boolean;
  /** Compares as unsigned, for addresses that may lie above 2 GiB. */
  readonly unsigned?: boolean;
}

/** What a counting loop needs of the function that it is emitted into. */
interface LoopTarget<Label> {
  readonly name: string;
  local(type: 'i32'): Local<'i32'>;
  free(local: Local<'i32'>): void;
  set(local: Local<'i32'>, value: Operand<'i32'>): void;
  tee(local: Local<'i32'>, value: Operand<'i32'>): Expr<'i32'>;
  if(condition: Operand<'i32'>, whenTrue: () => void): void;
  loop(body: (again: Label) => void): void;
  brIf(again: Label, condition: Operand<'i32'>): void;
}

/** Emits a counting loop into `f`; the method `for` of the builder. */
export function emitCountedLoop<Label>(f: LoopTarget<Label>, range: CountedLoop, body: (index: Counter) => void): void {
  const { from, to, step = 1, unroll = false } = range;
  invariant(Number.isInteger(step) && step > 0, `loop in function "${f.name}": step ${step} is not a positive integer`);
  if (typeof from !== 'number' || typeof to !== 'number') {
    invariant(!unroll, `loop in function "${f.name}": cannot unroll without constant bounds`);
    withCounter(f, range, (counter) => {
      f.if(below(range, counter), () => emitLoop(f, range, counter, body));
    });
    return;
  }
  const trips = Math.max(0, Math.ceil((to - from) / step));
  checkLastValue(f, range, from + trips * step);
  if (trips > 1 && !unroll) withCounter(f, range, (counter) => emitLoop(f, range, counter, body));
  else emitTrips(f, range, from, trips, body);
}

function emitTrips<Label>(
  f: LoopTarget<Label>,
  { counter, step = 1 }: CountedLoop,
  from: number,
  trips: number,
  body: (index: Counter) => void,
): void {
  for (let trip = 0; trip < trips; trip++) {
    const value = from + trip * step;
    if (counter) f.set(counter, value);
    body(value);
  }
  if (counter) f.set(counter, from + trips * step);
}

/** The value behind the last must be representable, or the comparison at the bottom would never fail. */
function checkLastValue<Label>(f: LoopTarget<Label>, range: CountedLoop, last: number): void {
  const limit = range.unsigned ? 0xffff_ffff : 0x7fff_ffff;
  invariant(last <= limit, `loop in function "${f.name}": the counter would overflow at ${last}`);
}

function emitLoop<Label>(
  f: LoopTarget<Label>,
  range: CountedLoop,
  counter: Local<'i32'>,
  body: (index: Counter) => void,
): void {
  f.loop((again) => {
    body(counter);
    f.brIf(again, below(range, f.tee(counter, i32.add(counter, range.step ?? 1))));
  });
}

function below(range: CountedLoop, value: Operand<'i32'>): Operand<'i32'> {
  return range.unsigned ? i32.lt_u(value, range.to) : i32.lt_s(value, range.to);
}

function withCounter<Label>(f: LoopTarget<Label>, range: CountedLoop, emit: (counter: Local<'i32'>) => void): void {
  const counter = range.counter ?? f.local('i32');
  f.set(counter, range.from);
  emit(counter);
  if (!range.counter) f.free(counter);
}
