import type { Cell } from '../../cli/output/table.ts';
import { block, mark, titled } from '../report.ts';
import { formatRatio, ratio, type Summary } from '../statistics.ts';
import type { AppFigures, PageFigure } from './measure.ts';
import type { PageName } from './stage.ts';

/** What the project has set itself for the digits app. */
const aims = { gzipBytes: 120_000, warmMs: 150 };

const titles: { readonly [N in PageName]: string } = {
  'digits-live': 'digits app',
  thimble: 'thimble, tfjs-compare',
  'tfjs-runner': 'tfjs-tflite, runner',
  'tfjs-tensors': 'tfjs-tflite, tensors',
  bare: 'one empty script',
};

const milliseconds = ({ median, p10, p90 }: Summary) => `${median.toFixed(0)} [${p10.toFixed(0)} ${p90.toFixed(0)}]`;

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);

/** Bytes and time of each page beside the aims, and what did not run. */
export function appReport({ host, pages, failures }: AppFigures): string {
  const runner = pages.find(({ name }) => name === 'tfjs-runner');
  const isOurs = ({ name }: PageFigure) => name === 'digits-live' || name === 'thimble';
  const weights = pages.map((page): Cell[] => {
    const { name, files, gzipBytes, rawBytes } = page;
    const aim = name === 'digits-live' ? aims.gzipBytes : null;
    const holds = aim === null ? null : mark(gzipBytes < aim);
    const toPeer = isOurs(page) ? formatRatio(ratio(gzipBytes, runner?.gzipBytes)) : null;
    return [titles[name], files, kilobytes(gzipBytes), kilobytes(rawBytes), aim && kilobytes(aim), holds, toPeer];
  });
  const times = pages.map((page): Cell[] => {
    const { name, htmlMs, filesMs, warmMs, coldMs } = page;
    const aim = name === 'digits-live' ? aims.warmMs : null;
    const holds = aim === null ? null : mark(warmMs.median <= aim);
    const [warm, cold] = [ratio(warmMs.median, runner?.warmMs.median), ratio(coldMs.median, runner?.coldMs.median)];
    const toPeer = isOurs(page) ? [formatRatio(warm), formatRatio(cold)] : [null, null];
    return [
      titles[name],
      htmlMs.median.toFixed(0),
      filesMs.median.toFixed(0),
      milliseconds(warmMs),
      aim,
      holds,
      ...toPeer,
      milliseconds(coldMs),
    ];
  });
  const uncached = pages.filter(({ uncachedBytes }) => uncachedBytes > 0);
  const lines = [
    ...Object.entries(failures).map(([name, why]) => `  ${name}: ${why.split('\n')[0]}`),
    ...uncached.map(({ name, uncachedBytes }) => `  ${titles[name]}: ${uncachedBytes} bytes were not in the cache`),
  ];
  return [
    block(
      'Page weight in kB of 1000 bytes: all that a first visit loads, HTML included, over HTTP/1.1 with gzip -9',
      ['page', 'files', 'gzip', 'raw', 'aim', 'holds', 'to the runner'],
      weights,
    ),
    block(
      `From navigation to the first result, ${host}, new tab, in turn; ms: median [p10 p90]`,
      ['page', 'HTML', 'files', 'first result, warm', 'aim', 'holds', 'to the runner', 'cold, to it', 'cold'],
      times,
    ),
    ...(lines.length === 0 ? [] : [titled('Not measured, or not as it should be', lines.join('\n'))]),
  ].join('\n\n');
}
