import { describe, expect, it } from 'vitest';
import { parseGraph } from '../../converter/ir/parse.ts';
import { digitsInt8, runCli, runJson } from './run-cli.ts';
import { inspect } from './schemas.ts';

describe('inspect', () => {
  it('counts what the digits model is known to have', async () => {
    const { code, value } = await runJson(['inspect', digitsInt8]);
    const report = inspect.parse(value);
    expect(code).toBe(0);
    expect(report.inputs).toEqual([
      {
        name: 'serving_default_image:0',
        dtype: 'int8',
        shape: [1, 8, 8, 1],
        scale: 0.003921568859368563,
        zeroPoint: -128,
      },
    ]);
    expect(report.operators.length).toBe(12);
    // 3x3 stem, two 3x3x24, depthwise, two pointwise, 3x3 branch, linear.
    const macs = [64 * 9 * 24, 64 * 9 * 24 * 24, 64 * 9 * 24 * 24, 0, 16 * 9 * 24, 16 * 24 * 48, 16 * 48 * 24];
    expect(report.operators.slice(0, 7).map((row) => row.macs)).toEqual(macs);
    expect(report.totals.macs).toBe(report.operators.reduce((sum, row) => sum + row.macs, 0));
    expect(report.totals.macs).toBe(884_064);
    expect(report.plan.arenaBytes).toBeGreaterThanOrEqual(report.plan.lowerBoundBytes);
    expect(report.transposes).toEqual({ count: 0, elements: 0 });
    expect(report.plan.stateBytes).toBe(0);
  });

  it('prints a table with the names of the file', async () => {
    const { code, stdout, stderr } = await runCli(['inspect', digitsInt8]);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^model {5}digits_int8\.tflite, 37,584 B \(36\.7 KiB\)$/m);
    expect(stdout).toMatch(/CONV_2D #0 .* 1x8x8x24 +int8 +13,824 +312 +1,536$/m);
    expect(stdout).toMatch(/^ +total +884,064 /m);
    expect(stdout).toMatch(/^transposes +none left$/m);
  });

  it('plans for the kernels that are asked for', async () => {
    const arena = async (to: string) => inspect.parse((await runJson(['inspect', digitsInt8, '--to', to])).value).plan;
    expect((await arena('wasm')).to).toBe('wasm');
    expect((await arena('c')).arenaBytes % 4).toBe(0);
  });

  it.each(['graph', 'program', 'plan'])('--emit %s prints that stage', async (stage) => {
    const { code, stdout } = await runCli(['inspect', digitsInt8, '--emit', stage]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      { graph: /^graph "digits_int8"/, program: /^program /, plan: /^arena \d+ bytes/ }[stage] ?? /^$/,
    );
    const { value } = await runJson(['inspect', digitsInt8, '--emit', stage]);
    expect(value).toEqual({ schemaVersion: 1, stage, text: stdout });
  });

  it('--rounding changes the graph', async () => {
    const { stdout } = await runCli(['inspect', digitsInt8, '--emit', 'graph', '--rounding', 'single']);
    expect(stdout).toContain('rounding=single');
    expect(() => parseGraph(stdout)).toThrow(/digest/);
  });
});
