import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { convert, inspect, planModel, verify } from './schemas.ts';

const dryRun = async (...args: string[]) =>
  convert.parse((await runJson(['convert', digitsInt8, '--to', 'c', '--dry-run', ...args])).value);

describe('--optimize', () => {
  it('reaches the package, its manifest and what is printed', () =>
    inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', 'c', '--out', 'x', '--optimize', 'sram'];
      const { code, stdout } = await runCli(argv, folder);
      expect(code).toBe(0);
      const manifest = JSON.parse(readFileSync(join(folder, 'x/thimble.json'), 'utf8'));
      expect(manifest.tool.commandLine).toBe('thimble convert digits_int8.tflite --to c --optimize sram');
      const { planning, plan, memory } = await dryRun('--optimize', 'sram');
      expect(planning.optimize).toBe('sram');
      expect(manifest.planning).toEqual(planning);
      expect(manifest.memory).toEqual(memory);
      expect(stdout).toMatch(/^ {2}planned for +sram, .*row by row, about [\d.]+ % more instructions$/m);
      expect(plan.arenaBytes).toBeLessThan((await dryRun('--optimize', 'latency')).plan.arenaBytes);
    }));

  it('is the same for convert, plan and inspect, and what suits the kind where it is not given', async () => {
    for (const to of ['c', 'wasm'] as const) {
      for (const wish of [[], ['--optimize', 'latency'], ['--optimize', 'sram'], ['--optimize', 'balanced']]) {
        const tail = [digitsInt8, '--to', to, ...wish];
        const made = convert.parse((await runJson(['convert', ...tail, '--dry-run'])).value);
        const shown = planModel.parse((await runJson(['plan', ...tail])).value);
        const looked = inspect.parse((await runJson(['inspect', ...tail])).value);
        expect(shown.planning).toEqual(made.planning);
        expect(shown.plan).toMatchObject(made.plan);
        expect(looked.plan).toMatchObject(made.plan);
        expect(made.planning.optimize).toBe(wish[1] ?? (to === 'c' ? 'balanced' : 'latency'));
      }
    }
  });

  it('shows in the printed plan', async () => {
    const { stdout } = await runCli(['inspect', digitsInt8, '--emit', 'plan', '--optimize', 'sram']);
    const { plan } = await dryRun('--optimize', 'sram');
    expect(stdout).toContain(`${plan.arenaBytes}`);
  });

  it('has no meaning where nothing is planned', async () => {
    const on = await runCli(['run', digitsInt8, '--optimize', 'sram']);
    expect([on.code, on.stderr]).toEqual([2, expect.stringContaining('--optimize has no meaning with --on reference')]);
    const csv = await runCli(['plan', '--csv', 'x.csv', '--optimize', 'sram']);
    expect([csv.code, csv.stderr]).toEqual([2, expect.stringContaining('--optimize has no meaning with --csv')]);
  });
});

describe('--sram', () => {
  it('takes the quickest plan whose arena, variables and stack fit', async () => {
    const [roomy, tight] = [await dryRun('--sram', '1M'), await dryRun('--optimize', 'sram')];
    expect(roomy.plan.arenaBytes).toBe((await dryRun('--optimize', 'latency')).plan.arenaBytes);
    const [most, least] = [roomy.memory?.sramBytes ?? 0, tight.memory?.sramBytes ?? 0];
    expect(least).toBeLessThan(most);
    for (const limit of [least, Math.floor((least + most) / 2), most - 1]) {
      const { memory, planning } = await dryRun('--sram', `${limit}`);
      expect(memory?.sramBytes).toBeLessThanOrEqual(limit);
      expect(planning.slowdown).toBeGreaterThanOrEqual(roomy.planning.slowdown);
    }
  });

  it('that no plan meets exits with 3', async () => {
    const { memory } = await dryRun('--optimize', 'sram');
    const limit = (memory?.sramBytes ?? 0) - 1;
    for (const command of [['inspect'], ['run', '--on', 'c'], ['plan'], ['convert', '--to', 'c', '--dry-run']]) {
      const { code, stdout, stderr } = await runCli([...command, digitsInt8, '--sram', `${limit}`]);
      expect([command[0], code, stdout]).toEqual([command[0], 3, '']);
      expect(stderr).toContain(`the smallest plan takes ${memory?.sramBytes}`.replace(/(\d)(\d{3})$/, '$1,$2'));
    }
  });

  it('excludes --optimize, and is not for WASM', async () => {
    const both = await runCli(['plan', digitsInt8, '--sram', '8k', '--optimize', 'sram']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('--optimize and --sram exclude each other')]);
    for (const [argv, option, where] of [
      [['convert', digitsInt8, '--to', 'wasm', '--sram', '8k'], '--sram', '--to wasm'],
      [['inspect', digitsInt8, '--to', 'wasm', '--feed-rows'], '--feed-rows', '--to wasm'],
      [['verify', digitsInt8, '--sram', '8k'], '--sram', '--on wasm'],
      [['run', digitsInt8, '--on', 'wasm', '--feed-rows'], '--feed-rows', '--on wasm'],
    ] as const) {
      const { code, stderr } = await runCli(argv);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${option} has no meaning with ${where}`)]);
    }
  });

  it('wants bytes', async () => {
    const { code, stderr } = await runCli(['plan', digitsInt8, '--sram', '64kB']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--sram 64kB is no number of bytes')]);
  });
});

describe('verify with a plan', () => {
  it('gives the same answers', async () => {
    const { memory } = await dryRun('--optimize', 'sram');
    for (const wish of [
      ['--optimize', 'sram'],
      ['--sram', `${memory?.sramBytes}`],
    ]) {
      const { code, value } = await runJson(['verify', digitsInt8, '--on', 'c', ...wish]);
      const { checks } = verify.parse(value);
      expect([code, checks.map(({ status }) => status)]).toEqual([0, ['equal']]);
    }
  }, 60_000);
});
