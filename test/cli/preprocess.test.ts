import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { declaredSentence, mergeDeclared } from '../../cli/input/declared.ts';
import { defaultReadOptions, readSample } from '../../cli/input/read-sample.ts';
import { inputSpec, temporaryFolder } from './input/helpers.ts';
import { digitsFloat, inFolder, runCli, runJson } from './run-cli.ts';
import { problems } from './schemas.ts';

const fast = ['--no-remedies', '--ranges', 'min-max'];

/** A grey picture of 8 x 8 pixels. */
function png(seed: number): Buffer {
  const image = new PNG({ width: 8, height: 8 });
  for (let i = 0; i < 64; i++)
    image.data.fill((i * 37 + seed * 91) % 256, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
  return PNG.sync.write(image);
}

function pictures(folder: string): void {
  mkdirSync(join(folder, 's'));
  for (let i = 0; i < 6; i++) writeFileSync(join(folder, 's', `${i}.png`), png(i));
}

const outputs = z.object({ outputs: z.array(z.object({ values: z.array(z.number()) })) });

describe('declared preparation', () => {
  it('is in the command that a package tells, so that it can be repeated', async () => {
    await inFolder(async (folder) => {
      const words = ['--pixels', '0..1', '--color', 'grey', '--fit', 'centre-crop', '--mean', '0.5'];
      const layout = ['--layout', 'arduino', '--single-header'];
      const { code } = await runJson(['convert', digitsFloat, '--to', 'c', '--out', 'c', ...words, ...layout], folder);
      expect(code).toBe(0);
      const told = JSON.parse(readFileSync(join(folder, 'c/thimble.json'), 'utf8')).tool.commandLine;
      expect(told).toBe(
        'thimble convert digits_float.tflite --to c --pixels 0..1 --mean 0.5 --color grey --fit centre-crop --layout arduino --single-header',
      );
    });
  });

  it.each(['tflite', 'onnx'])('is in the .%s file, and holds for run, verify and convert', async (ending) => {
    await inFolder(async (folder) => {
      pictures(folder);
      writeFileSync(join(folder, 'p.json'), '{"pixels": "0..1", "color": "grey", "inputs": {}}');
      const file = `q.${ending}`;
      const made = await runCli(
        ['quantize', digitsFloat, '--samples', 's', '--preprocess', 'p.json', ...fast, '--out', file],
        folder,
      );
      expect(made.code, made.stderr).toBe(0);
      const run = async (...words: readonly string[]) => {
        const { code, value } = await runJson(['run', file, '--input', 's/3.png', ...words], folder);
        expect(code, JSON.stringify(value)).toBe(0);
        return outputs.parse(value).outputs[0]?.values;
      };
      const told = await run('--pixels', '0..1', '--color', 'grey');
      expect(await run()).toEqual(told);
      expect(await run('--preprocess', 'p.json')).toEqual(told);
      expect(await run('--pixels', '-1..1')).not.toEqual(told);
      const { stderr } = await runCli(['run', file, '--input', 's/3.png'], folder);
      expect(stderr).toMatch(/note input ".*": value \* 0\.0039\d+, pixels as GREY, as the model file says/);
      for (const to of ['c', 'wasm']) {
        const { code } = await runJson(['convert', file, '--to', to, '--out', to], folder);
        expect(code).toBe(0);
        const manifest = JSON.parse(readFileSync(join(folder, to, 'thimble.json'), 'utf8'));
        expect(Object.values(manifest.preprocessing.inputs)).toEqual([{ pixels: '0..1', color: 'grey' }]);
        expect(readFileSync(join(folder, to, 'README.md'), 'utf8')).toMatch(/value \* 0\.0039\d+, pixels as GREY/);
      }
      expect(readFileSync(join(folder, 'wasm/index.d.ts'), 'utf8')).toMatch(/made of files so: value \* 0\.0039\d+/);
    });
  });

  it('of options goes before that of the file, arithmetic as a whole', () => {
    const under = { pixels: '0..1', fit: 'centre-crop' } as const;
    expect(mergeDeclared(under, { mean: [3], color: undefined })).toEqual({ fit: 'centre-crop', mean: [3] });
    expect(mergeDeclared(under, { color: 'bgr' })).toEqual({ ...under, color: 'bgr' });
    expect(declaredSentence({ scale: 2, offset: -1, mean: [1, 2, 3], std: 4, 'sample-rate': 16000 })).toBe(
      '(value * 2 - 1 - [1, 2, 3]) / 4, 16000 samples a second',
    );
  });

  it.each([
    ['hello', /it is no JSON/],
    ['[]', /expected object/],
    ['{"pixel": "0..1"}', /pixel.*use pixels, scale/s],
    ['{"pixels": "0..7"}', /"pixels"/],
    ['{"mean": "a"}', /"mean"/],
    ['{"inputs": {"sound": {"scale": 1}}}', /the model has no input "sound".*its inputs are/s],
    ['{"pixels": "0..1", "scale": 3}', /stands for a scale and an offset/],
    ['{"std": 0}', /values are divided by it/],
  ])('refuses the file %s', async (text, what) => {
    await inFolder(async (folder) => {
      pictures(folder);
      writeFileSync(join(folder, 'p.json'), text);
      const argv = ['quantize', digitsFloat, '--samples', 's', '--preprocess', 'p.json'];
      const { code, value } = await runJson(argv, folder);
      expect(code).toBe(1);
      const told = problems.parse(value).problems.map(({ where, what, advice }) => `${where}: ${what}; ${advice}`);
      expect(told.join('\n')).toMatch(what);
    });
  });

  it('that is damaged in the model is passed over with a note', async () => {
    await inFolder(async (folder) => {
      pictures(folder);
      const argv = ['quantize', digitsFloat, '--samples', 's', '--pixels', '0..1', ...fast, '--out', 'q.tflite'];
      expect((await runCli(argv, folder)).code).toBe(0);
      const bytes = readFileSync(join(folder, 'q.tflite'));
      bytes.write('#', bytes.indexOf('{"version":1,"inputs"'));
      writeFileSync(join(folder, 'q.tflite'), bytes);
      const { code, stderr } = await runCli(['run', 'q.tflite'], folder);
      expect(code).toBe(0);
      expect(stderr).toContain('what it says of the preparation of its inputs is not understood');
    });
  });
});

describe('--color', () => {
  const folder = temporaryFolder();
  it.each([
    ['rgb', [10, 200, 90, 255]],
    ['bgr', [90, 200, 10, 255]],
  ] as const)('%s', (color, wanted) => {
    const image = new PNG({ width: 1, height: 1 });
    image.data.set([10, 200, 90, 255]);
    const path = join(folder, 'one.png');
    writeFileSync(path, PNG.sync.write(image));
    const read = (channels: number, order: typeof color | 'grey') => {
      return [
        ...readSample(path, inputSpec([1, 1, 1, channels], { dtype: 'uint8' }), {
          ...defaultReadOptions,
          layout: 'nhwc',
          color: order,
        }).data,
      ];
    };
    expect(read(3, color)).toEqual(wanted.slice(0, 3));
    expect(read(4, color)).toEqual(wanted);
    const [grey] = read(1, color);
    expect(read(3, 'grey')).toEqual([grey, grey, grey]);
  });
});
