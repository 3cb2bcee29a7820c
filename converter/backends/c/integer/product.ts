import type { CParameter } from '../kernel.ts';
import { tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import type { Accumulation } from './accumulation.ts';
import type { Requantizer } from './requantize.ts';

/** Output channels that are summed at a time. */
const BLOCK = 4;

/** The inputs of one output pixel, as the loops read them: `count` runs of `length` neighbouring numbers. */
export interface Runs {
  readonly count: number;
  readonly length: number;
  /** Address of run `index`, a C expression: `patch + index * 30`. */
  address(index: string): string;
}

/** Stands for a weight of 0 that fills up a group of four. */
export const NO_TAP = -1;

/** The taps of each run. */
export function tapsOf(runs: Runs): number[][] {
  return Array.from({ length: runs.count }, (_, run) =>
    Array.from({ length: runs.length }, (_, i) => run * runs.length + i),
  );
}

/**
 * Weights in the order in which the loops read them: see dot.h. `groups` sets of `channels / groups` output channels,
 * each in blocks of four channels and, for what is left, single channels.
 */
export function packWeights(
  accumulation: Accumulation,
  channels: number,
  groups: number,
  runs: readonly (readonly number[])[],
): CParameter {
  const data: number[] = [];
  const perGroup = channels / groups;
  const put = (channel: number, tap: number | undefined = NO_TAP) => {
    data.push(tap === NO_TAP ? 0 : accumulation.weightAt(channel, tap));
  };
  const putBlock = (first: number, size: number) => {
    for (const taps of runs) {
      const whole = taps.length - (taps.length % 4);
      for (let tap = 0; tap < whole; tap += 4) {
        for (let o = 0; o < size; o++) for (let t = 0; t < 4; t++) put(first + o, taps[tap + t]);
      }
      for (let tap = whole; tap < taps.length; tap++) for (let o = 0; o < size; o++) put(first + o, taps[tap]);
    }
  };
  for (let group = 0; group < groups; group++) {
    const end = (group + 1) * perGroup;
    let first = group * perGroup;
    for (; first + BLOCK <= end; first += BLOCK) putBlock(first, BLOCK);
    for (; first < end; first++) putBlock(first, 1);
  }
  return tableParameter('weights', {
    kind: 'numbers',
    stem: 'weights',
    element: 'int8_t',
    data: Int8Array.from(data),
    words: true,
  });
}

/** Weights that are made as they are needed: statements that give a block, and a single channel, and leave `w` there. */
export interface MadeWeights {
  readonly four: string;
  readonly one: string;
  /** Blocks of four channels. */
  readonly blocks: number;
}

/**
 * Statements that compute `channels` outputs of one pixel: they read `runs`, move `w` and the tables of the
 * channels along, and leave `output` behind the last output written.
 */
export function channelLoops(
  accumulation: Accumulation,
  requantizer: Requantizer,
  channels: number,
  runs: readonly Runs[],
  made: MadeWeights = { four: '', one: '', blocks: Math.floor(channels / BLOCK) },
): string {
  const { blocks } = made;
  const rest = channels - BLOCK * blocks;
  const correction = accumulation.weightZeroPoint === 0 ? '' : ` - correction`;
  const lanes = Array.from({ length: BLOCK }, (_, i) => i);
  const start = lanes.map((i) => requantizer.bias(i) + correction).join(', ');
  const block = c`
    ${made.four}
    struct thimble_sum4 sum = {${start}};
    ${runs.map((one) => runLoop(one, 'thimble_run4', BLOCK))}
    ${lanes.map((i) => `output[${i}] = ${requantizer.output(`sum.s${i}`, i)};`)}
    output += ${BLOCK};
    ${requantizer.advance(BLOCK)}
  `;
  const single = c`
    ${made.one}
    int32_t sum = ${requantizer.bias(0)}${correction};
    ${runs.map((one) => runLoop(one, 'thimble_run1', 1))}
    *output++ = ${requantizer.output('sum', 0)};
    ${requantizer.advance(1)}
  `;
  return c`
    ${correctionOf(accumulation, runs)}
    ${repeat('block', blocks, block)}
    ${repeat('single', rest, single)}
  `;
}

function runLoop(runs: Runs, call: string, block: number): string {
  const step = (index: string) => c`
    sum = ${call}(sum, ${runs.address(index)}, w, ${runs.length});
    w += ${runs.length * block};
  `;
  return runs.count === 1 ? step('0') : repeat('run', runs.count, step('run'));
}

/** A loop over `count` rounds; one round needs no loop but a scope of its own. */
export function repeat(variable: string, count: number, body: string): string {
  if (count === 0) return '';
  const head = count === 1 ? '' : `for (int32_t ${variable} = 0; ${variable} < ${count}; ${variable}++) `;
  return c`
    ${head}{
        ${body}
    }
  `;
}

function correctionOf(accumulation: Accumulation, runs: readonly Runs[]): string {
  if (accumulation.weightZeroPoint === 0) return '';
  const add = (one: Runs, index: string) => `inputs = thimble_run_sum(inputs, ${one.address(index)}, ${one.length});`;
  return c`
    int32_t inputs = 0;
    ${runs.map((one) => (one.count === 1 ? add(one, '0') : repeat('run', one.count, add(one, 'run'))))}
    const int32_t correction = inputs * ${accumulation.weightZeroPoint};
  `;
}
