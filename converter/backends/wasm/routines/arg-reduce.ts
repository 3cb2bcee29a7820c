import { dtypeBytes } from '../../../tensor/dtype.ts';
import { type FunctionBuilder, f32, i32, i64, type Local } from '../assembler/index.ts';
import { routine } from '../routine.ts';

export type ScalarType = 'float32' | 'int32' | 'int8' | 'uint8';

export interface ArgReduce {
  readonly dtype: ScalarType;
  readonly kind: 'max' | 'min';
  /** Places are stored as int64. */
  readonly wide: boolean;
}

/** The place of the first extreme of each of `outer` x `inner` rows of `length` elements that lie `inner` elements apart. */
export const argReduce = routine({
  params: { input: 'i32', target: 'i32', outer: 'i32', length: 'i32', inner: 'i32' },
  name: ({ kind, dtype }: ArgReduce) => `arg ${kind} ${dtype}`,
  emit(f, { input, target, outer, length, inner }, { dtype, kind, wide }) {
    const [step, first, left] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const place = f.local('i32');
    f.set(step, i32.mul(inner, dtypeBytes[dtype]));
    f.doWhile(
      () => {
        f.set(first, input);
        f.set(left, inner);
        f.doWhile(
          () => {
            emitRow(f, { first, step, length, place }, dtype, kind);
            if (wide) f.do(i64.store(target, i64.extend_i32_u(place)));
            else f.do(i32.store(target, place));
            f.set(target, i32.add(target, wide ? 8 : 4));
            f.set(first, i32.add(first, dtypeBytes[dtype]));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        f.set(input, i32.add(input, i32.mul(step, length)));
      },
      f.tee(outer, i32.sub(outer, 1)),
    );
    f.free(step, first, left, place);
  },
});

interface Row {
  readonly first: Local<'i32'>;
  readonly step: Local<'i32'>;
  readonly length: Local<'i32'>;
  readonly place: Local<'i32'>;
}

/** Sets `place`. */
function emitRow(
  f: FunctionBuilder,
  { first, step, length, place }: Row,
  dtype: ScalarType,
  kind: 'max' | 'min',
): void {
  const [at, k] = [f.local('i32'), f.local('i32')];
  f.set(place, 0);
  f.set(k, 0);
  f.set(at, first);
  if (dtype === 'float32') {
    const [best, value] = [f.local('f32'), f.local('f32')];
    f.set(best, f32.load(first));
    f.doWhile(
      () => {
        f.set(value, f32.load(at));
        f.if(kind === 'max' ? f32.gt(value, best) : f32.lt(value, best), () => {
          f.set(best, value);
          f.set(place, k);
        });
        f.set(at, i32.add(at, step));
        f.set(k, i32.add(k, 1));
      },
      i32.lt_s(k, length),
    );
    f.free(best, value);
  } else {
    const [best, value] = [f.local('i32'), f.local('i32')];
    const load = { int32: i32.load, int8: i32.load8_s, uint8: i32.load8_u }[dtype];
    f.set(best, load(first));
    f.doWhile(
      () => {
        f.set(value, load(at));
        f.if(kind === 'max' ? i32.gt_s(value, best) : i32.lt_s(value, best), () => {
          f.set(best, value);
          f.set(place, k);
        });
        f.set(at, i32.add(at, step));
        f.set(k, i32.add(k, 1));
      },
      i32.lt_s(k, length),
    );
    f.free(best, value);
  }
  f.free(at, k);
}
