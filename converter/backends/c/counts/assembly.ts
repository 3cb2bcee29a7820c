import type { Macros } from './source.ts';
import type { Expression } from './syntax.ts';
import type { Value } from './values.ts';

/**
 * The loops of what has no loops in C: the assembly of the support headers, and functions of the C library. Each answers how
 * often each part of it is executed, from its arguments.
 */
export type Parts = readonly (readonly [part: string, count: number])[];

/** Arguments as numbers; one that depends on data counts as 0. */
interface Arguments {
  number(index: number): number;
  field(index: number, name: string): number;
  /** Whether all of these are multiples of `bytes`. */
  aligned(bytes: number, ...indices: readonly number[]): boolean;
}

/** What is known of the alignment of an array: multiples of 16. */
function argumentsOf(values: readonly Value[]): Arguments {
  const number = (index: number) => values[index]?.number ?? 0;
  return {
    number,
    field(index, name) {
      const parts = values[index]?.parts;
      return parts === null || typeof parts !== 'object' ? 0 : (parts?.get(name)?.number ?? 0);
    },
    aligned: (bytes, ...indices) => indices.every((index) => number(index) % bytes === 0),
  };
}

type Rule = (args: Arguments, name: string, macros: Macros) => Parts;

/** A run of `n` in groups of `size`, then one by one. */
function grouped(n: number, size: number): Parts {
  return [
    ['groups', Math.floor(n / size)],
    ['rest', n % size],
  ];
}

const isSet = (macros: Macros, name: string) => (macros.get(name) ?? '0') !== '0';

const rules: readonly (readonly [RegExp, Rule])[] = [
  [
    /^thimble_groups4$/,
    (args, _, macros) => {
      const n = args.number(3);
      if (isSet(macros, 'THIMBLE_HELIUM')) {
        return [
          ['sixteens', n >> 4],
          ['rest', Number(n % 16 !== 0)],
        ];
      }
      return [
        ['fours', n >> 2],
        ['rounds', (n + 4) >> 3],
      ];
    },
  ],
  [/^thimble_products[148]$/, (args) => grouped(args.number(3), 4)],
  [/^thimble_own_products[48]$/, (args) => [['inputs', args.number(3)]]],
  [/^thimble_expand4$/, (args) => [['words', args.number(3) >> 2]]],
  [/^thimble_(?:tile|wide)\d_|^thimble_line_/, tile],
  [/^thimble_columns$/, (args) => [['columns', args.number(3)]]],
  [/^thimble_band_/, band],
  [/^thimble_int16_tile\d$/, int16Tile],
  [/^thimble_int16_groups4$/, (args) => [['fours', args.number(3) >> 2]]],
  [/^thimble_int16_depthwise_(?:any|positive|run)$/, int16Depthwise],
  [/^thimble_depthwise9_/, depthwise9],
  [/^thimble_helium_copy$/, (args) => [['sixteens', Math.ceil(args.number(2) / 16)]]],
  [/^thimble_helium[12]_/, heliumTile],
  [/^thimble_helium_depthwise_(?:exact|clamped|single|float)$/, heliumDepthwise],
  [/^thimble_helium_add$/, (args) => [['fours', Math.ceil(args.field(3, 'count') / 4)]]],
  [/^thimble_move$/, move],
];

/** Most bytes of a copy that compilers write out, if they know the number. */
const WRITTEN_OUT = 16;

/** Whether a call copies or fills more bytes, or a number of bytes, that compilers leave to the library. */
export function isLongCopy(name: string, args: readonly Expression[]): boolean {
  if (!/^mem(?:cpy|move|set)$/.test(name)) return false;
  const last = args[2];
  if (last?.kind === 'sizeof') return name === 'memset';
  return last?.kind !== 'number' || last.value > WRITTEN_OUT;
}

/** The parts of a function, or null for one that is not here. */
export function partsOf(name: string, values: readonly Value[], macros: Macros): Parts | null {
  const rule = rules.find(([pattern]) => pattern.test(name));
  return rule === undefined ? null : [['call', 1], ...rule[1](argumentsOf(values), name, macros)];
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
  if (name === 'memset') return fillParts(args.number(0), n);
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

/** See panel.h and wide.h: loops over channels in fours or twos, over groups of four inputs, unrolled, then over single channels. */
function tile(args: Arguments, name: string): Parts {
  const pixels = Number(/\d/.exec(name)?.[0] ?? 1);
  const isLine = name.startsWith('thimble_line');
  const isWide = name.startsWith('thimble_wide');
  const groups = args.field(3, 'bytes') / 8;
  const turns = args.field(3, 'blocks') * (!isWide && pixels > 2 ? 2 : 1);
  const singles = args.field(3, 'singles');
  const unroll = !isLine && (isWide || pixels > 2) ? 4 : 2;
  return [
    ['turns', turns],
    ['groups', turns * groups],
    ['rounds', turns * Math.ceil((groups - 1) / unroll)],
    ['singles', singles],
    ['single groups', singles * groups],
  ];
}

/** See bands.h: channels, and in each outputs of a row by twos. Records count as four bytes. */
function band(args: Arguments): Parts {
  const channels = (args.number(3) - args.number(2)) / 4;
  return [
    ['channels', channels],
    ['pairs', (channels * args.field(4, 'bytes')) / 64],
    ['odd', channels * args.field(4, 'is_odd')],
  ];
}

/** See int16_tiles.h: channels by twos, with Helium by fours, and in each groups of eight inputs. */
function int16Tile(args: Arguments, _: string, macros: Macros): Parts {
  const per = isSet(macros, 'THIMBLE_HELIUM') ? 4 : 2;
  const turns = Math.ceil(args.field(3, 'channels') / per);
  return [
    ['turns', turns],
    ['eights', (turns * args.field(3, 'inputs')) / 8],
    ['limited', args.field(3, 'is_limited') === 0 ? 0 : turns],
  ];
}

/** See int16_depthwise.h: channels by fours, with Helium by eights, and in each kernel positions, by twos. */
function int16Depthwise(args: Arguments, _: string, macros: Macros): Parts {
  const [channels, taps, pixels] = [args.field(2, 'channels'), args.field(2, 'taps'), args.number(3)];
  if (isSet(macros, 'THIMBLE_HELIUM')) {
    const blocks = pixels * Math.ceil(channels / 8);
    return [
      ['pixels', pixels],
      ['blocks', blocks],
      ['taps', blocks * taps],
    ];
  }
  const fours = pixels * Math.ceil(channels / 4);
  return [
    ['pixels', pixels],
    ['fours', fours],
    ['pairs', fours * (taps >> 1)],
    ['single', fours * (taps % 2)],
    ['limited', args.field(2, 'is_limited') === 0 ? 0 : fours],
  ];
}

/** See depthwise.h: pixels, and in each fours of channels, of which the last may begin earlier. */
function depthwise9(args: Arguments): Parts {
  const [channels, pixels] = [args.field(2, 'channels'), args.number(3)];
  return [
    ['pixels', pixels],
    ['fours', pixels * Math.ceil(channels / 4)],
    ['overlaps', channels % 4 === 0 ? 0 : pixels],
  ];
}

/** See helium.h: blocks of four channels, in each sixteens of inputs and a rest; then single channels. */
function heliumTile(args: Arguments): Parts {
  const [blocks, singles, inputs] = [args.field(3, 'blocks'), args.field(3, 'singles'), args.field(3, 'inputs')];
  return [
    ['blocks', blocks],
    ['sixteens', blocks * (inputs >> 4)],
    ['rests', inputs % 16 === 0 ? 0 : blocks],
    ['singles', singles],
    ['single sixteens', singles * Math.ceil(inputs / 16)],
  ];
}

function heliumDepthwise(args: Arguments): Parts {
  const [channels, pixels] = [args.field(2, 'channels'), args.number(3)];
  const blocks = Math.ceil(channels / 16);
  return [
    ['pixels', pixels],
    ['blocks', pixels * blocks],
    ['pairs', pixels * blocks * args.field(2, 'pairs')],
    ['last pairs', channels % 16 === 0 ? 0 : pixels * args.field(2, 'pairs')],
    ['last', channels % 16 === 0 ? 0 : pixels],
    ['single', pixels * blocks * args.field(2, 'single')],
  ];
}

/** See move.h: 32 bytes at a time where both ends allow it, then as `memmove`. */
function move(args: Arguments, _: string, macros: Macros): Parts {
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
  if (isMove && to > from && to < from + n) return [['bytes down', n]];
  return isAligned ? byWords(n) : [['bytes', n]];
}

function byWords(n: number): Parts {
  return [
    ['sixteens', n >> 4],
    ['words', (n & 15) >> 2],
    ['rest', n & 3],
  ];
}

/** The parts of `memset`, which begins with single bytes up to a multiple of 4. */
export function fillParts(to: number, n: number): Parts {
  const head = Math.min(n, (4 - (to & 3)) & 3);
  return [['call', 1], ['head', head], ...byWords(n - head)];
}
