import type { ShortWholeFunction } from '../../../ops/zip-function.ts';

/** Functions that join whole numbers of either width, one after the other. */
export type JoinFunction = 'add' | 'sub' | 'mul' | 'max' | 'min';

/** The function of two int32 or int64 as a C expression: sums and products wrap, which is computed without sign. */
export function joinText(fn: JoinFunction, element: 'int32_t' | 'int64_t', a: string, b: string): string {
  if (fn === 'max' || fn === 'min') return `(${a} ${fn === 'max' ? '>' : '<'} ${b} ? ${a} : ${b})`;
  return `(${element})((u${element})${a} ${{ add: '+', sub: '-', mul: '*' }[fn]} (u${element})${b})`;
}

/** A function of two int32 as a C expression. Needs integer.h. */
export function wholeText(fn: ShortWholeFunction, a: string, b: string): string {
  switch (fn) {
    case 'div':
      return `thimble_divide(${a}, ${b})`;
    case 'floor-div':
      return `thimble_divide_down(${a}, ${b})`;
    case 'floor-mod':
      return `thimble_modulo(${a}, ${b})`;
    default:
      return joinText(fn, 'int32_t', a, b);
  }
}
