import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digits, digitsFloat, digitsInt8, inFolder, runCli } from './run-cli.ts';

describe('convert --nested', () => {
  it('writes one package with several widths', async () => {
    await inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', 'c', '--nested', '0.25,0.5', '--name', 'digits', '--out', 'out'];
      const result = await runCli(argv, folder);
      expect(result.stderr).toBe('');
      expect(result.code).toBe(0);
      expect(result.stdout).toContain('a C package of 2 widths and the whole of');
      const header = readFileSync(join(folder, 'out/include/digits_widths.h'), 'utf8');
      expect(header).toContain('#define DIGITS_WIDTHS 3\n');
      expect(header).toContain('--nested 0.25,0.5');
      const { nested } = JSON.parse(readFileSync(join(folder, 'out/thimble.json'), 'utf8'));
      expect(nested.widths).toHaveLength(2);
      expect(nested.widths[0].macs).toBeLessThan(nested.widths[1].macs);
    });
  });

  it('writes one bundle with several widths', async () => {
    await inFolder(async (folder) => {
      const argv = ['convert', digitsInt8, '--to', 'wasm', '--nested', '0.25,0.5', '--name', 'digits', '--json'];
      const result = await runCli(argv, folder);
      expect(result.stderr).toBe('');
      expect(result.code).toBe(0);
      expect(JSON.parse(result.stdout)).toMatchObject({ command: 'convert', to: 'wasm', folder: 'digits-wasm' });
      const { load } = await import(join(folder, 'digits-wasm/index.js'));
      const model = await load();
      expect(model.widths).toEqual([0.25, 0.5, 1]);
      const { nested } = JSON.parse(readFileSync(join(folder, 'digits-wasm/thimble.json'), 'utf8'));
      expect(nested.widths.map(({ name }: { name: string }) => name)).toEqual(['0.25', '0.5']);
    });
  });

  it('chooses and fits widths by samples, on the way to integers', async () => {
    await inFolder(async (folder) => {
      const argv = ['convert', digitsFloat, '--to', 'wasm', '--nested', '0.7', '--quantize', 'int8', '--no-remedies'];
      const more = [
        '--samples',
        `${digits}digits_calib.npy`,
        '--calibrate',
        '12',
        '--no-cache',
        '--name',
        'digits',
        '--out',
        'out',
      ];
      const { code } = await runCli([...argv, ...more], folder);
      expect(code).toBe(0);
      const { nested } = JSON.parse(readFileSync(join(folder, 'out/thimble.json'), 'utf8'));
      expect(nested.widths[0].macs).toBeLessThanOrEqual(0.7 * nested.macs);
      expect(nested.widths[0].macs).toBeGreaterThan(0.5 * nested.macs);
    });
  });

  it.each([
    [['--to', 'c', '--nested', '0.5,2'], '--nested 0.5,2 is no list of shares'],
    [['--to', 'c', '--nested', '0,0.5'], '--nested 0,0.5 is no list of shares'],
    [['--to', 'c', '--nested', '1'], 'asks for the whole model alone'],
    [['--to', 'c', '--nested', '0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9'], 'has 9 widths, and at most 8 are possible'],
    [['--to', 'wasm', '--nested', '0.5,round=0'], '--nested round=0 is no number from 1 to 1000'],
    [['--to', 'wasm', '--nested', '0.5,wide=1'], '--nested "wide=1" is not known'],
    [['--to', 'wasm', '--nested', '0.5,importance=activaton'], 'did you mean activation?'],
    [['--to', 'wasm', '--nested', '0.5,importance=activation'], 'is measured on samples, and there are none'],
    [['--to', 'wasm', '--nested', '0.5,scales=yes'], 'fitted to samples, and there are none'],
    [['--to', 'wasm', '--nested', '0.001'], 'the narrowest network has 0.027 of the multiply-accumulates'],
    [['--to', 'c', '--nested', 'half'], '--nested half is no list of shares'],
    [['--to', 'c', '--nested', '0.5,0.5'], 'is no list of shares'],
    [['--to', 'c', '--nested', ''], 'is no list of shares'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await runCli(['convert', digitsInt8, ...words]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });

  it('refuses real weights, and tells what helps', async () => {
    const { code, stderr } = await runCli(['convert', digitsFloat, '--to', 'c', '--nested', '0.5', '--dry-run']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('has real weights, which each width would have anew');
    expect(stderr).toContain('--quantize int8');
  });
});
