import { dimension, type Shape, stridesOf } from '../../tensor/shape.ts';
import { c } from './quote.ts';

/** One loop over several arrays at once: `count` rounds, each moving array k by `strides[k]` elements. */
export interface LoopAxis {
  readonly count: number;
  readonly strides: readonly number[];
}

/** The axes of `shape` with the strides of each array; axes of one element are left out, neighbours joined where they can. */
export function loopAxes(shape: Shape, strides: readonly (readonly number[])[]): LoopAxis[] {
  const axes: LoopAxis[] = [];
  shape.forEach((count, axis) => {
    if (count === 1) return;
    const own = strides.map((list) => list[axis] ?? 0);
    const last = axes.at(-1);
    if (last?.strides.every((stride, k) => stride === (own[k] ?? 0) * count)) {
      axes[axes.length - 1] = { count: last.count * count, strides: own };
    } else axes.push({ count, strides: own });
  });
  return axes;
}

/** Strides with which a tensor of shape `from` is read along `to` by the NumPy rule of broadcasting. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const own = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, axis) => (axis < lead || dimension(from, axis - lead) === 1 ? 0 : (own[axis - lead] ?? 0)));
}

/** Nested loops with variables `<letter>0`, `<letter>1`, ... around `body`; `index[k]` is the C index into array k. */
export function nest(axes: readonly LoopAxis[], letter: string, body: (index: readonly string[]) => string): string {
  const arrays = axes[0]?.strides.length ?? 0;
  const index = Array.from({ length: Math.max(1, arrays) }, (_, k) => indexText(axes, letter, k));
  return axes.reduceRight((inner, { count }, level) => {
    const i = `${letter}${level}`;
    return c`
        for (int32_t ${i} = 0; ${i} < ${count}; ${i}++) {
            ${inner}
        }
      `;
  }, body(index));
}

/** `i0 * 12 + i1`, the index into array `k`. */
export function indexText(axes: readonly LoopAxis[], letter: string, k: number): string {
  const terms = axes.flatMap(({ strides }, level) => {
    const stride = strides[k] ?? 0;
    if (stride === 0) return [];
    return [stride === 1 ? `${letter}${level}` : `${letter}${level} * ${stride}`];
  });
  return terms.length === 0 ? '0' : terms.join(' + ');
}
