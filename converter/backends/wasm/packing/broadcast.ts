import { at } from '../../../ops/definition.ts';
import { type Shape, stridesOf } from '../../../tensor/shape.ts';

/** One loop over the output of a function of two tensors; steps in elements, 0 where an operand repeats. */
export interface BroadcastLoop {
  readonly count: number;
  readonly aStep: number;
  readonly bStep: number;
}

/**
 * Loops, outermost first, around a run of `count` outputs for which each operand either runs along or stays. The output
 * is visited in order.
 */
export interface Broadcast {
  readonly loops: readonly BroadcastLoop[];
  readonly run: { readonly count: number; readonly a: 'runs' | 'stays'; readonly b: 'runs' | 'stays' };
}

/** How shapes `a` and `b` meet in the shape `to`, with as few loops as possible. */
export function broadcastLoops(a: Shape, b: Shape, to: Shape): Broadcast {
  const [aSteps, bSteps] = [stepsOf(a, to), stepsOf(b, to)];
  const joined: BroadcastLoop[] = [];
  to.forEach((count, axis) => {
    if (count === 1) return;
    const loop = { count, aStep: at(aSteps, axis), bStep: at(bSteps, axis) };
    const outer = joined.at(-1);
    const continues = outer !== undefined && outer.aStep === loop.aStep * count && outer.bStep === loop.bStep * count;
    if (continues) joined.pop();
    joined.push(continues ? { ...loop, count: count * outer.count } : loop);
  });
  const inner = joined.pop() ?? { count: 1, aStep: 1, bStep: 1 };
  return {
    loops: joined,
    run: {
      count: inner.count,
      a: inner.aStep === 0 ? 'stays' : 'runs',
      b: inner.bStep === 0 ? 'stays' : 'runs',
    },
  };
}

function stepsOf(from: Shape, to: Shape): number[] {
  const own = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : at(own, axis - lead)));
}
