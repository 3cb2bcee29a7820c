import { formatCount } from '../../cli/output/text.ts';
import { block, mark } from '../report.ts';
import { median } from '../statistics.ts';
import type { ReportFigure } from './measure.ts';

/** What a report may weigh, and how long a task may be when it is opened. */
export const reportLimits = { bytes: 2e6, taskMs: 200 } as const;

/** The pages of reports in Chromium, beside their limits. */
export function reportPageReport(figures: readonly ReportFigure[]): string {
  const rows = figures.map((figure) => {
    if ('skipped' in figure) return [figure.id, null, null, null, null, null, null, figure.skipped];
    const { id, bytes, openings, browser } = figure;
    const tasks = openings.map(({ longestTaskMs }) => longestTaskMs);
    const [most, used] = [Math.max(...tasks), Math.max(...openings.map(({ longestUseMs }) => longestUseMs))];
    const faults = openings.reduce((sum, one) => sum + one.faults, 0);
    const holds = bytes < reportLimits.bytes && most <= reportLimits.taskMs && faults === 0;
    return [
      id,
      bytes,
      openings.length,
      taskText(median(tasks)),
      taskText(most),
      taskText(used),
      faults,
      mark(holds),
      browser,
    ];
  });
  const { bytes, taskMs } = reportLimits;
  const title = `Reports in Chromium: below ${formatCount(bytes)} bytes, no task above ${taskMs} ms when opened, no fault`;
  const titles = [
    'report of',
    'bytes',
    'opened',
    'longest task, median',
    'the longest',
    'in use',
    'faults',
    'holds',
    '',
  ];
  return block(title, titles, rows);
}

/** Browsers tell of tasks above 50 ms alone. */
function taskText(ms: number): string {
  return ms === 0 ? 'below 50 ms' : `${Math.round(ms)} ms`;
}
