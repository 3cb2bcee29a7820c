import { z } from 'zod';
import { countedCpus } from '../../converter/backends/c/counts/processors.ts';
import { variants } from '../../converter/backends/wasm/variant.ts';
import { webTerms } from '../../converter/estimate/web/terms.ts';
import type { OpType } from '../../converter/ops/op.ts';
import { clock, nanoseconds, price, ratio, text } from './quantity.ts';

/** What `thimble profile` found: of WebAssembly on a device, and of C on a microcontroller. */

/** Kinds of layers. */
export const layerKinds = {
  'conv-2d': 'conv-2d',
  'depthwise-conv-2d': 'depthwise-conv-2d',
  'fully-connected': 'fully-connected',
  matmul: 'matmul',
  'pool-2d': 'pool-2d',
  reduce: 'reduce',
  softmax: 'softmax',
  'log-softmax': 'log-softmax',
  zip: 'zip',
  map: 'map',
  pad: 'pad',
  concat: 'concat',
  reshape: 'reshape',
  transpose: 'transpose',
  slice: 'slice',
  gather: 'gather',
  scatter: 'scatter',
  'arg-reduce': 'arg-reduce',
  'top-k': 'top-k',
  cumulative: 'cumulative',
  cast: 'cast',
  'resize-bilinear': 'resize-bilinear',
  compare: 'compare',
  select: 'select',
  recurrent: 'recurrent',
  'integer-lstm': 'integer-lstm',
  quantize: 'quantize',
  dequantize: 'dequantize',
  requantize: 'requantize',
} as const satisfies { readonly [T in OpType]: T };

/** Arithmetics of layers. */
export const layerArithmetics = ['float32', 'int8', 'hybrid', 'int16', 'other'] as const;

const prices = z.strictObject({
  kind: z.enum({ ...layerKinds, any: 'any' }).describe('any: those without prices of their own'),
  arithmetic: z.enum([...layerArithmetics, 'any']),
  variant: z.enum([...variants, 'any']),
  terms: z
    .partialRecord(z.enum(webTerms), price)
    .describe('Nanoseconds or cycles for one of each; what is absent costs nothing'),
  error: ratio.describe('The part of the time by which 95 % of layers are off at most'),
});

export const webSchema = z.strictObject({
  cores: z
    .array(z.strictObject({ core: text.describe('The name of one of the cores'), prices: z.array(prices).min(1) }))
    .min(1)
    .describe('The quickest cores first'),
  entry: nanoseconds.describe('What a run costs before its first layer'),
  threadEfficiency: ratio.describe('The part of its time that each further thread adds to the first'),
  threadWait: nanoseconds.describe('How long threads wait for each other after a layer'),
  slowRuns: ratio.describe('The time that 95 % of runs are quicker than, in parts of the median'),
});

export const layerCyclesSchema = z.strictObject({
  counter: z.enum(['cycles', 'instructions']).describe('instructions: an emulator counted these, and no cycles'),
  processor: z.enum(countedCpus).describe('Whose predicted instructions the cycles are for'),
  hz: clock.optional().describe('The clock while it was measured'),
  kinds: z
    .array(
      z.strictObject({
        kind: z.enum({ ...layerKinds, any: 'any' }),
        cycles: price.describe('Cycles for each predicted instruction'),
        error: ratio.describe('The part of their time by which layers of the kind are off'),
      }),
    )
    .min(1),
});
