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

/**
 * Weights in the order in which the loops read them: see dot.h. `groups` sets of `channels / groups` output channels,
 * each in blocks of four channels and, for what is left, single channels.
 */
export function packWeights(accumulation: Accumulation, channels: number, groups: number, runs: Runs): CParameter {
  const data = new Int8Array(channels * runs.count * runs.length);
  const perGroup = channels / groups;
  const whole = runs.length - (runs.length % 4);
  let to = 0;
  const put = (channel: number, tap: number) => {
    data[to++] = accumulation.weightAt(channel, tap);
  };
  for (let group = 0; group < groups; group++) {
    for (let first = 0; first < perGroup; first += BLOCK) {
      const size = perGroup - first >= BLOCK ? BLOCK : 1;
      const width = size === 1 ? perGroup - first : 1;
      for (let single = 0; single < width; single++) {
        const channel = group * perGroup + first + single;
        for (let run = 0; run < runs.count; run++) {
          const base = run * runs.length;
          for (let tap = 0; tap < whole; tap += 4) {
            for (let o = 0; o < size; o++) for (let t = 0; t < 4; t++) put(channel + o, base + tap + t);
          }
          for (let tap = whole; tap < runs.length; tap++) for (let o = 0; o < size; o++) put(channel + o, base + tap);
        }
      }
      if (size === 1) break;
    }
  }
  return tableParameter('weights', { kind: 'numbers', stem: 'weights', element: 'int8_t', data });
}

/**
 * Statements that compute `channels` outputs of one pixel: they read `runs`, move `w` and the channel table `channel`
 * along, and leave `output` behind the last output written.
 */
export function channelLoops(
  accumulation: Accumulation,
  requantizer: Requantizer,
  channels: number,
  runs: Runs,
): string {
  const blocks = Math.floor(channels / BLOCK);
  const rest = channels % BLOCK;
  const correction = accumulation.weightZeroPoint === 0 ? '' : ` - correction`;
  const lanes = Array.from({ length: BLOCK }, (_, i) => i);
  const start = lanes.map((i) => requantizer.bias('channel', i) + correction).join(', ');
  const block = c`
    struct thimble_sum4 sum = {${start}};
    ${runLoop(runs, 'thimble_run4', BLOCK)}
    ${lanes.map((i) => `output[${i}] = ${requantizer.output(`sum.s${i}`, 'channel', i)};`)}
    output += ${BLOCK};
    channel += ${BLOCK};
  `;
  const single = c`
    int32_t sum = ${requantizer.bias('channel', 0)}${correction};
    ${runLoop(runs, 'thimble_run1', 1)}
    *output++ = ${requantizer.output('sum', 'channel', 0)};
    channel++;
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

function correctionOf(accumulation: Accumulation, runs: Runs): string {
  if (accumulation.weightZeroPoint === 0) return '';
  const add = (index: string) => `inputs = thimble_run_sum(inputs, ${runs.address(index)}, ${runs.length});`;
  return c`
    int32_t inputs = 0;
    ${runs.count === 1 ? add('0') : repeat('run', runs.count, add('run'))}
    const int32_t correction = inputs * ${accumulation.weightZeroPoint};
  `;
}
