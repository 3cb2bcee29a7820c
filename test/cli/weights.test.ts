import { describe, expect, it } from 'vitest';
import { digitsFloat, digitsInt8, inFolder, runCli, runJson } from './run-cli.ts';
import { convert } from './schemas.ts';

const shipped = async (weights: string, folder: string) => {
  const argv = ['convert', digitsFloat, '--to', 'wasm', '--out', weights, '--weights', weights];
  const report = convert.parse((await runJson(argv, folder)).value);
  return { report, bytes: report.files.find(({ path }) => path === 'model.weights')?.bytes ?? Number.NaN };
};

describe('--weights', () => {
  it('halves and quarters the weights of a bundle, and says what that changes', async () => {
    await inFolder(async (folder) => {
      const [full, half, quarter] = [
        await shipped('f32', folder),
        await shipped('f16', folder),
        await shipped('int8', folder),
      ];
      expect(full.report.weights).toBeNull();
      expect(half.bytes).toBeLessThan(0.55 * full.bytes);
      expect(quarter.bytes).toBeLessThan(0.35 * full.bytes);
      expect(half.report.weights?.kind).toBe('float16');
      const changes = [half, quarter].map(({ report }) => report.weights?.largestChange ?? Number.NaN);
      expect(changes[0]).toBeGreaterThan(0);
      expect(changes[0]).toBeLessThan(0.01);
      expect(changes[1]).toBeGreaterThan(changes[0] ?? 0);
    });
  });

  it('verifies with the rounded weights', async () => {
    const { code, stdout } = await runCli([
      'verify',
      digitsFloat,
      '--on',
      'wasm',
      '--weights',
      'int8',
      '--random',
      '1',
    ]);
    expect(stdout).toMatch(/^equal +wasm against the reference/m);
    expect(code).toBe(0);
  });

  it('is refused where it has no meaning', async () => {
    await inFolder(async (folder) => {
      const refusal = async (argv: readonly string[]) => (await runCli(argv, folder)).stderr;
      expect(await refusal(['convert', digitsFloat, '--to', 'c', '--weights', 'f16'])).toContain('--weights');
      expect(await refusal(['convert', digitsInt8, '--to', 'wasm', '--weights', 'f16'])).toContain(
        'no float32 weights',
      );
      expect(await refusal(['verify', digitsFloat, '--golden', '.', '--weights', 'f16'])).toContain('--golden');
    });
  });
});
