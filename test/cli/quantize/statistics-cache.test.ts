import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StatisticsCache } from '../../../cli/quantize/statistics-cache.ts';
import type { Codec } from '../../../converter/compress/quantize/statistics/memo.ts';
import { parseGraph } from '../../../converter/ir/parse.ts';
import { inFolder } from '../run-cli.ts';

const graphOf = (bias: number) =>
  parseGraph(`graph "net" producer="" rounding=exact
input %0 "x": float32 1x1
const %1 "w": float32 1x1 = [2]
const %2 "b": float32 1 = [${bias}]
%3 "y": float32 1x1 = fully-connected(%0, %1, %2) {"clamp":{"max":"inf","min":"-inf"},"hybrid":"none"} from "layer"
output "y" %3
`);

const codec: Codec<number> = {
  keep: (value) => ({ json: null, arrays: [Float64Array.of(value), new Float64Array(100)] }),
  restore: ({ arrays: [first] }) => first?.[0] ?? null,
};

describe('StatisticsCache', () => {
  it('tells works, graphs and samples apart', async () => {
    await inFolder(async (folder) => {
      const cache = new StatisticsCache(folder);
      let computed = 0;
      const recall = (samples: readonly string[], work: string, bias: number) =>
        cache.memoFor(samples).recall(work, graphOf(bias), codec, () => ++computed);
      expect([recall(['a', 'b'], 'w', 1), recall(['b', 'a'], 'w', 1), recall(['ab'], 'w', 1)]).toEqual([1, 2, 3]);
      expect([recall(['a', 'b'], 'v', 1), recall(['a', 'b'], 'w', 3)]).toEqual([4, 5]);
      expect([recall(['a', 'b'], 'w', 1), recall(['a', 'b'], 'w', 3)]).toEqual([1, 5]);
      expect(cache.use).toEqual({ folder, recalled: 2, kept: 5 });
    });
  });

  it('removes what was not used for longest when it grows too large', async () => {
    await inFolder(async (folder) => {
      const cache = new StatisticsCache(folder, 2500);
      const recall = (sample: string) => cache.memoFor([sample]).recall('w', graphOf(1), codec, () => 1);
      recall('a');
      const [first = ''] = readdirSync(folder);
      recall('b');
      const second = readdirSync(folder).find((name) => name !== first) ?? '';
      utimesSync(join(folder, second), new Date(0), new Date(0));
      recall('a');
      recall('c');
      const left = readdirSync(folder);
      expect([left.length, left.includes(first), left.includes(second)]).toEqual([2, true, false]);
    });
  });
});
