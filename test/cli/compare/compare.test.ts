import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Report } from '../../../cli/report/schema.ts';
import { inFolder, runCli, runJson } from '../run-cli.ts';
import { accuracy, buildReport, latency, layer, writeReports } from './build-report.ts';

const number = z.number().nullable();
const fact = z.strictObject({
  index: z.int(),
  name: z.string(),
  operator: z.string(),
  macs: z.int(),
  parameterBytes: z.int(),
});
const side = z.strictObject({ file: z.string(), model: z.string(), sha256: z.string() });

/** What `compare --json` prints. */
const comparison = z.strictObject({
  schemaVersion: z.literal(1),
  command: z.literal('compare'),
  before: side,
  after: side,
  equal: z.boolean(),
  ok: z.boolean(),
  changes: z.array(
    z.strictObject({
      metric: z.string(),
      of: z.string().nullable(),
      how: z.string().nullable(),
      unit: z.enum(['bytes', 'us', 'count', 'share']),
      before: number,
      after: number,
      withinError: z.boolean().nullable(),
    }),
  ),
  layers: z.array(
    z.strictObject({
      kind: z.enum(['added', 'removed', 'changed']),
      before: fact.nullable(),
      after: fact.nullable(),
      what: z.array(z.string()),
    }),
  ),
  errors: z.array(z.strictObject({ name: z.string(), before: number, after: z.number(), snrDb: number })),
  facts: z.array(z.strictObject({ what: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  thresholds: z.array(
    z.strictObject({
      threshold: z.string(),
      metric: z.string(),
      status: z.enum(['within', 'exceeded', 'unknown']),
      what: z.string(),
      of: z.string().nullable(),
      how: z.string().nullable(),
      before: number,
      after: number,
      limit: number,
      advice: z.string().nullable(),
    }),
  ),
  notes: z.array(z.string()),
});

/** The JSON value of a comparison, and its text. */
async function compared(before: Report, after: Report) {
  return inFolder(async (folder) => {
    const files = writeReports(folder, before, after);
    const { code, value } = await runJson(['compare', ...files], folder);
    const text = await runCli(['compare', ...files], folder);
    expect([code, text.code, text.stderr]).toEqual([0, 0, '']);
    return { value: comparison.parse(value), text: text.stdout };
  });
}

describe('compare', () => {
  it('of a report with itself says that nothing differs', async () => {
    const { value, text } = await compared(buildReport(), buildReport());
    expect(value).toMatchObject({ equal: true, ok: true, changes: [], layers: [], errors: [], facts: [], notes: [] });
    expect(text).toBe(
      `before  before.json: tiny (aaaaaaaaaaaa)\nafter   after.html: tiny (aaaaaaaaaaaa)\n\nno difference\n`,
    );
  });

  it('lists what differs, the important first, and nothing else', async () => {
    const after = buildReport({
      model: { macs: 5000, sha256: 'b'.repeat(64) },
      memory: { arenaBytes: 5000, sramBytes: 5600 },
      latency: [latency('nano33ble', 41_000), latency('rp2040', 60_000)],
      accuracy: accuracy(197, [0, 0.03, 0.02]),
    });
    const { value, text } = await compared(buildReport(), after);
    expect(value.changes.map(({ metric, of, before: a, after: b }) => [metric, of, a, b])).toEqual([
      ['accuracy', null, 0.98, 0.985],
      ['agreement', null, 0.98, 0.985],
      ['latency', 'nano33ble', 40_000, 41_000],
      ['latency', 'rp2040', null, 60_000],
      ['sram', null, 4600, 5600],
      ['arena', null, 4000, 5000],
      ['macs', null, 6000, 5000],
    ]);
    expect(value.errors).toEqual([{ name: 'b', before: 0.01, after: 0.03, snrDb: -10 * Math.log10(0.03) }]);
    expect(value.facts.map(({ what }) => what)).toEqual(['hash of the model']);
    const lines = text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
    expect(lines).toContain('right answers | 98.0 % (196 of 200) | 98.5 % (197 of 200) | +0.50 points');
    expect(lines).toContain('latency on nano33ble | 40.0 ms | 41.0 ms | +1.00 ms (+2.5 %), within error');
    expect(lines).toContain('latency on rp2040 | not known | 60.0 ms');
    expect(lines).toContain('arena | 4,000 B | 5,000 B | +1,000 B (+25.0 %)');
    expect(lines).toContain('b | 0.01 | 0.03 | 15.2 dB');
    expect(lines).toContain('hash of the model | aaaaaaaaaaaa... | bbbbbbbbbbbb...');
    expect(text).not.toContain('stack');
  });

  it('tells a latency outside of the error from one within', async () => {
    const withinError = async (us: number) => {
      const { value } = await compared(buildReport(), buildReport({ latency: [latency('nano33ble', us)] }));
      return value.changes[0]?.withinError;
    };
    expect(await withinError(43_900)).toBe(true);
    expect(await withinError(36_000)).toBe(true);
    expect(await withinError(45_000)).toBe(false);
    expect(await withinError(35_000)).toBe(false);
  });

  it('takes a target that runs another way for the same target', async () => {
    const { value } = await compared(buildReport(), buildReport({ latency: [latency('nano33ble', 9000, 'dsp')] }));
    expect(value.changes).toHaveLength(1);
    expect(value.changes[0]).toMatchObject({ of: 'nano33ble', how: 'dsp', before: 40_000, after: 9000 });
  });

  it('names the way to run where a target has several', async () => {
    const both = (us: number) => buildReport({ latency: [latency('x', 40_000, 'simd'), latency('x', us, 'dot')] });
    const { text } = await compared(both(30_000), both(20_000));
    expect(text).toContain('latency on x (dot)  30.0 ms  20.0 ms');
  });

  it('finds layers that came, went and changed', async () => {
    const layers = [
      layer(0, 'a', 'conv-2d', { macs: 500, quantization: { scheme: 'float32', granularity: null } }),
      layer(1, 'new name', 'conv-2d', { macs: 2000 }),
      layer(2, 'extra', 'pool', { macs: 7 }),
    ];
    const { value, text } = await compared(buildReport(), buildReport({ graph: { layers } }));
    expect(value.layers.map(({ kind, before, after, what }) => [kind, before?.name, after?.name, what])).toEqual([
      ['removed', 'c', undefined, []],
      ['changed', 'a', 'a', ['int8 per channel to float32', 'MACs 1,000 to 500']],
      ['added', undefined, 'extra', []],
    ]);
    expect(text).toMatch(/^c +removed {2}softmax, 3,000 MACs, 100 B of parameters$/m);
  });

  it('notes what may be another model, other memory and other samples', async () => {
    const { model, memory } = buildReport();
    const [port] = model.inputs;
    const after = buildReport({
      model: { inputs: port === undefined ? [] : [{ ...port, shape: [1, 96, 96, 1] }] },
      memory: { ...memory, for: 'wasm' },
      accuracy: accuracy(99, [], 100),
    });
    const { value, text } = await compared(buildReport(), after);
    expect(value.notes).toEqual([
      'the reports seem to be of different models: their inputs are 1x8x8x1 and 1x96x96x1',
      'memory is planned for c before and for wasm after: other kernels, other buffers',
      'accuracy was counted on 200 samples before and on 100 after',
    ]);
    expect(text).toContain(`note: ${value.notes[0]}\n`);
  });

  it('tells options, versions and files', async () => {
    const file = (path: string, digit: string) => ({ path, bytes: 9, sha256: digit.repeat(64) });
    const before = buildReport({
      provenance: { options: { target: 'x', old: '1' }, inputs: [file('samples', '1')] },
      notes: ['gone'],
    });
    const after = buildReport({
      provenance: { thimble: '0.2.0', options: { target: 'y' }, inputs: [file('samples', '2')] },
      notes: [],
    });
    const { value } = await compared(before, after);
    expect(value.facts).toEqual([
      { what: 'option target', before: 'x', after: 'y' },
      { what: 'option old', before: '1', after: null },
      { what: 'thimble', before: '0.1.0', after: '0.2.0' },
      { what: 'read samples', before: `9 B, ${'1'.repeat(64)}`, after: `9 B, ${'2'.repeat(64)}` },
      { what: 'note gone', before: 'there', after: null },
    ]);
  });

  it('makes names that would steer a terminal visible', async () => {
    const layers = [layer(0, 'a\x1b[2J', 'conv\x1b-2d', { macs: 1 })];
    const { text } = await compared(
      buildReport({ latency: [latency('x\x07')], notes: ['\x1bn'] }),
      buildReport({ graph: { layers } }),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });
});

describe('the command line', () => {
  it.each([
    [['compare', 'a.json'], 'compare wants two reports', 'thimble compare --help'],
    [['compare', '--markdown', 'a.json', 'b.json'], 'compare wants two reports', 'thimble compare --help'],
    [['compare', 'a', 'b', '--markdown', 'c.html'], 'c.html does not end in .md', 'something.md'],
    [['compare', 'a', 'b', '--thresholds', 'x', '--thresholds', 'y'], '--thresholds is given twice', 'once'],
    [['compare', 'a', 'b', '--threshold', 'x'], 'threshold', 'did you mean --thresholds?'],
  ])('%j is wrong usage', async (argv, what, advice) => {
    const { code, stdout, stderr } = await runCli(argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(what);
    expect(stderr).toContain(advice);
  });

  it('has one value on standard output', async () => {
    const { code, value } = await runJson(['compare', 'a', 'b', '--markdown']);
    expect([code, JSON.stringify(value)]).toEqual([2, expect.stringContaining('--json and --markdown both want')]);
  });

  it('--help has examples and exit codes', async () => {
    const { stdout } = await runCli(['compare', '--help']);
    expect(stdout).toContain('thimble compare main.html mine.html --max');
    expect(stdout).toContain('3 a threshold is exceeded');
  });

  it('writes Markdown into a file beside the table, or prints it alone', async () => {
    await inFolder(async (folder) => {
      const files = writeReports(folder, buildReport(), buildReport({ memory: { arenaBytes: 3000 } }));
      writeFileSync(join(folder, 'c.md'), 'old');
      const both = await runCli(['compare', ...files, '--markdown', 'c.md'], folder);
      expect(both.stdout).toContain('arena  4,000 B  3,000 B  -1,000 B (-25.0 %)');
      const alone = await runCli(['compare', ...files, '--markdown'], folder);
      expect(alone.stdout).toBe(readFileSync(join(folder, 'c.md'), 'utf8'));
      expect(alone.stdout).toContain('| arena | 4,000 B | 3,000 B | ▼ -1,000 B (-25.0 %) |');
      const { code, stderr } = await runCli(['compare', ...files, '--markdown=c.md/c.md'], folder);
      expect([code, stderr]).toEqual([1, expect.stringContaining('c.md')]);
    });
  });
});
