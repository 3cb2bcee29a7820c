import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probeHash, probePackage, timedSteps } from '../../../cli/profile/firmware.ts';
import { digitsInt8, inFolder, runCli, runJson } from '../run-cli.ts';
import { estimate } from '../schemas.ts';

const conversion = probePackage();
const count = conversion.program.steps.length;

/** A line as the firmware prints it. */
function line({
  ticks = rates(),
  model = probeHash(conversion),
  status = 0,
}: {
  ticks?: readonly number[];
  model?: string;
  status?: number;
} = {}): string {
  const spread = ticks.map(() => 3);
  const check = [status, 84_000_000, 9, ...ticks, ...spread].reduce((sum, one) => (Math.imul(sum, 31) + one) >>> 0, 7);
  const words = [`model=${model}`, `status=${status}`, 'hz=84000000', 'rounds=9', `ticks=${ticks}`, `spread=${spread}`];
  return `THIMBLE-PROFILE 1 ${words.join(' ')} check=${check}`;
}

/** What a processor counts that takes 1.5 cycles for each instruction. */
function rates(): readonly number[] {
  const ones = timedSteps(
    conversion,
    'cortex-m4',
    Array.from({ length: count }, () => 1),
  );
  return ones.map(({ instructions }) => Math.round(1.5 * instructions));
}

const fromLine = (cwd: string, text: string) => {
  writeFileSync(join(cwd, 'log.txt'), text);
  return runCli(['profile', '--from-line', 'log.txt', '--extends', 'stm32f446re', '--out', 'mine.json'], cwd);
};

describe('profile --from-line', () => {
  it('makes a profile of a log, which --target takes', () =>
    inFolder(async (cwd) => {
      const { code, stdout, stderr } = await fromLine(cwd, `boot\r\n${line()}\r\n> `);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/conv-2d +1\.500 +within 0 %/);
      expect((await runCli(['targets', './mine.json'], cwd)).stdout).toContain('layerCycles.kinds[0].cycles');
      const { value } = await runJson(['estimate', digitsInt8, '--target', './mine.json'], cwd);
      const found = estimate.parse(value).targets[0]?.estimate ?? expect.fail('no estimate');
      expect(found.cycles / found.instructions).toBeCloseTo(1.5, 2);
      expect(found.us).toBeCloseTo(found.cycles / 180, 0);
    }));

  it.each([
    ['there is no line that begins with THIMBLE-PROFILE', 'hello'],
    ['check= is', line().replace('ticks=', 'ticks=1')],
    ['check= is missing: the line is cut', line().replace(/ check.*/, '')],
    ['spread= is missing: the line is cut', line().slice(0, 120)],
    ['ticks=: "1x" is no number of 32 bits', line().replace('ticks=', 'ticks=1x,')],
    ['version "2"', line().replace('PROFILE 1', 'PROFILE 2')],
    ['its status is 5', line({ status: 5 })],
    ['all ticks are 0', line({ ticks: rates().map(() => 0) })],
    ['its layers are those of firmware 00000000', line({ model: '00000000' })],
    ['cycles for each instruction', line({ ticks: rates().map((one) => one * 1000) })],
  ])('refuses: %s', (what, text) =>
    inFolder(async (cwd) => {
      const { code, stderr } = await fromLine(cwd, text);
      expect(stderr).toContain(what);
      expect([code, existsSync(join(cwd, 'mine.json'))]).toEqual([1, false]);
    }),
  );
});

describe('profile --firmware', () => {
  it('writes the package with what times it', () =>
    inFolder(async (cwd) => {
      expect((await runCli(['profile', '--firmware', 'fw'], cwd)).code).toBe(0);
      expect(readFileSync(join(cwd, 'fw/profile_main.c'), 'utf8')).toContain(`model=${probeHash(conversion)} `);
      expect(readFileSync(join(cwd, 'fw/test/layer_probe_profile.c'), 'utf8')).toContain(`LAYER_PROBE_LAYERS ${count}`);
    }));
});

const number = { ns: 100, low: 90, high: 110, kept: 5, samples: 5 };
const layer = {
  ...{ kind: 'conv-2d', arithmetic: 'int8', serves: ['simd128'], counts: [1, 1, 9, 1, 1, 1, 1, 0] },
  ...{ macs: 100, constantBytes: 10, activationBytes: 10, ...number },
};
const result = {
  ...{ format: 'thimble-profile-result', version: 1, device: { engine: 'Chrome/150.0', processors: 4 } },
  ...{ variants: ['simd128'], rounds: 5, seconds: 3, entryNs: 5, clockGHz: 2, loads: [], threads: [] },
  layers: [
    layer,
    { ...layer, ns: 150, high: 200 },
    { ...layer, counts: [2, 1, 20, 1, 1, 1, 1, 0], ns: 220, high: 300 },
  ],
};

describe('profile --from', () => {
  const from = (cwd: string, value: unknown, ...more: readonly string[]) => {
    writeFileSync(join(cwd, 'r.json'), typeof value === 'string' ? value : JSON.stringify(value));
    return runCli(['profile', '--from', 'r.json', '--out', 'mine.json', ...more], cwd);
  };

  it('makes a profile of its own, or one that extends a chip', () =>
    inFolder(async (cwd) => {
      expect(await from(cwd, result)).toMatchObject({ code: 0, stderr: '' });
      expect((await runCli(['targets', './mine.json'], cwd)).stdout).toContain('Chrome 150.0');
      expect(await from(cwd, result, '--extends', 'sd888', '--core', 'Cortex-A78')).toMatchObject({ code: 0 });
      expect(JSON.parse(readFileSync(join(cwd, 'mine.json'), 'utf8'))).toMatchObject({
        ...{ name: 'mine', extends: 'sd888' },
        web: { cores: [{ core: 'Cortex-A78' }] },
      });
    }));

  it.each([
    ['it is no JSON', '{"format":'],
    ['it has no "format"', '[1]'],
    ['version', { ...result, version: 2 }],
    ['layers[0].ns', { ...result, layers: [{ ...layer, ns: -1 }] }],
    ['layers[0].counts', { ...result, layers: [{ ...layer, counts: [1] }] }],
    ['the median is not between low and high', { ...result, layers: [{ ...layer, low: 1000 }] }],
    ['layers: ', { ...result, layers: [] }],
  ])('refuses what says: %s', (what, value) =>
    inFolder(async (cwd) => {
      const { code, stderr } = await from(cwd, value);
      expect(stderr).toContain(what);
      expect([code, existsSync(join(cwd, 'mine.json'))]).toEqual([1, false]);
    }),
  );

  it.each([
    [2, 'there is nothing to measure', ['profile']],
    [2, 'exclude each other', ['profile', '--on', 'node', '--from', 'x', '--out', 'x.json']],
    [2, '--out is missing', ['profile', '--from', 'r.json']],
    [2, 'does not end in .json', ['profile', '--from', 'r.json', '--out', 'x']],
    [2, '--core names a core of the target', ['profile', '--from', 'r.json', '--out', 'x.json', '--core', 'A']],
    [
      1,
      'there is no core "A"',
      ['profile', '--from', 'r.json', '--out', 'x.json', '--extends', 'sd888', '--core', 'A'],
    ],
    [1, 'it is a microcontroller', ['profile', '--from', 'r.json', '--out', 'x.json', '--extends', 'rp2040']],
    [2, '--extends is missing', ['profile', '--from-line', 'log', '--out', 'x.json']],
    [1, 'it is no microcontroller', ['profile', '--from-line', 'log', '--out', 'x.json', '--extends', 'sd888']],
    [1, 'thimble profile did not write it', ['profile', '--from', 'r.json', '--out', 'other.json']],
    [2, '--seconds 0', ['profile', '--from', 'r.json', '--out', 'x.json', '--seconds', '0']],
  ])('ends with %i: %s', (code, what, argv) =>
    inFolder(async (cwd) => {
      writeFileSync(join(cwd, 'r.json'), JSON.stringify(result));
      writeFileSync(join(cwd, 'other.json'), '{}');
      const ended = await runCli(argv, cwd);
      expect(ended.stderr).toContain(what);
      expect(ended.code).toBe(code);
    }),
  );
});
