import { type FunctionBuilder, i32, i64, type Local, memory, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';

/** One loop of a copy: how often, and how far source and target move each time, in bytes. */
export interface CopyLoop {
  readonly count: number;
  readonly sourceStep: number;
  readonly targetStep: number;
}

/** Loops, outermost first, around a run of bytes that lie side by side on both ends. */
export interface StridedCopy {
  readonly loops: readonly CopyLoop[];
  readonly runBytes: number;
}

/** Runs from this size on are left to `memory.copy`; shorter ones would pay more for the call than for the bytes. */
const bulkBytes = 32;

/**
 * The same copy with as few loops as possible: axes that lie side by side are joined, axes of size 1 dropped, and short
 * runs split into pieces that one load and store can move.
 */
export function simplified(loops: readonly CopyLoop[], elementBytes: number): StridedCopy {
  const joined: CopyLoop[] = [];
  for (const loop of loops) {
    if (loop.count === 1) continue;
    const outer = joined.at(-1);
    const continues =
      outer !== undefined &&
      outer.sourceStep === loop.sourceStep * loop.count &&
      outer.targetStep === loop.targetStep * loop.count;
    if (continues) joined.pop();
    joined.push(continues ? { ...loop, count: loop.count * outer.count } : loop);
  }
  const inner = joined.at(-1);
  let runBytes = elementBytes;
  if (inner !== undefined && inner.sourceStep === elementBytes && inner.targetStep === elementBytes) {
    joined.pop();
    runBytes = elementBytes * inner.count;
  }
  if (runBytes >= bulkBytes || isMovable(runBytes)) return { loops: joined, runBytes };
  const piece = [8, 4, 2, 1].find((bytes) => runBytes % bytes === 0) ?? 1;
  return {
    loops: [...joined, { count: runBytes / piece, sourceStep: piece, targetStep: piece }],
    runBytes: piece,
  };
}

function isMovable(bytes: number): boolean {
  return bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8 || bytes === 16;
}

/** Copies elements between two layouts that do not overlap. */
export const stridedCopy = routine({
  params: { source: 'i32', target: 'i32' },
  name: ({ loops }: StridedCopy) => `copy with ${loops.length} loops`,
  emit(f, { source, target }, { loops, runBytes }) {
    emitLoops(f, source, target, loops, runBytes);
  },
});

function emitLoops(
  f: FunctionBuilder,
  source: Local<'i32'>,
  target: Local<'i32'>,
  [loop, ...inner]: readonly CopyLoop[],
  runBytes: number,
): void {
  if (loop === undefined) {
    emitRun(f, source, target, runBytes);
    return;
  }
  const [innerSource, innerTarget] = [f.local('i32'), f.local('i32')];
  f.for({ from: 0, to: loop.count }, () => {
    if (inner.length === 0) emitRun(f, source, target, runBytes);
    else {
      f.set(innerSource, source);
      f.set(innerTarget, target);
      emitLoops(f, innerSource, innerTarget, inner, runBytes);
    }
    f.set(source, i32.add(source, loop.sourceStep));
    f.set(target, i32.add(target, loop.targetStep));
  });
  f.free(innerSource, innerTarget);
}

/** Copies `bytes` bytes, which do not overlap. */
export function emitRun(f: FunctionBuilder, source: Local<'i32'>, target: Local<'i32'>, bytes: number): void {
  switch (bytes) {
    case 1:
      f.do(i32.store8(target, i32.load8_u(source)));
      break;
    case 2:
      f.do(i32.store16(target, i32.load16_u(source, { align: 1 }), { align: 1 }));
      break;
    case 4:
      f.do(i32.store(target, i32.load(source, { align: 1 }), { align: 1 }));
      break;
    case 8:
      f.do(i64.store(target, i64.load(source, { align: 1 }), { align: 1 }));
      break;
    case 16:
      f.do(v128.store(target, v128.load(source, { align: 1 }), { align: 1 }));
      break;
    default:
      f.do(memory.copy(target, source, bytes));
      break;
  }
}
