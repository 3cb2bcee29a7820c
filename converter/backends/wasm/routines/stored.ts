import type { IntegerMap } from '../../../ops/map.ts';
import type { IntegerBounds } from '../../../ops/quantized.ts';
import type { ZipConstants } from '../../../ops/zip.ts';
import type { FixedPointMultiplier, Rounding } from '../../../tensor/requantize.ts';
import { type Expr, type FunctionBuilder, i32, i32x4, type Local, v128 } from '../assembler/index.ts';
import type { Broadcast } from '../packing/broadcast.ts';
import { planRequantization } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { elementwiseParams, emitElementwise, emitStoreLanes, type LaneType, loadLanes } from './elementwise.ts';
import { emitRequantize, uniformOperands } from './requantize.ts';
import { emitZip, zipParams } from './zip.ts';

/*
 * Quantized numbers of 16 bits, and of 8 without a sign, four at a time in int32.
 */

const same = (value: number): Expr<'v128'> => v128.const('i32x4', [value, value, value, value]);

/** Replaces `value`, at most `bound` in magnitude, by its product with `factor`. */
function emitScaled(
  f: FunctionBuilder,
  library: Library,
  value: Local<'v128'>,
  factor: FixedPointMultiplier,
  bound: number,
  rounding: Rounding,
): void {
  const plan = planRequantization([factor], [bound], rounding);
  emitRequantize(f, library, plan.form, value, uniformOperands(plan));
}

function limited(value: Expr<'v128'>, { min, max }: IntegerBounds): Expr<'v128'> {
  return i32x4.min_s(i32x4.max_s(value, same(min)), same(max));
}

export interface StoredMap {
  readonly form: IntegerMap;
  readonly dtype: LaneType;
  readonly rounding: Rounding;
}

/** A function of one tensor in its integer form, see `ops/map.ts`. */
export const storedMap = routine({
  params: elementwiseParams,
  name: ({ form, dtype }: StoredMap) => `map ${dtype} ${form.kind}`,
  emit(f, params, { form, dtype, rounding }, library) {
    const bound = 2 ** 16;
    emitElementwise(f, library, params, { from: dtype, to: dtype }, (value) => {
      f.set(value, i32x4.sub(value, same(form.inputZero)));
      if (form.kind === 'leaky') {
        const [below, isBelow] = [f.local('v128', 'below'), f.local('v128', 'isBelow')];
        f.set(below, value);
        f.set(isBelow, i32x4.lt_s(value, same(0)));
        emitScaled(f, library, below, form.leak, bound, rounding);
        emitScaled(f, library, value, form.factor, bound, rounding);
        f.set(value, v128.bitselect(below, value, isBelow));
        f.free(below, isBelow);
      } else {
        if (form.kind === 'abs') f.set(value, i32x4.abs(value));
        emitScaled(f, library, value, form.factor, bound, rounding);
      }
      f.set(value, limited(i32x4.add(value, same(form.zero)), form.bounds));
    });
  },
});

export interface StoredZip {
  readonly constants: ZipConstants;
  readonly dtype: 'int16' | 'uint8';
  readonly rounding: Rounding;
  readonly broadcast: Broadcast;
}

/** A function of two tensors in the integer form of `ops/zip.ts`. */
export const storedZip = routine({
  params: zipParams,
  name: ({ constants, dtype }: StoredZip) => `zip ${dtype} ${constants.kind}`,
  emit(f, params, { constants, dtype, rounding, broadcast }, library) {
    const [x, y] = [f.local('v128', 'x'), f.local('v128', 'y')];
    const load = (address: Local<'i32'>, mode: 'runs' | 'stays') => {
      if (mode === 'runs') return loadLanes(dtype, address);
      return i32x4.splat(dtype === 'int16' ? i32.load16_s(address) : i32.load8_u(address));
    };
    emitZip(f, params, broadcast, {
      elementBytes: dtype === 'int16' ? 2 : 1,
      lanes: 4,
      step({ a, b, target, left }) {
        f.set(x, load(a, broadcast.run.a));
        f.set(y, load(b, broadcast.run.b));
        emitStored(f, library, constants, rounding, x, y);
        f.set(x, limited(x, constants.bounds));
        emitStoreLanes(f, library, dtype, target, x, left);
      },
    });
    f.free(x, y);
  },
});

/** Sets `x` to the function of `x` and `y`, zero point included, before the bounds. */
function emitStored(
  f: FunctionBuilder,
  library: Library,
  constants: ZipConstants,
  rounding: Rounding,
  x: Local<'v128'>,
  y: Local<'v128'>,
): void {
  switch (constants.kind) {
    case 'select':
      f.set(x, constants.fn === 'max' ? i32x4.max_s(x, y) : i32x4.min_s(x, y));
      return;
    case 'linear': {
      const weighted = i32x4.add(i32x4.mul(x, same(constants.aWeight)), i32x4.mul(y, same(constants.bWeight)));
      f.set(x, i32x4.shr_s(i32x4.add(weighted, same(constants.offset)), constants.shift));
      return;
    }
    case 'product':
      f.set(x, i32x4.mul(i32x4.sub(x, same(constants.aZero)), i32x4.sub(y, same(constants.bZero))));
      emitScaled(f, library, x, constants.factor, 2 ** 30, rounding);
      f.set(x, i32x4.add(x, same(constants.zero)));
      return;
    case 'rescaled': {
      const { leftShift, aZero, bZero, aFactor, bFactor, factor, subtract, zero } = constants;
      const bound = 2 ** (leftShift === 20 ? 28 : 30);
      f.set(x, i32x4.shl(i32x4.sub(x, same(aZero)), leftShift));
      f.set(y, i32x4.shl(i32x4.sub(y, same(bZero)), leftShift));
      emitScaled(f, library, x, aFactor, bound, 'exact');
      emitScaled(f, library, y, bFactor, bound, 'exact');
      f.set(x, subtract ? i32x4.sub(x, y) : i32x4.add(x, y));
      emitScaled(f, library, x, factor, bound + 2, 'exact');
      f.set(x, i32x4.add(x, same(zero)));
    }
  }
}
