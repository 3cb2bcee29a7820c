import { type Counter, type FunctionBuilder, i8x16, i32, type Local, memory, v128 } from '../assembler/index.ts';
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

/** Most repetitions that are written out as vectors. */
const mostShuffles = 8;

/** Writes each of `count` (1 or more) elements `times` times: whole vectors, the last of which may begin within the one before. */
export const repeatElements = routine({
  params: { source: 'i32', target: 'i32', count: 'i32' },
  name: ({ elementBytes, times }: { readonly elementBytes: 1 | 4; readonly times: number }) =>
    `repeat elements of ${elementBytes} ${times} times`,
  emit(f, { source, target, count }, { elementBytes, times }) {
    const single = () => emitSingleRepeats(f, { source, target, count }, elementBytes, times);
    if (times > mostShuffles) {
      single();
      return;
    }
    const lanes = 16 / elementBytes;
    const [at, last, value] = [f.local('i32', 'at'), f.local('i32', 'last'), f.local('v128', 'value')];
    const [from, to] = [f.local('i32', 'from'), f.local('i32', 'to')];
    const piece = (first: Counter) => {
      f.set(from, i32.add(source, typeof first === 'number' ? first * elementBytes : i32.mul(first, elementBytes)));
      f.set(
        to,
        i32.add(
          target,
          typeof first === 'number' ? first * elementBytes * times : i32.mul(first, elementBytes * times),
        ),
      );
      f.set(value, v128.load(from, { align: 1 }));
      for (let vector = 0; vector < times; vector++) {
        const bytes = Array.from({ length: 16 }, (_, i) => {
          return Math.floor((16 * vector + i) / (elementBytes * times)) * elementBytes + (i % elementBytes);
        });
        f.do(v128.store(to, i8x16.shuffle(value, value, bytes), { offset: 16 * vector, align: 1 }));
      }
    };
    f.if(
      i32.ge_s(count, lanes),
      () => {
        f.set(last, i32.sub(count, lanes));
        f.for({ from: 0, to: last, step: lanes, counter: at }, piece);
        piece(last);
      },
      single,
    );
  },
});

function emitSingleRepeats(
  f: FunctionBuilder,
  {
    source,
    target,
    count,
  }: { readonly source: Local<'i32'>; readonly target: Local<'i32'>; readonly count: Local<'i32'> },
  elementBytes: 1 | 4,
  times: number,
): void {
  const [value, left] = [f.local('i32', 'element'), f.local('i32', 'left')];
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
}
