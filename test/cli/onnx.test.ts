import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { writeModel } from '../frontends/onnx/draft.ts';
import { inFolder, runCli, runJson } from './run-cli.ts';
import { convert, inspect, problems } from './schemas.ts';

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

  it('takes --fix for inputs that always have the same value, once for each', async () => {
    await inFolder(async (folder) => {
      const nodes = [
        { op: 'Mul', inputs: ['x', 'a'], outputs: ['m'] },
        { op: 'Add', inputs: ['m', 'b'], outputs: ['y'] },
      ];
      writeFileSync(join(folder, 'm.onnx'), writeModel({ inputs: { x: [4], a: [], b: [4] }, outputs: ['y'], nodes }));
      const given = ['--fix', 'a=2', '--fix', 'b=-1,0,1.5,2', '--out', 'p'];
      const { code } = await runCli(['convert', 'm.onnx', '--to', 'wasm', ...given], folder);
      expect(code).toBe(0);
      const text = readFileSync(join(folder, 'p', 'thimble.json'), 'utf8');
      expect(text).toContain('--fix a=2 --fix b=-1,0,1.5,2');
      const { value } = await runJson(['inspect', 'm.onnx', ...given.slice(0, 4)], folder);
      expect(JSON.stringify(value)).not.toContain('"name":"a"');
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
    [['--fix', 'x=']],
    [['--fix', 'x=1,a']],
    [['--fix', '=1']],
    [['--fix', 'x=1', '--fix', 'x=2']],
  ])('%s is no usage', async (given) => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'open.onnx'), open);
      expect((await runCli(['inspect', 'open.onnx', ...given], folder)).code).toBe(2);
    });
  });
});

describe('parts, layouts and side files on the command line', () => {
  const model = writeModel({
    inputs: { image: ['batch', 3, 2, 4] },
    outputs: ['c'],
    initializers: {
      w: { dims: [1], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'data/w.bin' }] },
    },
    nodes: [
      { op: 'Mul', inputs: ['image', 'w'], outputs: ['a'] },
      { op: 'Relu', inputs: ['a'], outputs: ['b'] },
      { op: 'Sigmoid', inputs: ['b'], outputs: ['c'] },
    ],
  });
  const inModelFolder = (work: (folder: string) => Promise<void>) =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'm.onnx'), model);
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'w.bin'), new Uint8Array(Float32Array.of(2).buffer));
      await work(folder);
    });

  it('inspects a part, fed with channels last, and tells notes', async () => {
    await inModelFolder(async (folder) => {
      const { code, value } = await runJson(
        ['inspect', 'm.onnx', '--outputs', 'b', '--input-layout', 'nhwc', '--no-passes'],
        folder,
      );
      const { inputs, outputs, notes } = inspect.parse(value);
      expect([code, inputs.map(({ shape }) => shape.join('x')), outputs.map(({ name }) => name)]).toEqual([
        0,
        ['1x2x4x3'],
        ['b'],
      ]);
      expect(notes.map((note) => note.code)).toEqual(['onnx-batch', 'input-layout']);
      const text = await runCli(['inspect', 'm.onnx'], folder);
      expect(text.stderr).toContain('note input "image": the file leaves its first dimension "batch" open');
    });
  });

  it('records them in the command of a package', async () => {
    await inModelFolder(async (folder) => {
      const words = ['--inputs', 'a', '--outputs', 'b,c', '--input-layout', 'nhwc'];
      const { code } = await runCli(['convert', 'm.onnx', '--to', 'wasm', '--out', 'p', ...words], folder);
      expect(code).toBe(0);
      expect(readFileSync(join(folder, 'p', 'thimble.json'), 'utf8')).toContain(words.join(' '));
    });
  });

  it('runs a part', async () => {
    await inModelFolder(async (folder) => {
      expect((await runCli(['run', 'm.onnx', '--inputs', 'b'], folder)).code).toBe(0);
      expect((await runCli(['verify', 'm.onnx', '--inputs', 'b', '--outputs', 'c', '--on', 'wasm'], folder)).code).toBe(
        0,
      );
    });
  });

  it('names a side file that is missing', async () => {
    await inModelFolder(async (folder) => {
      rmSync(join(folder, 'data'), { recursive: true });
      const { code, stderr } = await runCli(['inspect', 'm.onnx'], folder);
      expect([code, stderr]).toEqual([1, expect.stringContaining('in the file "data/w.bin", which is not there')]);
    });
  });
});
