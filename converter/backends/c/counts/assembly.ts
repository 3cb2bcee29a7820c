import { move } from './copies.ts';
import { type Arguments, argumentsOf, isSet, type Parts } from './parts.ts';
import type { Macros } from './source.ts';
import type { Value } from './values.ts';

/** Answers how often each part of a function is executed. */
type Rule = (args: Arguments, name: string, macros: Macros) => Parts;

/** A run of `n` in groups of `size`, then one by one. */
function grouped(n: number, size: number): Parts {
  return [
    ['groups', Math.floor(n / size)],
    ['rest', n % size],
  ];
}

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
  [/^thimble_(?:tile|wide|fold)\d_|^thimble_(?:line|folds)_/, tile],
  [/^thimble_fold_four$/, (args) => [['words', args.number(3) >> 2]]],
  [/^thimble_gather[14]$/, gather],
  [/^thimble_gather_row$/, (args) => positions(args.item(2, COLUMNS), args.item(2, COLUMNS + 1))],
  [/^thimble_nibbles_block$/, nibbles],
  [/^thimble_columns$/, (args) => [['columns', args.number(3)]]],
  [/^thimble_band_/, band],
  [/^thimble_int16_tile\d$/, int16Tile],
  [/^thimble_int16_groups4$/, (args) => [['fours', args.number(3) >> 2]]],
  [/^thimble_int16_depthwise_(?:any|positive|fours|run)$/, int16Depthwise],
  [/^thimble_int16_put$/, (args) => [['eights', Math.ceil(args.number(2) / 8)]]],
  [/^thimble_depthwise9_/, depthwise9],
  [/^thimble_helium_copy$/, (args) => [['sixteens', Math.ceil(args.number(2) / 16)]]],
  [/^thimble_helium[12]_/, heliumTile],
  [/^thimble_helium_depthwise_(?:exact|clamped|single|float)$/, heliumDepthwise],
  [/^thimble_helium_add$/, (args) => [['fours', Math.ceil(args.field(3, 'count') / 4)]]],
  [/^thimble_move$/, move],
];

/** Ways to round, which only some parts of a function ask for, and to find factors, which cost the same in tiles of Armv7E-M. */
const STYLES = /_(exact|clamped|single|float)(_each|_same)?\|(.*)$/;
const ROUNDS = /^(?:turns|singles|pairs|odd|fours|overlaps|blocks|last|single|last pairs)$/;
const TILE = /^thimble_(?:tile|wide|fold)\d_|^thimble_(?:line|folds)_/;

/** The name that the cost of a part is kept under: functions that differ elsewhere share it. */
export function costKey(key: string): string {
  return key.replace(STYLES, (_, style: string, pair: string | undefined, part: string) => {
    if (!ROUNDS.test(part)) return `|${part}`;
    return `_${style}${TILE.test(key) ? '' : (pair ?? '')}|${part}`;
  });
}

/** The parts of a function, or null for one that is not here. */
export function partsOf(name: string, values: readonly Value[], macros: Macros): Parts | null {
  const rule = rules.find(([pattern]) => pattern.test(name));
  return rule === undefined ? null : [['call', 1], ...rule[1](argumentsOf(values), name, macros)];
}

/** See panel.h, wide.h and folded.h: loops over channels in fours or twos, over groups of four inputs, unrolled, then over single channels. */
function tile(args: Arguments, name: string): Parts {
  const pixels = Number(/\d/.exec(name)?.[0] ?? 1);
  const isFold = name.startsWith('thimble_fold');
  const isSplit = name.startsWith('thimble_tile');
  const groups = args.field(3, 'bytes') / 8;
  const blocks = args.field(3, 'blocks');
  const turns = blocks * (isSplit && pixels > 2 ? 2 : 1);
  const singles = args.field(3, 'singles');
  const unroll = isFold || pixels > 2 || name.startsWith('thimble_wide') ? 4 : 2;
  return [
    ['one group', Number(groups === 1)],
    ['any turns', Number(blocks > 0)],
    ['turns', turns],
    ['groups', turns * (groups - 1)],
    ['rounds', turns * Math.ceil((groups - 1) / unroll)],
    ['any singles', Number(singles > 0)],
    ['singles', singles],
    ['single groups', singles * groups],
  ];
}

/** See gather.h: words of the rows of windows, and words that are put together of what is left over. */
function gather(args: Arguments): Parts {
  const [rows, bytes, , rest] = [0, 1, 2, 3].map((at) => args.item(2, at));
  return [
    ...positions(bytes === 0 ? 0 : (rows ?? 0), bytes ?? 0),
    ['any rest', Number((rest ?? 0) > 0)],
    ['rest words', rest ?? 0],
  ];
}

/** Where the table of sizes of gather.h has the columns of a window; the channels stand behind. */
const COLUMNS = 21;

/** Runs of so many bytes. */
function positions(runs: number, bytes: number): Parts {
  return [
    ['any rows', Number(runs > 0)],
    ['rows', runs],
    ['words', (runs * bytes) >> 2],
  ];
}

/** See nibbles.h: two pairs of channels, in each the groups that share a multiplier, by eight inputs and the four left over. */
function nibbles(args: Arguments): Parts {
  const [inputs, group] = [args.field(0, 'inputs'), args.field(0, 'group')];
  const sizes = Array.from({ length: Math.ceil(inputs / Math.max(1, group)) }, (_, i) =>
    Math.min(group, inputs - i * group),
  );
  return [
    ['groups', 2 * sizes.length],
    ['eights', 2 * sizes.reduce((sum, size) => sum + (size >> 3), 0)],
    ['fours', 2 * sizes.reduce((sum, size) => sum + ((size & 7) >> 2), 0)],
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
  const fours = pixels * (channels >> 2);
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
