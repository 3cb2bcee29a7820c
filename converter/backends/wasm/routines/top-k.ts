import { dtypeBytes } from '../../../tensor/dtype.ts';
import { type FunctionBuilder, i32, type Local } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { type ScalarDType, withScalar } from './scalar.ts';

export interface TopKRows {
  readonly dtype: ScalarDType;
  readonly largest: boolean;
}

/** The places of the `k` (1 or more) most extreme elements of `outer` x `inner` rows of `length` elements, by insertion in `target`. */
export const topKRows = routine({
  params: { input: 'i32', target: 'i32', outer: 'i32', length: 'i32', inner: 'i32', k: 'i32' },
  name: ({ dtype, largest }: TopKRows) => `${largest ? 'top' : 'bottom'} k ${dtype}`,
  emit(f, { input, target, outer, length, inner, k }, config) {
    const bytes = dtypeBytes[config.dtype];
    const [row, places, left] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const [step, placeStep] = [f.local('i32'), f.local('i32')];
    f.set(step, i32.mul(inner, bytes));
    f.set(placeStep, i32.mul(inner, 4));
    f.doWhile(
      () => {
        f.set(row, input);
        f.set(places, target);
        f.set(left, inner);
        f.doWhile(
          () => {
            emitRow(f, { row, places, length, k, step, placeStep }, config);
            f.set(row, i32.add(row, bytes));
            f.set(places, i32.add(places, 4));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        f.set(input, i32.add(input, i32.mul(step, length)));
        f.set(target, i32.add(target, i32.mul(placeStep, k)));
      },
      f.tee(outer, i32.sub(outer, 1)),
    );
    f.free(row, places, left, step, placeStep);
  },
});

interface Row {
  readonly row: Local<'i32'>;
  readonly places: Local<'i32'>;
  readonly length: Local<'i32'>;
  readonly k: Local<'i32'>;
  /** Bytes from one element of the row to the next, and from one place to the next. */
  readonly step: Local<'i32'>;
  readonly placeStep: Local<'i32'>;
}

function emitRow(
  f: FunctionBuilder,
  { row, places, length, k, step, placeStep }: Row,
  { dtype, largest }: TopKRows,
): void {
  const [i, at, rank, to, other] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  withScalar(dtype, (code) => {
    const value = f.local(code.type);
    f.set(i, 0);
    f.set(at, row);
    f.doWhile(
      () => {
        f.set(value, code.load(at));
        f.set(rank, i);
        f.if(i32.gt_s(i, k), () => f.set(rank, k));
        // Where the place at `rank` lies.
        f.set(to, i32.add(places, i32.mul(rank, placeStep)));
        f.block((found) => {
          f.loop((again) => {
            f.brIf(found, i32.eqz(rank));
            f.set(other, i32.load(i32.sub(to, placeStep)));
            const before = code.load(i32.add(row, i32.mul(other, step)));
            f.brIf(found, i32.eqz(code.compare(largest ? 'greater' : 'less', value, before)));
            f.if(i32.lt_s(rank, k), () => f.do(i32.store(to, other)));
            f.set(rank, i32.sub(rank, 1));
            f.set(to, i32.sub(to, placeStep));
            f.br(again);
          });
        });
        f.if(i32.lt_s(rank, k), () => f.do(i32.store(to, i)));
        f.set(at, i32.add(at, step));
        f.set(i, i32.add(i, 1));
      },
      i32.lt_s(i, length),
    );
    f.free(value);
  });
  f.free(i, at, rank, to, other);
}
