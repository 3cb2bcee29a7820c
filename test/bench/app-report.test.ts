import { describe, expect, it } from 'vitest';
import type { PageFigure } from '../../bench/app/measure.ts';
import { appReport } from '../../bench/app/report.ts';

const summary = (median: number) => ({ count: 5, median, p10: median - 2, p90: median + 3 });

const page = (name: PageFigure['name'], gzipBytes: number, warm: number, uncachedBytes = 0): PageFigure => ({
  ...{ name, files: 3, gzipBytes, rawBytes: 2 * gzipBytes, uncachedBytes },
  ...{ coldMs: summary(2 * warm), htmlMs: summary(4), filesMs: summary(9), warmMs: summary(warm) },
});

const rowOf = (text: string, name: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`  ${name}`))
    .map((line) => line.trim().split(/\s{2,}/));

describe('the report of the app section', () => {
  const figures = {
    host: 'Chromium 1',
    pages: [page('digits-live', 52_000, 60), page('tfjs-runner', 1_300_000, 240, 17)],
    failures: { 'tfjs-tensors': 'no npm\nmore' },
  };
  const text = appReport(figures);

  it('holds bytes and time of the app against the aims, and against the peer', () => {
    const [weight, time] = rowOf(text, 'digits app');
    expect(weight).toEqual(['digits app', '3', '52.0', '104.0', '120.0', 'yes', '0.04x']);
    expect(time).toEqual(['digits app', '4', '9', '60 [58 63]', '150', 'yes', '0.25x', '0.25x', '120 [118 123]']);
  });

  it('has no aim for the peer, and says what is missing', () => {
    const [weight] = rowOf(text, 'tfjs-tflite, runner');
    expect(weight).toEqual(['tfjs-tflite, runner', '3', '1300.0', '2600.0', '-', '-', '-']);
    expect(text).toContain('tfjs-tensors: no npm\n');
    expect(text).toContain('tfjs-tflite, runner: 17 bytes were not in the cache');
  });

  it('says where an aim is missed, and has no ratio without the peer', () => {
    const alone = appReport({ ...figures, pages: [page('digits-live', 130_000, 151)] });
    const [weight, time] = rowOf(alone, 'digits app');
    expect(weight).toEqual(['digits app', '3', '130.0', '260.0', '120.0', 'NO', '-']);
    expect(time?.slice(4)).toEqual(['150', 'NO', '-', '-', '302 [300 305]']);
  });
});
