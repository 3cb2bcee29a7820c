import { i32, memory } from '../assembler/index.ts';
import { routine } from '../routine.ts';

/** Copies `rows` rows of `rowBytes` bytes between rows that are `sourceStep` and `targetStep` bytes apart. */
export const copyRows = routine({
  params: { source: 'i32', target: 'i32', rows: 'i32', rowBytes: 'i32', sourceStep: 'i32', targetStep: 'i32' },
  name: (_: null) => 'copy rows',
  emit(f, { source, target, rows, rowBytes, sourceStep, targetStep }) {
    f.while(i32.gt_s(rows, 0), () => {
      f.do(memory.copy(target, source, rowBytes));
      f.set(source, i32.add(source, sourceStep));
      f.set(target, i32.add(target, targetStep));
      f.set(rows, i32.sub(rows, 1));
    });
  },
});

/** Sets `bytes` bytes to `value`. */
export const fillBytes = routine({
  params: { target: 'i32', value: 'i32', bytes: 'i32' },
  name: (_: null) => 'fill bytes',
  emit: (f, { target, value, bytes }) => f.do(memory.fill(target, value, bytes)),
});

/** Sets `count` (1 or more) words of 32 bits to `value`. */
export const fillWords = routine({
  params: { target: 'i32', value: 'i32', count: 'i32' },
  name: (_: null) => 'fill words',
  emit(f, { target, value, count }) {
    f.doWhile(
      () => {
        f.do(i32.store(target, value));
        f.set(target, i32.add(target, 4));
      },
      f.tee(count, i32.sub(count, 1)),
    );
  },
});

/** Writes each of `count` (1 or more) elements `times` times. */
export const repeatElements = routine({
  params: { source: 'i32', target: 'i32', count: 'i32', times: 'i32' },
  name: ({ elementBytes }: { readonly elementBytes: number }) => `repeat elements of ${elementBytes}`,
  emit(f, { source, target, count, times }, { elementBytes }) {
    const [value, left] = [f.local('i32', 'value'), f.local('i32', 'left')];
    const isByte = elementBytes === 1;
    f.doWhile(
      () => {
        f.set(value, isByte ? i32.load8_u(source) : i32.load(source));
        f.set(left, times);
        f.doWhile(
          () => {
            f.do(isByte ? i32.store8(target, value) : i32.store(target, value));
            f.set(target, i32.add(target, elementBytes));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        f.set(source, i32.add(source, elementBytes));
      },
      f.tee(count, i32.sub(count, 1)),
    );
  },
});
