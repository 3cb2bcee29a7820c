import { type Shape, stridesOf } from '../../tensor/shape.ts';
import { type LoopAxis, loopAxes, nest } from './nest.ts';
import type { CElement } from './table.ts';

/** Inner loops of at least this many elements become a memcpy. */
export const COPIED_AT_ONCE = 4;

/** Elements of `shape` that move from one array to another. */
export interface Move {
  readonly shape: Shape;
  readonly element: CElement;
  readonly from: string;
  readonly fromStart: number;
  readonly fromStrides: readonly number[];
  readonly to: string;
  readonly toStart: number;
  readonly toStrides: readonly number[];
}

/** Statements that copy every element. */
export function moveText({ shape, element, from, fromStart, fromStrides, to, toStart, toStrides }: Move): string {
  const axes = loopAxes(shape, [toStrides, fromStrides]);
  const last = axes.at(-1);
  const start = (name: string, offset: number) => (offset === 0 ? name : `${name} + ${offset}`);
  const at = (name: string, offset: number, index = '0') =>
    index === '0' ? start(name, offset) : `${start(name, offset)} + ${index}`;
  if (last !== undefined && isCopied(last)) {
    return nest(axes.slice(0, -1), 'i', ([target, source]) => {
      return `memcpy(${at(to, toStart, target)}, ${at(from, fromStart, source)}, ${last.count} * sizeof(${element}));`;
    });
  }
  const item = (name: string, offset: number, index = '0') => {
    if (offset === 0) return `${name}[${index}]`;
    return `${name}[${index === '0' ? offset : `${offset} + ${index}`}]`;
  };
  return nest(axes, 'i', ([target, source]) => `${item(to, toStart, target)} = ${item(from, fromStart, source)};`);
}

/** Whether the innermost loop over two arrays becomes a memcpy. */
export function isCopied({ count, strides }: LoopAxis): boolean {
  return count >= COPIED_AT_ONCE && strides.every((stride) => stride === 1);
}

/** The move of a whole tensor to `toStart` of a tensor with strides `toStrides`. */
export function placeAll(
  shape: Shape,
  element: CElement,
  from: string,
  to: string,
  toStart: number,
  toStrides: readonly number[],
): Move {
  return { shape, element, from, fromStart: 0, fromStrides: stridesOf(shape), to, toStart, toStrides };
}
