import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { estimate, estimateFleet, problems } from './schemas.ts';

const onOne = async (...more: readonly string[]) => {
  const { code, value } = await runJson(['estimate', digitsInt8, '--target', 'nano33ble', ...more]);
  const [row] = estimate.parse(value).targets;
  return { code, row: row ?? expect.fail('no target') };
};

/** Of a target in us; the greatest number where it is not known. */
function timeOf(rows: ReturnType<typeof estimate.parse>['targets'], name: string): number {
  return rows.find(({ target }) => target === name)?.estimate?.us ?? Number.MAX_VALUE;
}

describe('estimate', () => {
  it('shows the layers, which add up to the total', async () => {
    const { code, row } = await onOne();
    expect(code).toBe(0);
    const found = row.estimate ?? expect.fail('no estimate');
    const cycles = found.layers.reduce((sum, layer) => sum + layer.cycles, found.betweenCycles);
    expect(Math.abs(cycles - found.cycles)).toBeLessThanOrEqual(found.layers.length);
    expect(found.us).toBeCloseTo(found.cycles / 64, -1);
    expect(found.rangeUs.low).toBeLessThan(found.us);
    expect(found.rangeUs.high).toBeGreaterThan(found.us);
    for (const { cycles, terms, macs, cyclesPerMac } of found.layers) {
      const { compute, flash, ram } = terms ?? expect.fail('no terms');
      expect(Math.abs(compute + flash + ram - cycles)).toBeLessThanOrEqual(2);
      expect(cyclesPerMac === null).toBe(macs === 0);
    }
    const { stdout } = await runCli(['estimate', digitsInt8, '--target', 'nano33ble']);
    expect(stdout).toMatch(/^digits_int8.tflite on nano33ble: nRF52840 .*, Cortex-M4 at 64 MHz$/m);
    expect(stdout).toMatch(/^ *0 +CONV_2D/m);
    expect(stdout).toMatch(/^time +[\d.]+ (?:us|ms), .* with 90 % certainty$/m);
    expect(stdout).toMatch(/^weakest source +\w+: /m);
    expect(stdout).toMatch(/^fits +yes: SRAM \d+ %, flash \d+ %$/m);
  });

  it('keeps within narrow terminals, and leaves out columns of less weight first', async () => {
    const { stdout } = await runCli(['estimate', digitsInt8, '--target', 'nano33ble']);
    const [first = '', ...lines] = stdout.split('\n\n')[1]?.split('\n') ?? [];
    expect(first).toMatch(/^ *# +layer .*MACs .*cycles +per MAC +share +bound$/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('compares targets, those that hold the model and are quick first', async () => {
    const { code, stdout } = await runCli(['estimate', digitsInt8, '--target', 'nano33ble,stm32l4r5zi,rpi5']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^digits_int8.tflite on 3 targets; it fits 3$/m);
    expect(stdout).toMatch(/^rpi5 .* WASM /m);
    const { value } = await runJson(['estimate', digitsInt8, '--target', 'nano33ble,stm32l4r5zi,nrf52840-dk,rpi5']);
    const rows = estimate.parse(value).targets;
    expect(rows.map(({ target }) => target)).toEqual(['nano33ble', 'stm32l4r5zi', 'nrf52840', 'rpi5']);
    const byTime = ['nano33ble', 'stm32l4r5zi', 'rpi5'].sort((a, b) => timeOf(rows, a) - timeOf(rows, b));
    expect(stdout.match(/^(?:nano33ble|stm32l4r5zi|rpi5)(?= )/gm)).toEqual(byTime);
  });

  it('answers what if: the clock scales the time, and memories hold the model or not', async () => {
    const [usual, slow] = [await onOne(), await onOne('--clock', '32MHz', '--set', 'wait-states=1')];
    expect(slow.row.clockHz).toBe(32e6);
    expect(slow.row.estimate?.us).toBeCloseTo((slow.row.estimate?.cycles ?? 0) / 32, -1);
    expect(slow.row.estimate?.instructions).toBe(usual.row.estimate?.instructions);
    expect(slow.row.weakestSource).toMatchObject({ source: 'assumed' });
    const small = await onOne('--set', 'sram=2k,flash=16k');
    expect(small.code).toBe(3);
    expect(small.row.fit?.memories.map(({ memory, haveBytes }) => [memory, haveBytes])).toEqual([
      ['SRAM', 2048],
      ['flash', 16384],
    ]);
    const waiting = await onOne('--set', 'wait-states=9', '--set', 'flash-cache=0');
    expect(waiting.row.estimate?.cycles).toBeGreaterThan(usual.row.estimate?.cycles ?? 0);
  });

  it('refuses absurd values with the path of the field, and words that set nothing', async () => {
    const absurd = await runCli(['estimate', digitsInt8, '--target', 'nano33ble', '--set', 'clock=90GHz']);
    expect([absurd.code, absurd.stdout]).toEqual([1, '']);
    expect(absurd.stderr).toContain('target nano33ble with clock=90GHz: cores[0].clock.value: 90 GHz is not between');
    const slip = await runCli(['estimate', digitsInt8, '--target', 'nano33ble', '--set', 'clok=9MHz']);
    expect([slip.code, slip.stdout]).toEqual([2, '']);
    expect(slip.stderr).toContain('did you mean clock=80MHz?');
    const phone = await runCli(['estimate', digitsInt8, '--target', 'a15', '--set', 'sram=64k']);
    expect([phone.code, phone.stderr.includes('--set sram has no meaning for a phone')]).toEqual([1, true]);
    for (const wrong of [
      ['--clock', 'fast'],
      ['--set', 'sram=much'],
      ['--deadline', 'soon'],
    ]) {
      expect((await runCli(['estimate', digitsInt8, '--target', 'nano33ble', ...wrong])).code).toBe(2);
    }
  });

  it('tells all targets that there are not, with the nearest names', async () => {
    const { code, stdout, stderr } = await runCli(['estimate', digitsInt8, '--target', 'nano3ble,stm32h734zi']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('did you mean nano33ble?');
    expect(stderr).toContain('did you mean stm32h743zi?');
    expect((await runCli(['estimate', digitsInt8])).code).toBe(2);
    expect((await runCli(['estimate', digitsInt8, '--target', 'nano33ble', '--fleet', 'x.json'])).code).toBe(2);
  });

  it('estimates a float model as if it were int8, and not one that is', async () => {
    const { value } = await runJson(['estimate', digitsFloat, '--target', 'nano33ble', '--quantize', 'int8']);
    const { quantize, targets } = estimate.parse(value);
    expect(quantize).toBe('int8');
    const float = estimate.parse((await runJson(['estimate', digitsFloat, '--target', 'nano33ble'])).value);
    expect(targets[0]?.fit?.footprint.constantBytes).toBeLessThan(
      (float.targets[0]?.fit?.footprint.constantBytes ?? 0) / 2,
    );
    const { code, stderr } = await runCli(['estimate', digitsInt8, '--target', 'nano33ble', '--quantize', 'int8']);
    expect([code, stderr.includes('nothing of it is in floating point')]).toEqual([1, true]);
  });
});

describe('estimate of a folder', () => {
  it('reads a package back, for targets with the same code', () =>
    inFolder(async (folder) => {
      const converted = await runCli(
        ['convert', digitsInt8, '--to', 'c', '--target', 'nano33ble', '--out', 'p'],
        folder,
      );
      expect(converted.code).toBe(0);
      const argv = ['estimate', 'p', '--target', 'nano33ble,stm32l4r5zi,rp2040'];
      const rows = estimate.parse((await runJson(argv, folder)).value).targets;
      const usual = (await onOne()).row;
      expect(rows[0]?.estimate?.layers.map(({ name }) => name)).toEqual(usual.estimate?.layers.map(({ name }) => name));
      expect(timeOf(rows, 'nano33ble') / (usual.estimate?.us ?? 0)).toBeCloseTo(1, 3);
      expect(rows[1]?.energy).toMatchObject({ source: 'measured' });
      expect(rows[2]).toMatchObject({ estimate: null, unknown: expect.stringContaining('on a cortex-m4 alone') });
      expect((await runCli([...argv, '--quantize', 'int8'], folder)).code).toBe(2);
    }));

  it('refuses what tells too little', () =>
    inFolder(async (folder) => {
      const toldOf = async (path: string) => {
        const { code, stderr } = await runCli(['estimate', path, '--target', 'nano33ble'], folder);
        expect(code).toBe(1);
        return stderr;
      };
      expect(await toldOf('.')).toContain('it holds no thimble.json');
      expect((await runCli(['convert', digitsInt8, '--to', 'c', '--out', 'p'], folder)).code).toBe(0);
      expect(await toldOf('p')).toContain('the package was made for no target');
      writeFileSync(join(folder, 'thimble.json'), '{"generator": "thimble", "prefix": "m", "estimate": {}}');
      expect(await toldOf('.')).toMatch(/thimble\.json: \w+/);
      writeFileSync(join(folder, 'thimble.json'), '{"generator": "other"}');
      expect(await toldOf('.')).toContain('its thimble.json is not of thimble');
    }));
});

describe('estimate --fleet', () => {
  const withFleet = (devices: unknown, work: (file: string, folder: string) => Promise<void>) =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'fleet.json'), typeof devices === 'string' ? devices : JSON.stringify({ devices }));
      await work('fleet.json', folder);
    });

  it('tells the distribution, and who misses a deadline', () =>
    withFleet(
      [
        { target: 'nano33ble', share: 60 },
        { target: 'stm32l4r5zi', share: 25, set: 'clock=60MHz' },
        { target: 'stm32l4r5zi', share: 15 },
      ],
      async (file, folder) => {
        const { value } = await runJson(['estimate', digitsInt8, '--fleet', file, '--deadline', '1us'], folder);
        const { fleet } = estimateFleet.parse(value);
        const { p50, p90, p95, p99 } = fleet.quantilesUs ?? expect.fail('no quantiles');
        expect([p50, p90, p95, p99]).toEqual([p50, p90, p95, p99].sort((a, b) => a - b));
        expect(fleet.deadline).toMatchObject({ us: 1, within: 0, missed: 1 });
        expect(fleet.devices.map(({ share }) => share)).toEqual([0.6, 0.25, 0.15]);
        const late = await runCli(['estimate', digitsInt8, '--fleet', file, '--deadline', '10s'], folder);
        expect(late.code).toBe(0);
        expect(late.stdout).toMatch(/^time +p50 .*, p90 .*, p95 .*, p99 .*$/m);
        expect(late.stdout).toMatch(/^deadline +10 s: 100 % of the devices keep to it, 0 % miss it$/m);
        expect(late.stdout).toMatch(/^stm32l4r5zi +clock=60MHz +25 % /m);
      },
    ));

  it('refuses a file with everything that is wrong with it', async () => {
    const toldOf = async (devices: unknown) => {
      const told: string[] = [];
      await withFleet(devices, async (file, folder) => {
        const { code, value } = await runJson(['estimate', digitsInt8, '--fleet', file], folder);
        expect(code).toBe(1);
        told.push(...problems.parse(value).problems.map(({ what }) => what));
      });
      return told;
    };
    expect(await toldOf('{"devices": [')).toEqual([expect.stringMatching(/^it is no JSON: /)]);
    expect(await toldOf([])).toEqual([expect.stringMatching(/^devices: /)]);
    expect(await toldOf([{ target: 'nano33ble' }])).toEqual([expect.stringMatching(/^devices\[0\]\.share: /)]);
    expect(await toldOf([{ target: 'nano33ble', share: -1 }])).toEqual([
      expect.stringMatching(/^devices\[0\]\.share: /),
    ]);
    const both = await toldOf([
      { target: 'nano33bel', share: 0.5 },
      { target: 'rp2040', share: 0.4, set: 'clock=never' },
    ]);
    expect(both).toEqual([
      'devices[0].target "nano33bel": there is no such target',
      expect.stringMatching(/^devices\[1\]\.set: /),
      'devices: the shares add up to 0.9',
    ]);
  });
});
