import { expOfMinusPowers16 } from '../../../tensor/fixed-point-16.ts';
import { type Expr, type FunctionBuilder, i16x8, type Local, v128 } from '../assembler/index.ts';
import type { Routine } from '../routine.ts';

/*
 * The functions of `tensor/fixed-point-16.ts` on eight int16 at a time. `i16x8.q15mulr_sat_s` is gemmlowp's saturating rounding
 * doubling high multiply of 16 bits.
 */

const lanes = (x: number): Expr<'v128'> => v128.const('i16x8', [x, x, x, x, x, x, x, x]);
const multiply = i16x8.q15mulr_sat_s;

/** Replaces a < 0 in Q`bits` by exp(a) in Q0. */
function emitExpOfNegative(f: FunctionBuilder, a: Local<'v128'>, bits: number): void {
  const names = ['rest', 'x', 'x2', 'x3', 'result'] as const;
  const [rest, x, x2, x3, result] = [
    f.local('v128', names[0]),
    f.local('v128', names[1]),
    f.local('v128', names[2]),
    f.local('v128', names[3]),
    f.local('v128', names[4]),
  ];
  const fraction = 15 - bits;
  const quarter = 2 ** (fraction - 2);
  f.set(rest, i16x8.sub(v128.and(a, lanes(quarter - 1)), lanes(quarter)));
  f.set(x, i16x8.add(i16x8.shl(rest, bits), lanes(4096)));
  f.set(x2, multiply(x, x));
  f.set(x3, multiply(x2, x));
  // x2 is not negative, nor is its square, so that its quarter rounds upwards.
  const fourth = i16x8.shr_s(i16x8.add(multiply(x2, x2), lanes(2)), 2);
  f.set(x2, i16x8.add(multiply(i16x8.add(fourth, x3), lanes(10923)), x2));
  const half = i16x8.shr_s(i16x8.add(i16x8.add(x2, i16x8.shr_s(x2, 15)), lanes(1)), 1);
  f.set(result, i16x8.add_sat_s(lanes(28918), multiply(lanes(28918), i16x8.add(x, half))));
  f.set(rest, i16x8.sub(rest, a));
  for (const [exponent, factor] of expOfMinusPowers16) {
    if (bits <= exponent) break;
    const isSet = i16x8.ne(v128.and(rest, lanes(2 ** (fraction + exponent))), lanes(0));
    f.set(result, v128.bitselect(multiply(result, lanes(factor)), result, isSet));
  }
  if (bits > 5) f.set(result, v128.bitselect(lanes(0), result, i16x8.lt_s(a, lanes(-(2 ** (20 - bits))))));
  f.set(a, result);
  f.free(rest, x, x2, x3, result);
}

/** Replaces 0 <= a < 1 in Q0 by 2 / (1 + a) in Q2. */
function emitTwiceReciprocal(f: FunctionBuilder, a: Local<'v128'>): void {
  const [x, step] = [f.local('v128', 'x'), f.local('v128', 'step')];
  f.set(a, i16x8.add(i16x8.shr_u(a, 1), lanes(16384)));
  // (a + 2^15) >> 1 takes the odd bit of a, too: 2^15 is even.
  f.set(x, i16x8.add(lanes(23130), multiply(a, lanes(-15420))));
  for (let i = 0; i < 3; i++) {
    f.set(step, multiply(x, i16x8.sub(lanes(8192), multiply(a, x))));
    f.set(step, i16x8.add_sat_s(step, step));
    f.set(x, i16x8.add(x, i16x8.add_sat_s(step, step)));
  }
  f.set(a, x);
  f.free(x, step);
}

type VectorFunction<C> = Routine<C, { readonly x: 'v128' }, readonly ['v128']>;

/** -|x|, without leaving 16 bits. */
const negative = (x: Local<'v128'>) => i16x8.min_s(x, i16x8.neg(x));

/** logistic(x) in Q0 for x in Q3. */
export const logistic16: VectorFunction<null> = {
  params: { x: 'v128' },
  results: ['v128'],
  name: () => 'logistic of 16 bits',
  emit(f, { x }) {
    const a = f.local('v128', 'a');
    f.set(a, negative(x));
    emitExpOfNegative(f, a, 3);
    emitTwiceReciprocal(f, a);
    f.set(a, i16x8.add_sat_s(a, a));
    f.set(a, v128.bitselect(a, i16x8.sub(lanes(32767), a), i16x8.gt_s(x, lanes(0))));
    f.push(v128.bitselect(lanes(16384), a, i16x8.eq(x, lanes(0))));
  },
};

/** tanh(x) in Q0 for x in Q`bits`. */
export const tanh16: VectorFunction<{ readonly bits: number }> = {
  params: { x: 'v128' },
  results: ['v128'],
  name: ({ bits }) => `tanh of 16 bits, ${bits} before the point`,
  emit(f, { x }, { bits }) {
    const a = f.local('v128', 'a');
    f.set(a, negative(x));
    emitExpOfNegative(f, a, bits + 1);
    emitTwiceReciprocal(f, a);
    f.set(a, i16x8.sub(a, lanes(8192)));
    f.set(a, i16x8.add_sat_s(a, a));
    f.set(a, i16x8.add_sat_s(a, a));
    f.set(a, v128.bitselect(i16x8.neg(a), a, i16x8.lt_s(x, lanes(0))));
    f.push(v128.bitselect(lanes(0), a, i16x8.eq(x, lanes(0))));
  },
};
