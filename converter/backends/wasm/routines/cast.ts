import { type DType, dtypeBytes } from '../../../tensor/dtype.ts';
import { f32, f32x4, i32, i32x4, i64, select, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { elementwiseParams, emitElementwise, type LaneType } from './elementwise.ts';
import { loadWhole, storeWhole } from './whole.ts';

export interface CastLanes {
  readonly from: LaneType;
  readonly to: LaneType;
  /** The result is 1 where the element is not 0. */
  readonly truth: boolean;
  /** Where real numbers saturate, or null where none become whole. */
  readonly range: { readonly min: number; readonly max: number } | null;
}

const same = (value: number) => v128.const('i32x4', [value, value, value, value]);

/** Elements of one type as elements of another; whole numbers keep their low bits. */
export const castLanes = routine({
  params: elementwiseParams,
  name: ({ from, to }: CastLanes) => `cast ${from} to ${to}`,
  emit(f, params, { from, to, truth, range }, library) {
    emitElementwise(f, library, params, { from, to }, (value) => {
      if (truth) {
        const isTrue =
          from === 'float32' ? f32x4.ne(value, v128.const('f32x4', [0, 0, 0, 0])) : i32x4.ne(value, same(0));
        f.set(value, v128.and(isTrue, same(1)));
      } else if (from === 'float32' && to !== 'float32') {
        f.set(value, i32x4.trunc_sat_f32x4_s(value));
        if (range !== null && to !== 'int32') {
          f.set(value, i32x4.min_s(i32x4.max_s(value, same(range.min)), same(range.max)));
        }
      } else if (from !== 'float32' && to === 'float32') f.set(value, f32x4.convert_i32x4_s(value));
    });
  },
});

export interface CastScalars {
  readonly from: DType;
  readonly to: DType;
  /** Where real numbers saturate, or null for the ends of 64 bits. */
  readonly range: { readonly min: number; readonly max: number } | null;
}

/** Elements of any two types, one at a time, by way of 64 bits. */
export const castScalars = routine({
  params: elementwiseParams,
  name: ({ from, to }: CastScalars) => `cast ${from} to ${to}`,
  emit(f, { source, target, count }, { from, to, range }) {
    const value = f.local('i64', 'value');
    f.doWhile(
      () => {
        if (from === 'float32') {
          const real = f32.load(source);
          if (to === 'bool') f.set(value, i64.extend_i32_u(f32.ne(real, 0)));
          else f.set(value, to === 'uint64' ? i64.trunc_sat_f32_u(real) : i64.trunc_sat_f32_s(real));
          if (range !== null) {
            const [low, high] = [BigInt(range.min), BigInt(range.max)];
            f.set(value, select(value, low, i64.ge_s(value, low)));
            f.set(value, select(value, high, i64.le_s(value, high)));
          }
        } else {
          f.set(value, loadWhole(from, source));
          if (to === 'bool') f.set(value, i64.extend_i32_u(i64.ne(value, 0n)));
        }
        if (to === 'float32') {
          f.do(f32.store(target, from === 'uint64' ? f32.convert_i64_u(value) : f32.convert_i64_s(value)));
        } else f.do(storeWhole(to, target, value));
        f.set(source, i32.add(source, dtypeBytes[from]));
        f.set(target, i32.add(target, dtypeBytes[to]));
      },
      f.tee(count, i32.sub(count, 1)),
    );
    f.free(value);
  },
});
