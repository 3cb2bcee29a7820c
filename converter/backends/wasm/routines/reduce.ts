import type { ReduceAttributes } from '../../../ops/reduce.ts';
import { type Expr, type FunctionBuilder, f32x4, i8x16, i32, i32x4, type Local, v128 } from '../assembler/index.ts';
import type { RequantizationForm } from '../packing/requantization.ts';
import { routine } from '../routine.ts';
import { emitStoreLanes } from './elementwise.ts';
import { emitStoreEight } from './pool.ts';
import { emitRequantize, narrowed } from './requantize.ts';

/** A loop of a reduction; the step is in elements of the input. */
export interface ReduceLoop {
  readonly count: number;
  readonly step: number;
}

/**
 * Loops over kept axes, outermost first, around loops over reduced axes. `run` outputs lie side by side and so do their
 * inputs; it is 1 where the last axis is reduced.
 */
export interface Reduction {
  readonly kept: readonly ReduceLoop[];
  readonly reduced: readonly ReduceLoop[];
  readonly run: number;
}

type Kind = ReduceAttributes['kind'];

const reduceParams = { input: 'i32', output: 'i32' } as const;

interface ReduceParts {
  readonly elementBytes: number;
  readonly lanes: number;
  begin(): void;
  join(at: Local<'i32'>): void;
  /** Stores the results of the block, of which `left` are asked for. */
  finish(target: Local<'i32'>, left: Local<'i32'>): void;
}

function emitReduction(
  f: FunctionBuilder,
  { input, output }: { readonly input: Local<'i32'>; readonly output: Local<'i32'> },
  reduction: Reduction,
  parts: ReduceParts,
): void {
  const { kept, reduced, run } = reduction;
  emitLoops(f, input, kept, parts.elementBytes, (start) => {
    const [left, at] = [f.local('i32', 'left'), f.local('i32', 'at')];
    const blockBytes = parts.lanes * parts.elementBytes;
    f.set(left, run);
    f.set(at, start);
    f.doWhile(
      () => {
        parts.begin();
        emitLoops(f, at, reduced, parts.elementBytes, parts.join);
        parts.finish(output, left);
        f.set(output, i32.add(output, blockBytes));
        f.set(at, i32.add(at, blockBytes));
      },
      i32.gt_s(f.tee(left, i32.sub(left, parts.lanes)), 0),
    );
    const overshoot = (parts.lanes - (run % parts.lanes)) % parts.lanes;
    if (overshoot > 0) f.set(output, i32.sub(output, overshoot * parts.elementBytes));
    f.free(left, at);
  });
}

/** Nested loops over a pointer that begins at `start`, which stays as it is. */
function emitLoops(
  f: FunctionBuilder,
  start: Local<'i32'>,
  [loop, ...inner]: readonly ReduceLoop[],
  elementBytes: number,
  body: (at: Local<'i32'>) => void,
): void {
  if (loop === undefined) {
    body(start);
    return;
  }
  const at = f.local('i32', 'at');
  f.set(at, start);
  f.for({ from: 0, to: loop.count }, () => {
    emitLoops(f, at, inner, elementBytes, body);
    f.set(at, i32.add(at, loop.step * elementBytes));
  });
  f.free(at);
}

export interface FloatReduction {
  readonly reduction: Reduction;
  readonly kind: Kind;
  readonly count: number;
}

const floatJoin: { readonly [K in Kind]: (a: Expr<'v128'>, b: Expr<'v128'>) => Expr<'v128'> } = {
  mean: f32x4.add,
  sum: f32x4.add,
  max: f32x4.max,
  min: f32x4.min,
  product: f32x4.mul,
};

const floatIdentity: { readonly [K in Kind]: number } = {
  mean: 0,
  sum: 0,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
  product: 1,
};

export const floatReduce = routine({
  params: reduceParams,
  name: ({ kind }: FloatReduction) => `${kind} float32`,
  emit(f, params, { reduction, kind, count }, library) {
    const acc = f.local('v128', 'acc');
    const splat = (value: number) => v128.const('f32x4', [value, value, value, value]);
    emitReduction(f, params, reduction, {
      elementBytes: 4,
      lanes: 4,
      begin: () => f.set(acc, splat(floatIdentity[kind])),
      join: (at) => f.set(acc, floatJoin[kind](acc, v128.load(at, { align: 4 }))),
      finish(target, left) {
        if (kind === 'mean') f.set(acc, f32x4.div(acc, splat(count)));
        emitStoreLanes(f, library, 'float32', target, acc, left);
      },
    });
  },
});

export interface WholeReduction {
  readonly reduction: Reduction;
  readonly kind: Exclude<Kind, 'mean'>;
}

const wholeJoin: { readonly [K in WholeReduction['kind']]: (a: Expr<'v128'>, b: Expr<'v128'>) => Expr<'v128'> } = {
  sum: i32x4.add,
  max: i32x4.max_s,
  min: i32x4.min_s,
  product: i32x4.mul,
};

const wholeIdentity: { readonly [K in WholeReduction['kind']]: number } = {
  sum: 0,
  max: -2147483648,
  min: 2147483647,
  product: 1,
};

/** int32; sums and products wrap. */
export const wholeReduce = routine({
  params: reduceParams,
  name: ({ kind }: WholeReduction) => `${kind} int32`,
  emit(f, params, { reduction, kind }, library) {
    const acc = f.local('v128', 'acc');
    const first = wholeIdentity[kind];
    emitReduction(f, params, reduction, {
      elementBytes: 4,
      lanes: 4,
      begin: () => f.set(acc, v128.const('i32x4', [first, first, first, first])),
      join: (at) => f.set(acc, wholeJoin[kind](acc, v128.load(at, { align: 4 }))),
      finish: (target, left) => emitStoreLanes(f, library, 'int32', target, acc, left),
    });
  },
});

export interface IntegerExtreme {
  readonly reduction: Reduction;
  readonly kind: 'max' | 'min';
}

/** int8, eight at a time. */
export const integerExtreme = routine({
  params: reduceParams,
  name: ({ kind }: IntegerExtreme) => `${kind} int8`,
  emit(f, params, { reduction, kind }, library) {
    const acc = f.local('v128', 'acc');
    const join = kind === 'max' ? i8x16.max_s : i8x16.min_s;
    emitReduction(f, params, reduction, {
      elementBytes: 1,
      lanes: 8,
      begin: () => f.set(acc, i8x16.splat(kind === 'max' ? -128 : 127)),
      join: (at) => f.set(acc, join(acc, v128.load64_zero(at, { align: 1 }))),
      finish: (target, left) => emitStoreEight(f, library, target, acc, left),
    });
  },
});

export interface IntegerSum {
  readonly reduction: Reduction;
  readonly offset: number;
  readonly zero: number;
  readonly min: number;
  readonly max: number;
  readonly form: RequantizationForm;
  readonly shift: number;
  /** The one value of each vector of the form, the multiplier first. */
  readonly values: readonly number[];
}

/** Quantized mean or sum of int8: clamp(requantize(sum + offset) + zero). */
export const integerSum = routine({
  params: reduceParams,
  name: (_: IntegerSum) => 'sum int8',
  emit(f, params, { reduction, offset, form, shift, values, ...range }, library) {
    const [low, high, value] = [f.local('v128', 'low'), f.local('v128', 'high'), f.local('v128', 'value')];
    const constant = (index: number) => values[index - 1] ?? 0;
    const splat = (n: number) => v128.const('i32x4', [n, n, n, n]);
    emitReduction(f, params, reduction, {
      elementBytes: 1,
      lanes: 8,
      begin() {
        f.set(low, splat(offset));
        f.set(high, low);
      },
      join(at) {
        f.set(value, v128.load8x8_s(at, { align: 1 }));
        f.set(low, i32x4.add(low, i32x4.extend_low_i16x8_s(value)));
        f.set(high, i32x4.add(high, i32x4.extend_high_i16x8_s(value)));
      },
      finish(target, left) {
        for (const sum of [low, high]) {
          emitRequantize(f, library, form, sum, { vector: (index) => splat(constant(index)), lane: constant, shift });
        }
        f.set(low, narrowed([low, high, low, high], range));
        emitStoreEight(f, library, target, low, left);
      },
    });
  },
});
