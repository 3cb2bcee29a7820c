import { describe, expect, it } from 'vitest';
import type { Opening, ReportFigure } from '../../bench/report-page/measure.ts';
import { reportPageReport } from '../../bench/report-page/report.ts';

const figure = (bytes: number, openings: readonly Partial<Opening>[]): ReportFigure => ({
  id: 'mobilenet_v2',
  bytes,
  browser: 'Chromium 140',
  openings: openings.map((one) => ({ longestTaskMs: 0, longestUseMs: 0, faults: 0, ...one })),
});

/** The last line of the table. */
const line = (one: ReportFigure) => reportPageReport([one]).split('\n').at(-1) ?? '';

describe('the figures of report pages', () => {
  it('hold up to their limits and not above them', () => {
    expect(line(figure(1_999_999, [{}, { longestTaskMs: 200 }]))).toMatch(/1,999,999 .* 200 ms .* yes /);
    expect(line(figure(2_000_000, [{}]))).toMatch(/ NO /);
    expect(line(figure(1, [{}, { longestTaskMs: 201 }]))).toMatch(/ NO /);
    expect(line(figure(1, [{ faults: 1 }]))).toMatch(/ NO /);
  });

  it('say what browsers do not tell, and what was skipped', () => {
    expect(line(figure(1, [{}]))).toContain('below 50 ms');
    expect(line({ id: 'a', skipped: 'there is no Chromium' })).toContain('there is no Chromium');
  });
});
