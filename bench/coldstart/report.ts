import type { Cell } from '../../cli/output/table.ts';
import { block, mark, titled } from '../report.ts';
import { formatRatio, ratio } from '../statistics.ts';
import { peerNames } from '../wasm/peers.ts';
import type { ColdStarts } from './measure.ts';

/** What the project has set itself, in ms on an idle machine. */
const aimsMs: Readonly<Record<string, number>> = {
  'kws-int8': 15,
  'kws-float': 15,
  'mobilenet-v2-float': 60,
};

/** Ratios to the peers, milliseconds beside the aims, and what did not run. */
export function coldStartReport({ host, models, absent }: ColdStarts): string {
  const ratios = models.map(({ id, engines }): Cell[] => {
    return [id, ...peerNames.map((name) => formatRatio(engines[name]?.oursToIt ?? null))];
  });
  const times = models.map(({ id, engines }): Cell[] => {
    const [ours, aim] = [engines.thimble?.ms, aimsMs[id]];
    const holds = aim === undefined || ours === undefined ? null : mark(ours.median <= aim);
    const spread = ['thimble', ...peerNames].map((name) => {
      const ms = engines[name]?.ms;
      return ms === undefined ? null : `${ms.median.toFixed(1)} [${ms.p10.toFixed(1)} ${ms.p90.toFixed(1)}]`;
    });
    return [id, aim ?? null, holds, ...spread];
  });
  const floors = models.map(({ id, engines, floor, uncached }): Cell[] => {
    if (floor === null) return [id];
    const { fetchMs, firstRunMs, secondRunMs, laterRunMs } = floor;
    const sum = fetchMs.median + firstRunMs.median;
    const ofSum = ratio(engines.thimble?.ms.median, sum);
    const medians = [fetchMs, firstRunMs, secondRunMs, laterRunMs].map(({ median }) => median.toFixed(1));
    return [id, ...medians, sum.toFixed(1), formatRatio(ofSum), uncached];
  });
  const failures = models.flatMap(({ id, failures }) =>
    Object.entries(failures).map(([name, why]) => `${id}, ${name}: ${why}`),
  );
  const missing = Object.entries(absent).map(([name, why]) => `${name}: ${why}`);
  const lines = [...missing, ...failures].map((line) => `  ${line.split('\n')[0]}`);
  return [
    block(
      `Cold start of thimble / of the peer, ${host}: new page, warm HTTP cache, 1 thread`,
      ['model', ...peerNames],
      ratios,
    ),
    block('Import to first result in ms: median [p10 p90]', ['model', 'aim', 'holds', 'thimble', ...peerNames], times),
    block(
      'Floor of thimble in ms: its bytes from the cache alone, its first run alone; their sum, and the cold start / the sum',
      ['model', 'fetch', 'first run', 'second', 'later', 'sum', 'of the sum', 'not in the cache'],
      floors,
    ),
    ...(lines.length === 0 ? [] : [titled('Not measured', lines.join('\n'))]),
  ].join('\n\n');
}
