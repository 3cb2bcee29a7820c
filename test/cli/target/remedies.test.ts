import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planFor } from '../../../cli/package-kinds.ts';
import { remedies } from '../../../cli/target/remedies.ts';
import { packageUse } from '../../../converter/backends/c/footprint.ts';
import { importModel, optimizeGraph } from '../../../converter/index.ts';
import { latencyPlan, type PlanOptions } from '../../../converter/plan/options.ts';
import { hasShared, sharedDir } from '../../support/shared.ts';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from '../run-cli.ts';
import { convert, doesNotFit } from '../schemas.ts';

const refusal = async (...argv: string[]) => {
  const { code, value } = await runJson(argv);
  expect(code).toBe(3);
  return doesNotFit.parse(value);
};

describe.skipIf(!hasShared)('remedies of a model that is too large', () => {
  const vww = `${sharedDir}models/tflite/mlperf_vww_int8.tflite`;

  it('take what convert takes with their options, and fit where they say so', async () => {
    const limit = 20480;
    const { remedies, fit } = await refusal('plan', vww, '--sram', `${limit}`);
    expect(fit).toBeNull();
    const sure = remedies.filter(({ isEstimate }) => !isEstimate);
    expect(sure.map(({ options }) => options)).toEqual(['--optimize sram', '--optimize sram --feed-rows']);
    for (const row of sure) {
      const argv = ['convert', vww, '--to', 'c', '--dry-run', ...row.options.split(' ')];
      const made = convert.parse((await runJson(argv)).value);
      expect([row.sramBytes, row.slowdown]).toEqual([made.memory?.sramBytes, made.planning.slowdown]);
    }
    for (const row of remedies) expect([row.what, row.fits]).toEqual([row.what, row.sramBytes <= limit]);
    const fed = await runCli(['plan', vww, '--sram', `${limit}`, '--feed-rows']);
    expect(fed.code).toBe(sure[1]?.fits ? 0 : 3);
  }, 120_000);

  it('name the smaller input and the channels that are left', async () => {
    const { remedies } = await refusal('plan', vww, '--target', 'stm32f103c8');
    const [whole, ...others] = remedies.filter(({ what }) => what.startsWith('input of'));
    expect([whole, ...others].map((row) => row?.what)).toEqual([
      'input of 72x72 instead of 96x96',
      'input of 48x48 instead of 96x96',
    ]);
    expect(others[0]?.sramBytes).toBeLessThan(whole?.sramBytes ?? 0);
    expect(remedies.some(({ what }) => /^pruning to [\d.]+ % of the channels$/.test(what))).toBe(true);
    expect(remedies.some(({ what }) => what.startsWith('int8'))).toBe(false);
  }, 120_000);
});

describe('what is printed of them', () => {
  it('marks those that fit, with --target and with --sram', () =>
    inFolder(async (folder) => {
      const made = convert.parse(
        (await runJson(['convert', digitsInt8, '--to', 'c', '--dry-run', '--optimize', 'sram'])).value,
      );
      const limit = (made.memory?.sramBytes ?? 0) - 1;
      for (const argv of [['plan'], ['convert', '--to', 'c', '--out', 'x']]) {
        const { code, stdout, stderr } = await runCli([...argv, digitsInt8, '--sram', `${limit}`], folder);
        expect([code, stdout]).toEqual([3, '']);
        expect(stderr).toMatch(
          /^ {2}fits +what would help +options +SRAM B +flash B +MACs +slower by$|^ {2}fits .* slower by/m,
        );
        expect(stderr).toMatch(/^ {2}no +layers row by row +--optimize sram /m);
      }
    }));

  it('counts the stack of the plan that it names, not that of the usual one', () => {
    const { graph } = optimizeGraph(importModel(readFileSync(digitsInt8), 'digits.tflite'));
    const estimates = (options: PlanOptions | null) => {
      const { program, plan } = planFor('c', graph, options);
      const use = packageUse(program, plan);
      const found = remedies({ graph, options, use, limits: { target: null, sramBytes: 2048 } });
      return found.filter(({ isEstimate }) => isEstimate).map(({ what, sramBytes }) => [what, sramBytes]);
    };
    expect(estimates(null).length).toBeGreaterThan(2);
    expect(estimates(null)).toEqual(estimates({ ...latencyPlan, optimize: 'sram' }));
  });

  it('has int8 for a float model', async () => {
    const { remedies } = await refusal('plan', digitsFloat, '--sram', '1k');
    const row = remedies.find(({ what }) => what === 'int8 instead of float');
    const sram = remedies.find(({ options }) => options === '--optimize sram');
    expect(row?.isEstimate).toBe(true);
    expect(row?.sramBytes).toBeLessThan(sram?.sramBytes ?? 0);
    expect(row?.flashBytes).toBeLessThan(sram?.flashBytes ?? 0);
    expect(row?.macs).toBe(sram?.macs);
  });

  it('refuses --target for WASM and for bare buffers', async () => {
    const wasm = await runCli(['plan', digitsInt8, '--to', 'wasm', '--target', 'k210']);
    expect([wasm.code, wasm.stderr]).toEqual([2, expect.stringContaining('--target has no meaning with --to wasm')]);
    const csv = await runCli(['plan', '--csv', 'x.csv', '--target', 'k210']);
    expect([csv.code, csv.stderr]).toEqual([2, expect.stringContaining('--target')]);
  });
});
