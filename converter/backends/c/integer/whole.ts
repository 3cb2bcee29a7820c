import type { ZipFunction } from '../../../ops/zip.ts';

const shortFunctions = ['add', 'sub', 'mul', 'max', 'min', 'div', 'floor-div', 'floor-mod'] as const;

/** Functions that are short in C; `whole-number.ts` has all of them, of any width. */
export type ShortWholeFunction = (typeof shortFunctions)[number];

export function isShortWhole(fn: ZipFunction): fn is ShortWholeFunction {
  return shortFunctions.some((short) => short === fn);
}

/** A function of two int32 as a C expression: sums and products wrap, which is computed without sign. Needs integer.h. */
export function wholeText(fn: ShortWholeFunction, a: string, b: string): string {
  switch (fn) {
    case 'add':
    case 'sub':
    case 'mul':
      return `(int32_t)((uint32_t)${a} ${{ add: '+', sub: '-', mul: '*' }[fn]} (uint32_t)${b})`;
    case 'max':
    case 'min':
      return `(${a} ${fn === 'max' ? '>' : '<'} ${b} ? ${a} : ${b})`;
    case 'div':
      return `thimble_divide(${a}, ${b})`;
    case 'floor-div':
      return `thimble_divide_down(${a}, ${b})`;
    case 'floor-mod':
      return `thimble_modulo(${a}, ${b})`;
  }
}

/** The same of two int64. Needs wide.h. */
export function wideText(fn: ShortWholeFunction, a: string, b: string): string {
  switch (fn) {
    case 'add':
    case 'sub':
    case 'mul':
      return `thimble_wide_${fn}(${a}, ${b})`;
    case 'max':
    case 'min':
      return wholeText(fn, a, b);
    case 'div':
      return `thimble_wide_divide(${a}, ${b})`;
    case 'floor-div':
      return `thimble_wide_divide_down(${a}, ${b})`;
    case 'floor-mod':
      return `thimble_wide_modulo(${a}, ${b})`;
  }
}
