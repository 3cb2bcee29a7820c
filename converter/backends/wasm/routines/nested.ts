import { type Shape, stridesOf } from '../../../tensor/shape.ts';
import { type FunctionBuilder, i32, type Local } from '../assembler/index.ts';

/** One loop over several operands: how often, and by how many bytes each of them moves. */
export interface NestedLoop {
  readonly count: number;
  readonly steps: readonly number[];
}

/** Loops over `to` for operands that repeat by the NumPy rule, each of `bytes` per element; axes joined where they can be. */
export function nestedLoops(
  to: Shape,
  operands: readonly { readonly shape: Shape; readonly bytes: number }[],
): NestedLoop[] {
  const strides = operands.map(({ shape, bytes }) => {
    const own = stridesOf(shape);
    const lead = to.length - shape.length;
    return to.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0) * bytes));
  });
  const loops: NestedLoop[] = [];
  to.forEach((count, axis) => {
    if (count === 1) return;
    const steps = strides.map((list) => list[axis] ?? 0);
    const outer = loops.at(-1);
    const continues = outer?.steps.every((step, k) => step === (steps[k] ?? 0) * count) ?? false;
    if (continues) loops.pop();
    loops.push({ count: continues ? count * (outer?.count ?? 1) : count, steps });
  });
  return loops;
}

/** Runs `body` for every element, with the addresses of the operands in `places`, which are changed. */
export function emitNested(
  f: FunctionBuilder,
  places: readonly Local<'i32'>[],
  [loop, ...inner]: readonly NestedLoop[],
  body: (places: readonly Local<'i32'>[]) => void,
): void {
  if (loop === undefined) {
    body(places);
    return;
  }
  const own = inner.length === 0 ? places : places.map(() => f.local('i32'));
  f.for({ from: 0, to: loop.count }, () => {
    if (inner.length > 0) {
      own.forEach((local, k) => {
        const place = places[k];
        if (place !== undefined) f.set(local, place);
      });
    }
    emitNested(f, own, inner, body);
    places.forEach((place, k) => {
      const step = loop.steps[k] ?? 0;
      if (step !== 0) f.set(place, i32.add(place, step));
    });
  });
  if (inner.length > 0) f.free(...own);
}
