import type { ZipFunction } from '../../../ops/zip.ts';
import { InternalError } from '../../../problem.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { type Expr, f32, i32, i64, type Local, select } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { emitNested, type NestedLoop } from './nested.ts';
import type { ScalarDType } from './scalar.ts';

/** Functions of int64, one element at a time. */

export interface WideZip {
  readonly fn: ZipFunction;
  /** Steps of a, b and the target. */
  readonly loops: readonly NestedLoop[];
}

/** Sums and products wrap, division gives 0 for a divisor of 0. */
export const wideZip = routine({
  params: { a: 'i32', b: 'i32', target: 'i32' },
  name: ({ fn }: WideZip) => `${fn} int64`,
  emit(f, { a, b, target }, { fn, loops }) {
    const [p, q] = [f.local('i64'), f.local('i64')];
    emitNested(f, [a, b, target], loops, ([x, y, to]) => {
      if (x === undefined || y === undefined || to === undefined) throw new InternalError('operands are missing');
      f.set(p, i64.load(x));
      f.set(q, i64.load(y));
      f.do(i64.store(to, wideResult(fn, p, q)));
    });
    f.free(p, q);
  },
});

function wideResult(fn: ZipFunction, x: Local<'i64'>, y: Local<'i64'>): Expr<'i64'> {
  // The smallest number over -1 would trap: over -1 the quotient is the number negated, and nothing is left.
  const special = i64.le_u(i64.add(y, 1n), 1n);
  const divisor = select(i64.const(1n), y, special);
  const quotient = select(select(i64.sub(0n, x), 0n, i64.ne(y, 0n)), i64.div_s(x, divisor), special);
  const rest = select(i64.const(0n), i64.rem_s(x, divisor), special);
  // The remainder has the sign of x; one of the other sign than y belongs to the quotient below.
  const below = i32.and(i64.ne(rest, 0n), i64.lt_s(i64.xor(rest, y), 0n));
  switch (fn) {
    case 'add':
    case 'sub':
    case 'mul':
      return i64[fn](x, y);
    case 'max':
      return select(x, y, i64.gt_s(x, y));
    case 'min':
      return select(x, y, i64.lt_s(x, y));
    case 'div':
      return quotient;
    case 'floor-div':
      return i64.sub(quotient, i64.extend_i32_u(below));
    case 'floor-mod':
      return i64.add(rest, select(y, 0n, below));
  }
}

export interface WideCast {
  readonly from: ScalarDType;
  readonly to: ScalarDType;
  /** The result is 1 where the element is not 0. */
  readonly truth: boolean;
}

/** Casts from or to int64; whole numbers keep their low bits, real ones saturate. */
export const wideCast = routine({
  params: { source: 'i32', target: 'i32', count: 'i32' },
  name: ({ from, to }: WideCast) => `cast ${from} to ${to}`,
  emit(f, { source, target, count }, { from, to, truth }) {
    f.doWhile(
      () => {
        const wide = toWide(from, source);
        if (truth) f.do(i32.store8(target, i64.ne(wide, 0n)));
        else if (to === 'float32') f.do(f32.store(target, f32.convert_i64_s(wide)));
        else if (to === 'int64') f.do(i64.store(target, wide));
        else f.do(narrowStore[to](target, wide));
        f.set(source, i32.add(source, dtypeBytes[from]));
        f.set(target, i32.add(target, dtypeBytes[to]));
      },
      f.tee(count, i32.sub(count, 1)),
    );
  },
});

const narrowStore = { int8: i64.store8, uint8: i64.store8, int16: i64.store16, int32: i64.store32 } as const;

function toWide(from: ScalarDType, source: Local<'i32'>): Expr<'i64'> {
  switch (from) {
    case 'float32':
      return i64.trunc_sat_f32_s(f32.load(source));
    case 'int64':
      return i64.load(source);
    case 'int32':
      return i64.load32_s(source);
    case 'int16':
      return i64.load16_s(source);
    case 'int8':
      return i64.load8_s(source);
    case 'uint8':
      return i64.load8_u(source);
  }
}
