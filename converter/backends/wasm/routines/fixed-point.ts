import { accumulationBits, scaledDifferenceBits } from '../../../ops/softmax.ts';
import { type Expr, type FunctionRef, i32, i64, type Operand, select } from '../assembler/index.ts';
import type { Routine } from '../routine.ts';

/*
 * The functions of `tensor/fixed-point.ts` that are needed at run time, in 64-bit integers where those save sign rules.
 */

/** (a * b + 2^30) >> 31: the product of fixed-point numbers. */
export const highMultiply: Routine<null, { readonly a: 'i32'; readonly b: 'i32' }, readonly ['i32']> = {
  params: { a: 'i32', b: 'i32' },
  results: ['i32'],
  name: () => 'multiply fixed',
  emit(f, { a, b }) {
    const product = i64.mul(i64.extend_i32_s(a), i64.extend_i32_s(b));
    f.push(i32.wrap_i64(i64.shr_s(i64.add(product, 1n << 30n), 31n)));
  },
};

/** x * 2^-exponent to nearest, ties away from zero; `exponent` is 0 to 31. */
export const divideByPowerOfTwo: Routine<null, { readonly x: 'i32'; readonly exponent: 'i32' }, readonly ['i32']> = {
  params: { x: 'i32', exponent: 'i32' },
  results: ['i32'],
  name: () => 'divide by power of two',
  emit(f, { x, exponent }) {
    const wide = f.local('i64', 'wide');
    f.if(i32.eqz(exponent), () => f.return(x));
    f.set(wide, i64.extend_i32_s(x));
    const half = i64.shl(1n, i64.extend_i32_u(i32.sub(exponent, 1)));
    f.set(wide, i64.sub(i64.add(wide, half), i64.shr_u(wide, 63n)));
    f.push(i32.wrap_i64(i64.shr_s(wide, i64.extend_i32_u(exponent))));
  },
};

/** x * 2^exponent, saturated; `exponent` is 0 to 31. */
const shiftLeft: Routine<null, { readonly x: 'i32'; readonly exponent: 'i32' }, readonly ['i32']> = {
  params: { x: 'i32', exponent: 'i32' },
  results: ['i32'],
  name: () => 'shift left, saturated',
  emit(f, { x, exponent }) {
    const wide = f.local('i64', 'wide');
    f.set(wide, i64.shl(i64.extend_i32_s(x), i64.extend_i32_u(exponent)));
    f.if(i64.gt_s(wide, 0x7fffffffn), () => f.return(0x7fffffff));
    f.if(i64.lt_s(wide, -0x80000000n), () => f.return(-0x80000000));
    f.push(i32.wrap_i64(wide));
  },
};

/** 1 / (1 + a) in Q0 for a in Q0, 0 <= a < 1: three Newton-Raphson steps from 48/17 - 32/17 d. */
export const oneOverOnePlus: Routine<null, { readonly a: 'i32' }, readonly ['i32']> = {
  params: { a: 'i32' },
  results: ['i32'],
  name: () => 'one over one plus',
  emit(f, { a }, _, library) {
    const [half, x, error] = [f.local('i32', 'half'), f.local('i32', 'x'), f.local('i32', 'error')];
    const multiply = library.get(highMultiply, null);
    const shift = library.get(shiftLeft, null);
    const product = (p: Operand<'i32'>, q: Operand<'i32'>): Expr<'i32'> => f.call(multiply, { a: p, b: q });
    f.set(half, i32.shr_u(i32.add(a, 0x80000000), 1));
    f.set(x, i32.add(1515870810, product(half, -1010580540)));
    for (let step = 0; step < 3; step++) {
      f.set(error, i32.sub(1 << 29, product(half, x)));
      f.set(x, i32.add(x, f.call(shift, { x: product(x, error), exponent: 2 })));
    }
    f.push(f.call(shift, { x, exponent: 1 }));
  },
};

/** ln(x) in Q5.26 for x >= 1 in Q12.19 (`logOfOneOrMore` of `tensor/fixed-point.ts`). */
export const logOfSum: Routine<null, { readonly x: 'i32' }, readonly ['i32']> = {
  params: { x: 'i32' },
  results: ['i32'],
  name: () => 'logarithm of the sum',
  emit(f, { x }, _, library) {
    const multiply: FunctionRef<{ readonly a: 'i32'; readonly b: 'i32' }, readonly ['i32']> = library.get(
      highMultiply,
      null,
    );
    const [shift, divide] = [library.get(shiftLeft, null), library.get(divideByPowerOfTwo, null)];
    const product = (a: Operand<'i32'>, b: Operand<'i32'>): Expr<'i32'> => f.call(multiply, { a, b });
    const sumBits = scaledDifferenceBits + 1;
    const quarter = 2 ** (29 - sumBits);
    const [ln2, rootHalf, fourthRootHalf] = [1488522236, 1518500250, 1805811301];
    const names = ['headroom', 'mantissa', 'exponent', 'r', 'p', 'q', 'qq', 'numerator', 'denominator'] as const;
    const [headroom, mantissa, exponent, r, p, q, qq, numerator, denominator] = names.map((name) =>
      f.local('i32', name),
    );
    if (!headroom || !mantissa || !exponent || !r || !p || !q || !qq || !numerator || !denominator) return;
    // Exponents are small whole numbers of 12 - 31 ... 12 bits in Q6: no step saturates.
    const scaled = (bits: Expr<'i32'>) => i32.shl(bits, 31 - sumBits);
    f.set(headroom, i32.clz(x));
    f.set(r, f.call(shift, { x, exponent: i32.sub(headroom, 1) }));
    f.set(r, f.call(shift, { x: product(r, rootHalf), exponent: 1 }));
    f.set(exponent, i32.add(scaled(i32.sub(accumulationBits, headroom)), quarter));
    f.set(headroom, i32.sub(i32.clz(product(x, rootHalf)), 1));
    f.set(mantissa, f.call(shift, { x, exponent: headroom }));
    f.set(q, i32.sub(scaled(i32.sub(accumulationBits, headroom)), quarter));
    f.set(r, select(r, mantissa, i32.lt_s(r, mantissa)));
    f.set(exponent, select(exponent, q, i32.gt_s(exponent, q)));
    // p = (r + fourthRootHalf) / 2, rounded away from zero; both are positive.
    f.set(p, i32.shr_u(i32.add(i32.add(r, fourthRootHalf), 1), 1));
    f.set(q, i32.shl(i32.sub(r, fourthRootHalf), 1));
    f.set(qq, product(q, q));
    f.set(numerator, i32.add(product(q, r), product(product(q, qq), 117049297)));
    f.set(denominator, i32.add(i32.add(1057819769, q), product(127690142, qq)));
    f.set(denominator, i32.add(product(p, denominator), product(638450708, q)));
    f.set(numerator, f.call(divide, { x: numerator, exponent: sumBits }));
    f.set(numerator, product(numerator, f.call(library.get(oneOverOnePlus, null), { a: denominator })));
    f.push(f.call(shift, { x: i32.add(product(exponent, ln2), numerator), exponent: 1 }));
  },
};
