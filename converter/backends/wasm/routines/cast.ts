import { f32x4, i32x4, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { elementwiseParams, emitElementwise, type LaneType } from './elementwise.ts';

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
