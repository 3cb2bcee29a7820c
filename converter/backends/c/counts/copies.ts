import { type Arguments, argumentsOf, isSet, type Parts } from './parts.ts';
import type { Macros } from './source.ts';
import type { Expression } from './syntax.ts';
import type { Value } from './values.ts';

/** Most bytes of a copy that compilers write out, if they know the number. */
const WRITTEN_OUT = 16;

/** Whether a call copies or fills more bytes, or a number of bytes, that compilers leave to the library. */
export function isLongCopy(name: string, args: readonly Expression[]): boolean {
  if (!/^mem(?:cpy|move|set)$/.test(name)) return false;
  const last = args[2];
  if (last?.kind === 'sizeof') return name === 'memset';
  return last?.kind !== 'number' || last.value > WRITTEN_OUT;
}

/** Most bytes of a copy of constant length that compilers do without the library: of anything where loads may be unaligned, of words. */
const MOST_UNALIGNED = 64;
const MOST_WORDS = 48;

/** The parts of `memcpy`, `memmove` and `memset`. */
export function copyParts(
  name: string,
  expressions: readonly Expression[],
  values: readonly Value[],
  macros: Macros,
): Parts {
  const args = argumentsOf(values);
  const n = args.number(2);
  if (name === 'memset') return fillParts(args.number(0), n, macros);
  const [, , length] = expressions;
  if (name === 'memcpy' && length !== undefined && isConstant(length)) {
    const isWords = (values[0]?.elementBytes ?? 1) >= 4 && (values[1]?.elementBytes ?? 1) >= 4;
    const most = isWords ? MOST_WORDS : isSet(macros, '__ARM_FEATURE_UNALIGNED') ? MOST_UNALIGNED : 0;
    if (n <= most) {
      return [
        [`inline ${isWords ? 'aligned ' : ''}words`, n >> 2],
        ['inline rest', (n & 1) + ((n & 2) >> 1)],
      ];
    }
  }
  return [['call', 1], ...copy(args, n, name === 'memmove', macros)];
}

function isConstant(expression: Expression): boolean {
  if (expression.kind === 'binary') return isConstant(expression.left) && isConstant(expression.right);
  return expression.kind === 'number' || expression.kind === 'sizeof';
}

/** See move.h: 32 bytes at a time where both ends allow it, then as `memmove`. */
export function move(args: Arguments, _: string, macros: Macros): Parts {
  const n = args.number(2);
  const isUp = args.number(0) < args.number(1);
  const fast = isSet(macros, 'THIMBLE_DSP') && n >= 32 && args.aligned(4, 0, 1) && (isUp || n % 4 === 0);
  if (!fast) return copy(args, n, true, macros);
  return [['blocks', n >> 5], ...copy(args, n & 31, true, macros)];
}

/** `memcpy` of newlib for Thumb-2 goes by words from any address; others, and `memmove`, by words where both ends allow it. */
function copy(args: Arguments, n: number, isMove: boolean, macros: Macros): Parts {
  const isAligned = args.aligned(4, 0, 1);
  if (!isMove && isSet(macros, '__thumb2__')) {
    return [
      ['sixty-fours', n >> 6],
      ['sixteens', (n & 63) >> 4],
      ['words', (n & 15) >> 2],
      ['rest', Number(n % 4 !== 0)],
      ['unaligned', Number(!isAligned)],
    ];
  }
  const [to, from] = [args.number(0), args.number(1)];
  if (goesByBytes(macros)) return [[isMove && to > from ? 'bytes down' : 'bytes', n]];
  if (isMove && to > from && to < from + n) return [['bytes down', n]];
  // Newlib's loops in C take less than 16 bytes one by one.
  return isAligned && n >= 16 ? byWords(n) : [['bytes', n]];
}

function byWords(n: number): Parts {
  return [
    ['sixteens', n >> 4],
    ['words', (n & 15) >> 2],
    ['rest', n & 3],
  ];
}

/** Newlib for RISC-V is built for size: one byte after the other. */
const goesByBytes = (macros: Macros) => isSet(macros, '__riscv');

/** The parts of `memset`, which begins with single bytes up to a multiple of 4. */
export function fillParts(to: number, n: number, macros: Macros): Parts {
  if (goesByBytes(macros)) {
    return [
      ['call', 1],
      ['bytes', n],
    ];
  }
  const head = Math.min(n, (4 - (to & 3)) & 3);
  return [['call', 1], ['head', head], ...byWords(n - head)];
}
