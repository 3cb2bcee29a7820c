import { InternalError } from '../../../problem.ts';
import { type DType, dtypeBytes } from '../../../tensor/dtype.ts';
import {
  type Expr,
  type FunctionBuilder,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64x2,
  type Local,
  v128,
} from '../assembler/index.ts';
import type { Library } from '../routine.ts';
import { storeBytes, storeFloats } from './requantize.ts';

/** Element types that vectors of four elements can be loaded from and stored to. */
export type LaneType = Extract<DType, 'float32' | 'int8' | 'uint8' | 'int16' | 'int32'>;

/** Narrows a dtype to those with lanes. */
export function isLaneType(dtype: DType): dtype is LaneType {
  return dtype === 'float32' || dtype === 'int8' || dtype === 'uint8' || dtype === 'int16' || dtype === 'int32';
}

/** Four elements at `address` as float32 or int32 lanes; may read 16 bytes whatever the type. */
export function loadLanes(dtype: LaneType, address: Expr<'i32'>, offset = 0): Expr<'v128'> {
  switch (dtype) {
    case 'float32':
    case 'int32':
      return v128.load(address, { offset, align: 4 });
    case 'int16':
      return v128.load16x4_s(address, { offset, align: 2 });
    case 'int8':
      return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(address, { offset, align: 1 })));
    case 'uint8':
      return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(address, { offset, align: 1 })));
  }
}

/** Stores the first `count` (1 or more; 4 at most are stored) lanes of 32 bits; whole vectors without a call, which not every engine inlines. */
export function emitStoreWords(
  f: FunctionBuilder,
  library: Library,
  target: Local<'i32'>,
  value: Local<'v128'>,
  count: Local<'i32'>,
): void {
  f.if(
    i32.ge_s(count, 4),
    () => f.do(v128.store(target, value, { align: 4 })),
    () => f.do(f.call(library.get(storeFloats, null), { target, value, count })),
  );
}

/** Stores the first `count` (1 or more; 4 at most are stored) lanes, which fit `dtype`. */
export function emitStoreLanes(
  f: FunctionBuilder,
  library: Library,
  dtype: LaneType,
  target: Local<'i32'>,
  value: Local<'v128'>,
  count: Local<'i32'>,
): void {
  if (dtype === 'float32' || dtype === 'int32') {
    emitStoreWords(f, library, target, value, count);
    return;
  }
  const bytes = dtypeBytes[dtype];
  if (bytes !== 1 && bytes !== 2) throw new InternalError(`no lanes of ${dtype}`);
  const lanes = bytes === 1 ? [0, 4, 8, 12, 0, 4, 8, 12] : [0, 1, 4, 5, 8, 9, 12, 13];
  f.set(value, i8x16.shuffle(value, value, [...lanes, ...lanes]));
  f.if(
    i32.ge_s(count, 4),
    () =>
      f.do(
        bytes === 1
          ? v128.store32_lane(target, value, 0, { align: 1 })
          : v128.store64_lane(target, value, 0, { align: 2 }),
      ),
    () => {
      const partial = library.get(storeBytes, null);
      f.do(
        f.call(partial, {
          target,
          value: i64x2.extract_lane(value, 0),
          count: bytes === 1 ? count : i32.shl(count, 1),
        }),
      );
    },
  );
}

/** Parameters of a function of one tensor. `count` is 1 or more. */
export const elementwiseParams = { source: 'i32', target: 'i32', count: 'i32' } as const;

/**
 * Applies `compute` to vectors of four elements. Each element is read before, or when, its place is written, also where
 * source and target are the same and the elements of the target are not larger.
 */
export function emitElementwise(
  f: FunctionBuilder,
  library: Library,
  {
    source,
    target,
    count,
  }: { readonly source: Local<'i32'>; readonly target: Local<'i32'>; readonly count: Local<'i32'> },
  types: { readonly from: LaneType; readonly to: LaneType },
  compute: (value: Local<'v128'>) => void,
): void {
  const value = f.local('v128', 'value');
  f.doWhile(
    () => {
      f.set(value, loadLanes(types.from, source));
      compute(value);
      emitStoreLanes(f, library, types.to, target, value, count);
      f.set(source, i32.add(source, 4 * dtypeBytes[types.from]));
      f.set(target, i32.add(target, 4 * dtypeBytes[types.to]));
    },
    i32.gt_s(f.tee(count, i32.sub(count, 4)), 0),
  );
  f.free(value);
}
