import type { Cell } from '../../cli/output/table.ts';
import { block, mark, titled } from '../report.ts';
import { formatRatio } from '../statistics.ts';
import { type ThreadsFigure, threadCounts } from './measure.ts';

/** What two threads are to gain on MobileNetV2, on an idle machine of two processors. */
const aim = 1.7;

/** How many times as fast each number of threads is as one, and whether results are equal. */
export function threadsReport(figures: readonly ThreadsFigure[]): string {
  const rows = figures.map(({ id, host, ms, speedUp, areEqual }): Cell[] => {
    const two = speedUp[2] ?? null;
    const holds = id.startsWith('mobilenet') && two !== null ? mark(two >= aim) : null;
    const spread = threadCounts.map((count) => {
      const found = ms[count];
      return found === undefined
        ? null
        : `${found.median.toPrecision(3)} [${found.p10.toPrecision(3)} ${found.p90.toPrecision(3)}]`;
    });
    return [id, host, formatRatio(two), holds, formatRatio(speedUp[4] ?? null), mark(areEqual), ...spread];
  });
  const titles = [
    'model',
    'host',
    '2 threads',
    `>= ${aim}`,
    '4 threads',
    'equal',
    ...threadCounts.map((n) => `${n}: ms`),
  ];
  const failures = figures.flatMap(({ id, host, failures }) =>
    Object.entries(failures).map(([count, why]) => `  ${id} in ${host}, ${count}: ${why.split('\n')[0]}`),
  );
  return [
    block('Times as fast as in one thread; engines in turn, medians', titles, rows),
    ...(failures.length === 0 ? [] : [titled('Not measured', failures.join('\n'))]),
  ].join('\n\n');
}
