import { accumulationBits, scaledDifferenceBits } from '../../../ops/softmax.ts';
import { type FunctionBuilder, f32, f32x4, i32, type Local, select, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { emitStoreLanes } from './elementwise.ts';
import { divideByPowerOfTwo, highMultiply, logOfSum, oneOverOnePlus } from './fixed-point.ts';
import { requantizeScalar } from './requantize.ts';
import { emitExp, emitLog } from './transcendental.ts';

const rowParams = { source: 'i32', target: 'i32', rows: 'i32', depth: 'i32' } as const;

type Rows = { readonly [K in keyof typeof rowParams]: Local<'i32'> };

/** Calls `body` for each row and moves source and target on by their bytes of a row afterwards. */
function emitRows(
  f: FunctionBuilder,
  { source, target, rows, depth }: Rows,
  elementBytes: number,
  body: () => void,
  targetRatio = 1,
): void {
  const rowBytes = f.local('i32', 'rowBytes');
  f.set(rowBytes, i32.mul(depth, elementBytes));
  f.doWhile(
    () => {
      body();
      f.set(source, i32.add(source, rowBytes));
      f.set(target, i32.add(target, targetRatio === 1 ? rowBytes : i32.mul(rowBytes, targetRatio)));
    },
    f.tee(rows, i32.sub(rows, 1)),
  );
}

/** Runs `body` with `at` on every element of the row at `start`. */
function forElements(
  f: FunctionBuilder,
  at: Local<'i32'>,
  start: Local<'i32'>,
  depth: Local<'i32'>,
  elementBytes: number,
  body: () => void,
): void {
  const end = f.local('i32', 'end');
  f.set(at, start);
  f.set(end, i32.add(start, i32.mul(depth, elementBytes)));
  f.doWhile(body, i32.lt_u(f.tee(at, i32.add(at, elementBytes)), end));
  f.free(end);
}

/** Runs `body` on vectors of four floats of the row; it gets `value` loaded and `value` is stored. */
function forVectors(
  f: FunctionBuilder,
  from: Local<'i32'>,
  { target, depth }: Rows,
  store: (target: Local<'i32'>, value: Local<'v128'>, left: Local<'i32'>) => void,
  compute: (value: Local<'v128'>) => void,
): void {
  const [x, y, left, value] = [
    f.local('i32', 'x'),
    f.local('i32', 'y'),
    f.local('i32', 'left'),
    f.local('v128', 'value'),
  ];
  f.set(x, from);
  f.set(y, target);
  f.set(left, depth);
  f.doWhile(
    () => {
      f.set(value, v128.load(x, { align: 4 }));
      compute(value);
      store(y, value, left);
      f.set(x, i32.add(x, 16));
      f.set(y, i32.add(y, 16));
    },
    i32.gt_s(f.tee(left, i32.sub(left, 4)), 0),
  );
  f.free(x, y, left, value);
}

function emitRowMax(f: FunctionBuilder, { source, depth }: Rows, at: Local<'i32'>, max: Local<'f32'>): void {
  f.set(max, Number.NEGATIVE_INFINITY);
  forElements(f, at, source, depth, 4, () => f.set(max, f32.max(max, f32.load(at))));
}

export const floatSoftmax = routine({
  params: { ...rowParams, beta: 'f32' },
  name: (_: null) => 'softmax float32',
  emit(f, params, _, library) {
    const { source, target, depth, beta } = params;
    const [max, sum, at] = [f.local('f32', 'max'), f.local('f32', 'sum'), f.local('i32', 'at')];
    const store = (to: Local<'i32'>, value: Local<'v128'>, left: Local<'i32'>) =>
      emitStoreLanes(f, library, 'float32', to, value, left);
    emitRows(f, params, 4, () => {
      emitRowMax(f, params, at, max);
      forVectors(f, source, params, store, (value) => {
        f.set(value, f32x4.mul(f32x4.sub(value, f32x4.splat(max)), f32x4.splat(beta)));
        emitExp(f, value);
      });
      f.set(sum, 0);
      forElements(f, at, target, depth, 4, () => f.set(sum, f32.add(sum, f32.load(at))));
      forVectors(f, target, params, store, (value) => f.set(value, f32x4.div(value, f32x4.splat(sum))));
    });
  },
});

export const floatLogSoftmax = routine({
  params: rowParams,
  name: (_: null) => 'log-softmax float32',
  emit(f, params, _, library) {
    const { source, depth } = params;
    const [max, sum, at] = [f.local('f32', 'max'), f.local('f32', 'sum'), f.local('i32', 'at')];
    const power = f.local('v128', 'power');
    const store = (to: Local<'i32'>, value: Local<'v128'>, left: Local<'i32'>) =>
      emitStoreLanes(f, library, 'float32', to, value, left);
    emitRows(f, params, 4, () => {
      emitRowMax(f, params, at, max);
      f.set(sum, 0);
      forElements(f, at, source, depth, 4, () => {
        f.set(power, f32x4.splat(f32.sub(f32.load(at), max)));
        emitExp(f, power);
        f.set(sum, f32.add(sum, f32x4.extract_lane(power, 0)));
      });
      f.set(power, f32x4.splat(sum));
      emitLog(f, power);
      f.set(sum, f32x4.extract_lane(power, 0));
      forVectors(f, source, params, store, (value) => {
        f.set(value, f32x4.sub(f32x4.sub(value, f32x4.splat(max)), f32x4.splat(sum)));
      });
    });
  },
});

/** The largest int8 of the row. */
function emitIntegerMax(f: FunctionBuilder, { source, depth }: Rows, at: Local<'i32'>, max: Local<'i32'>): void {
  const value = f.local('i32', 'value');
  f.set(max, -128);
  forElements(f, at, source, depth, 1, () => {
    f.set(value, i32.load8_s(at));
    f.set(max, select(value, max, i32.gt_s(value, max)));
  });
  f.free(value);
}

/** Address of the entry of `table` for the difference between `max` and the element at `at`. */
function entry(table: Local<'i32'>, max: Local<'i32'>, at: Local<'i32'>) {
  return i32.add(table, i32.shl(i32.sub(max, i32.load8_s(at)), 2));
}

/** int8 through a table of exponentials in Q0.31, indexed by max - x (`ops/softmax.ts`). The output has `bits` bits. */
export const integerSoftmax = routine({
  params: { ...rowParams, table: 'i32' },
  name: ({ bits }: { readonly bits: 8 | 16 }) => `softmax int8 to int${bits}`,
  emit(f, params, { bits }, library) {
    const { source, target, depth, table } = params;
    const [max, sum, at] = [f.local('i32', 'max'), f.local('i32', 'sum'), f.local('i32', 'at')];
    const [fraction, shift, value] = [f.local('i32', 'fraction'), f.local('i32', 'shift'), f.local('i32', 'value')];
    const [multiply, divide] = [library.get(highMultiply, null), library.get(divideByPowerOfTwo, null)];
    const half = 2 ** (bits - 1);
    const row = () => {
      emitIntegerMax(f, params, at, max);
      f.set(sum, 0);
      const rounding = 2 ** (accumulationBits - 1);
      forElements(f, at, source, depth, 1, () => {
        const exponential = i32.load(entry(table, max, at));
        f.set(sum, i32.add(sum, i32.shr_u(i32.add(exponential, rounding), accumulationBits)));
      });
      // 1 / sum: the sum without its leading zeros is 1 + a.
      f.set(shift, i32.clz(sum));
      f.set(fraction, f.call(library.get(oneOverOnePlus, null), { a: i32.and(i32.shl(sum, shift), 0x7fffffff) }));
      f.set(shift, i32.sub(accumulationBits + 31 - bits, shift));
      forElements(f, at, source, depth, 1, () => {
        f.set(value, f.call(multiply, { a: fraction, b: i32.load(entry(table, max, at)) }));
        f.set(value, i32.sub(f.call(divide, { x: value, exponent: shift }), half));
        const limited = select(value, half - 1, i32.lt_s(value, half - 1));
        const place = i32.sub(at, source);
        if (bits === 8) f.do(i32.store8(i32.add(target, place), limited));
        else f.do(i32.store16(i32.add(target, i32.shl(place, 1)), limited));
      });
    };
    emitRows(f, params, 1, row, bits / 8);
  },
});

export interface IntegerLogSoftmax {
  readonly smallestDifference: number;
  readonly multiplier: number;
  readonly shift: number;
}

/** int8 through tables of sum terms and scaled differences, indexed by max - x (`ops/log-softmax.ts`). */
export const integerLogSoftmax = routine({
  params: { ...rowParams, sumTerms: 'i32', differences: 'i32' },
  name: (_: IntegerLogSoftmax) => 'log-softmax int8',
  emit(f, params, { smallestDifference, multiplier, shift }, library) {
    const { source, target, depth, sumTerms, differences } = params;
    const [max, sum, at] = [f.local('i32', 'max'), f.local('i32', 'sum'), f.local('i32', 'at')];
    const [log, least, value] = [f.local('i32', 'log'), f.local('i32', 'least'), f.local('i32', 'value')];
    const offset = f.local('i32', 'offset');
    const exact = library.get(requantizeScalar, { rounding: 'exact' });
    emitRows(f, params, 1, () => {
      emitIntegerMax(f, params, at, max);
      f.set(sum, 0);
      forElements(f, at, source, depth, 1, () => f.set(sum, i32.add(sum, i32.load(entry(sumTerms, max, at)))));
      f.set(log, f.call(library.get(logOfSum, null), { x: sum }));
      f.set(least, f.call(exact, { sum: i32.sub(log, -0x80000000), multiplier, shift }));
      f.set(least, select(least, smallestDifference - 1, i32.gt_s(least, smallestDifference - 1)));
      f.set(offset, i32.sub(target, source));
      forElements(f, at, source, depth, 1, () => {
        const logarithm = i32.sub(i32.load(entry(differences, max, at)), log);
        const exponent = 31 - scaledDifferenceBits - 4;
        f.set(value, i32.add(f.call(library.get(divideByPowerOfTwo, null), { x: logarithm, exponent }), 127));
        f.set(value, select(value, 127, i32.lt_s(value, 127)));
        f.set(value, select(value, -128, i32.gt_s(value, -128)));
        const difference = i32.sub(i32.load8_s(at), max);
        f.set(value, select(value, -128, i32.gt_s(difference, least)));
        f.do(i32.store8(i32.add(at, offset), value));
      });
    });
  },
});
