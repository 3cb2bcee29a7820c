import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeModel } from '../frontends/onnx/draft.ts';
import { inFolder, runCli, runJson } from './run-cli.ts';
import { convert, problems } from './schemas.ts';

const digits = fileURLToPath(new URL('../../examples/digits/digits_float.onnx', import.meta.url));

const open = writeModel({
  inputs: { x: ['batch', 'time', 4] },
  outputs: ['y'],
  nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
});

describe('ONNX models on the command line', () => {
  it.each(['c', 'wasm'])('convert --to %s', async (to) => {
    await inFolder(async (folder) => {
      const { code, value } = await runJson(['convert', digits, '--to', to], folder);
      expect(code).toBe(0);
      expect(convert.parse(value).written).toBe(true);
    });
  });

  it('takes --shape and --dim, and says which are missing', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'open.onnx'), open);
      const refused = await runJson(['inspect', 'open.onnx'], folder);
      expect(refused.code).toBe(1);
      expect(problems.parse(refused.value).problems.map(({ code }) => code)).toEqual(['onnx-open-dimension']);
      for (const [given, shape] of [
        [['--dim', 'time=7'], '1x7x4'],
        [['--dim', 'time=7', '--dim', 'batch=2'], '2x7x4'],
        [['--shape', 'x=3,5,4'], '3x5x4'],
      ] as const) {
        const { code, stdout } = await runCli(['inspect', 'open.onnx', ...given], folder);
        expect([code, stdout]).toEqual([0, expect.stringContaining(shape)]);
      }
    });
  });

  it('keeps the sizes in the recorded command', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'open.onnx'), open);
      const { code } = await runCli(['convert', 'open.onnx', '--to', 'wasm', '--dim', 'time=7', '--out', 'p'], folder);
      expect(code).toBe(0);
      expect(readFileSync(join(folder, 'p', 'thimble.json'), 'utf8')).toContain('--dim time=7');
    });
  });

  it.each([
    [['--shape', 'x']],
    [['--shape', 'x=1,b,4']],
    [['--shape', 'x=1,2,4', '--shape', 'x=1,2,4']],
    [['--dim', 'time=1,2']],
    [['--dim', '=2']],
  ])('%s is no usage', async (given) => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'open.onnx'), open);
      expect((await runCli(['inspect', 'open.onnx', ...given], folder)).code).toBe(2);
    });
  });
});
