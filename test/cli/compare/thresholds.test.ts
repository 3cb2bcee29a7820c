import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkThresholds, outcomeOf } from '../../../cli/compare/check-thresholds.ts';
import { compareReports } from '../../../cli/compare/comparison.ts';
import { parseThresholds } from '../../../cli/compare/thresholds.ts';
import type { Report } from '../../../cli/report/schema.ts';
import { inFolder, runCli } from '../run-cli.ts';
import { accuracy, buildReport, latency, writeReports } from './build-report.ts';

describe('a threshold', () => {
  it.each([
    ['arena=+2%', 'arena', null, 'relative', 0.02],
    ['arena = +0', 'arena', null, 'change', 0],
    ['gzip=+1k', 'gzip', null, 'change', 1024],
    ['sram=64k', 'sram', null, 'limit', 65536],
    ['latency:nano33ble=+5%', 'latency', 'nano33ble', 'relative', 0.05],
    ['latency=20ms', 'latency', null, 'limit', 20_000],
    ['latency=+200us', 'latency', null, 'change', 200],
    ['size:code, dot=2k', 'size', 'code, dot', 'limit', 2048],
    ['macs=3M', 'macs', null, 'limit', 3e6],
    ['accuracy=-0.5', 'accuracy', null, 'change', 0.005],
    ['agreement=99%', 'agreement', null, 'limit', 0.99],
  ])('%s is understood', (text, metric, of, kind, value) => {
    expect(parseThresholds([text])).toEqual([{ text, metric, of, bound: { kind, value } }]);
  });

  it('stands among others, with commas between', () => {
    const parsed = parseThresholds(['arena=+2%, size:code, dot=+1k', 'sram=64k']);
    expect(parsed.map(({ text }) => text)).toEqual(['arena=+2%', 'size:code, dot=+1k', 'sram=64k']);
  });

  it.each([
    ['', 'it is no threshold', 'write "arena=+2%"'],
    ['arena', 'it is no threshold', 'write "arena=+2%"'],
    ['sram<=64k', 'it is no threshold', 'sram=64k'],
    ['aren=+2%', 'called "aren"', 'did you mean arena?'],
    ['arena:x=+2%', 'there is one arena', 'write arena=+2%'],
    ['latency:=+2%', 'nothing stands after the colon', 'latency:NAME'],
    ['arena=', '"" is no number of bytes', '64k'],
    ['arena=2%', '2% is a percentage without +', '+2%'],
    ['arena=-2%', 'arena gets worse by +', '+2%'],
    ['arena=64kB', '"64kB" is no number of bytes', '64k'],
    ['arena=0', '"0" is no number of bytes', '64k'],
    ['latency=5', '"5" is no time', '20ms'],
    ['macs=1.x', 'is no count', '3M'],
    ['accuracy=+1', 'accuracy gets worse by -', '-0.5'],
    ['accuracy=0.5', 'is no percentage from 0 to 100', '-0.5'],
    ['accuracy=-1%', 'may be points or a part', '-0.5'],
    ['accuracy=-101', 'is no number of points', '-0.5'],
    [`arena=+${'9'.repeat(400)}%`, 'nothing exceeds it', '+2%'],
    [`latency=${'9'.repeat(400)}ms`, 'nothing exceeds it', '20ms'],
    [`macs=${'9'.repeat(400)}`, 'nothing exceeds it', '3M'],
  ])('%j is refused', (text, what, advice) => {
    expect(() => parseThresholds([text])).toThrow(what);
    expect(() => parseThresholds([text])).toThrow(advice);
  });

  it('is told of with all others that are wrong', () => {
    expect(() => parseThresholds(['foo=1,arena=x'])).toThrow(/"foo".*\n.*"arena=x"/);
  });
});

/** How checks of `texts` end. */
function statuses(before: Report, after: Report, ...texts: string[]) {
  return checkThresholds(parseThresholds(texts), compareReports(before, after)).map(({ status }) => status);
}

describe('a check', () => {
  const before = buildReport();
  const arena = (arenaBytes: number) => buildReport({ memory: { arenaBytes } });

  it.each([
    [4080, 'arena=+2%', 'within'],
    [4081, 'arena=+2%', 'exceeded'],
    [4000, 'arena=+0', 'within'],
    [4001, 'arena=+0%', 'exceeded'],
    [4512, 'arena=+512', 'within'],
    [4513, 'arena=+512', 'exceeded'],
    [4096, 'arena=4k', 'within'],
    [4097, 'arena=4k', 'exceeded'],
    [10, 'arena=+0', 'within'],
  ])('an arena from 4000 to %d with %s is %s', (bytes, text, status) => {
    expect(statuses(before, arena(bytes), text)).toEqual([status]);
  });

  it.each([
    [195, 'accuracy=-0.5', 'within'],
    [194, 'accuracy=-0.5', 'exceeded'],
    [190, 'accuracy=95%', 'within'],
    [189, 'accuracy=95%', 'exceeded'],
    [200, 'accuracy=-0', 'within'],
  ])('right answers from 196 to %d of 200 with %s are %s', (now, text, status) => {
    expect(statuses(before, buildReport({ accuracy: accuracy(now) }), text)).toEqual([status]);
  });

  it('of a size takes the sum, or the part', () => {
    const after = buildReport({
      sizes: { parts: [{ name: 'weights', bytes: 2400, gzipBytes: null, origin: 'computed' }] },
    });
    expect(statuses(before, after, 'size=+100', 'size=+99', 'size:weights=+1k')).toEqual([
      'within',
      'exceeded',
      'exceeded',
    ]);
  });

  it('of a latency takes every target, and each way to run', () => {
    const first = buildReport({ latency: [latency('a', 100), latency('b', 100, 'x'), latency('b', 200, 'y')] });
    const second = buildReport({ latency: [latency('a', 104), latency('b', 104, 'x'), latency('b', 211, 'y')] });
    expect(statuses(first, second, 'latency=+5%')).toEqual(['within', 'within', 'exceeded']);
    expect(statuses(first, second, 'latency:b=+6%')).toEqual(['within', 'within']);
  });

  it('of nothing becomes worse by anything', () => {
    expect(statuses(before, buildReport({ memory: { stateBytes: 1 } }), 'state=+50%')).toEqual(['exceeded']);
  });

  it('that cannot be made fails, with advice', () => {
    const none = buildReport({ accuracy: accuracy(0, [], 0) });
    expect(statuses(none, before, 'accuracy=-1')).toEqual(['unknown']);
    const bare = buildReport({ latency: [], accuracy: null, memory: { stackBytes: null, sramBytes: null } });
    const texts = ['accuracy=-1', 'latency=+1%', 'latency:nano33ble=+1%', 'sram=+1%', 'sram=1M', 'size:wasm=+1k'];
    for (const [a, b] of [
      [bare, before],
      [before, bare],
      [bare, bare],
    ] as const) {
      const found = statuses(a, b, ...texts);
      const isLimitEnough = a === bare && b === before;
      expect(found).toEqual(texts.map((text) => (text === 'sram=1M' && isLimitEnough ? 'within' : 'unknown')));
    }
    const [check] = checkThresholds(parseThresholds(['latency:nano33=+1%']), compareReports(before, before));
    expect(check).toMatchObject({ status: 'unknown', advice: 'they have nano33ble' });
  });

  it('of what a C package and a WASM bundle each have their own of cannot be made; a limit holds for both', () => {
    const wasm = buildReport({ memory: { for: 'wasm', arenaBytes: 4000 } });
    const texts = ['arena=+2%', 'state=+0', 'size=+0', 'size:weights=+1k', 'gzip=+1%', 'arena=8k', 'macs=+0'];
    const expected = ['unknown', 'unknown', 'unknown', 'unknown', 'unknown', 'within', 'within'];
    expect(statuses(before, wasm, ...texts)).toEqual(expected);
    const [check] = checkThresholds(parseThresholds(['arena=+2%']), compareReports(before, wasm));
    expect(check).toMatchObject({ what: 'one report is of a C package, the other of WASM' });
  });

  it('that is unknown outweighs one that is exceeded', () => {
    const checks = checkThresholds(
      parseThresholds(['arena=+0', 'latency:x=+1%', 'macs=+0']),
      compareReports(before, arena(9)),
    );
    expect(outcomeOf(checks)).toBe('unknown');
    expect(outcomeOf([])).toBe('within');
  });
});

describe('exit codes', () => {
  it('are 0 within, 3 where a threshold is exceeded, 1 where it could not be checked', async () => {
    await inFolder(async (folder) => {
      const files = writeReports(folder, buildReport(), buildReport({ memory: { arenaBytes: 4100, sramBytes: 4700 } }));
      const within = await runCli(['compare', ...files, '--max', 'arena=+3%'], folder);
      expect([within.code, within.stderr]).toEqual([0, '']);
      expect(within.stdout).toContain(
        'within    arena=+3%: arena 4,000 B to 4,100 B, +100 B (+2.5 %), at most 4,120 B',
      );
      const exceeded = await runCli(['compare', ...files, '--max', 'arena=+2%', '--max', 'sram=5k'], folder);
      expect(exceeded.code).toBe(3);
      expect(exceeded.stdout).toMatch(
        /exceeded {2}arena=\+2%.*\nwithin {4}sram=5k: SRAM in all 4,700 B, at most 5,120 B\n/,
      );
      const unknown = await runCli(['compare', ...files, '--max', 'arena=+2%,latency:rp2040=+1%'], folder);
      expect(unknown.code).toBe(1);
      expect(unknown.stdout).toContain(
        'unknown   latency:rp2040=+1%: neither report has latency of "rp2040"\n  they have nano33ble',
      );
    });
  });

  it('follow a file of thresholds as well', async () => {
    await inFolder(async (folder) => {
      const files = writeReports(folder, buildReport(), buildReport({ memory: { arenaBytes: 4100 } }));
      const compare = (value: unknown) => {
        writeFileSync(join(folder, 't.json'), typeof value === 'string' ? value : JSON.stringify(value));
        return runCli(['compare', ...files, '--thresholds', 't.json', '--max', 'macs=+0'], folder);
      };
      expect((await compare({ max: { arena: '+3%', sram: ['+1k', '64k'] } })).code).toBe(0);
      expect((await compare({ max: { arena: ['+3%', '4k'] } })).code).toBe(3);
      for (const [value, what] of [
        ['{', 'it is no JSON'],
        [{ max: {} }, 'there is no threshold in it'],
        [{ max: { arena: 3 } }, 'max.arena: '],
        [{ maximum: {} }, 'max: '],
        [{ max: { arena: '3%', srm: '+1' } }, 'file "t.json", max "arena": 3% is a percentage without +'],
        [{ max: { arena: '3%', srm: '+1' } }, 'did you mean sram?'],
      ] as const) {
        const { code, stderr } = await compare(value);
        expect([code, stderr]).toEqual([1, expect.stringContaining(what)]);
      }
    });
  });
});
