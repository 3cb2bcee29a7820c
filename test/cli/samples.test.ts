import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeNpy } from '../../cli/input/npy.ts';
import { exportTflite } from '../../converter/exporters/tflite/export.ts';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { digitsFloat, inFolder, runCli, runJson } from './run-cli.ts';
import { problems } from './schemas.ts';

const picture = (seed: number) =>
  Float32Array.from({ length: 64 }, (_, i) => (((i + 3) * (seed + 7) * 2654435761) % 1024) / 1024 / 2);

const npy = (data: Float32Array, shape: readonly number[] = [8, 8]) => writeNpy({ dtype: 'float32', shape, data });

function put(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

const report = z.object({ samples: z.number(), outputs: z.object({ accuracy: z.unknown() }) });

const fast = ['--no-remedies', '--ranges', 'min-max'];

/** Quantizes the digits net in `folder` and tells how many samples there were. */
async function quantized(folder: string, words: readonly string[], model: string = digitsFloat) {
  const { code, value } = await runJson(['quantize', model, ...words, ...fast], folder);
  expect(code, JSON.stringify(value)).toBe(0);
  return report.parse(value);
}

describe('where samples come from', () => {
  it('patterns, folders, lists, npz, csv and idx give the same', async () => {
    await inFolder(async (folder) => {
      const pictures = Array.from({ length: 6 }, (_, i) => picture(i));
      const all = Float32Array.from(pictures.flatMap((data) => [...data]));
      pictures.forEach((data, i) => {
        put(folder, { [`set/${i < 3 ? 'a' : 'b'}/p${i}_${i}.npy`]: npy(data) });
      });
      const labels = writeNpy({ dtype: 'int32', shape: [6], data: Int32Array.of(0, 1, 2, 3, 4, 5) });
      put(folder, {
        'all.npy': npy(all, [6, 8, 8]),
        'all.npz': zipSync({ 'x.npy': npy(all, [6, 64]), 'labels.npy': labels }),
        'all.csv': pictures.map((data) => [...data].join(',')).join('\n'),
        'parts/one.npy': npy(all.subarray(0, 128), [2, 8, 8]),
        'parts/two.npz': zipSync({ 'x.npy': npy(all.subarray(128), [4, 8, 8]) }),
        'list.txt': pictures.map((_, i) => `set/${i < 3 ? 'a' : 'b'}/p${i}_${i}.npy`).join('\n'),
        'parts.txt': '# head\nall.npy#1\nall.npz#4\t4\n',
      });
      const { tensors } = z
        .object({ tensors: z.unknown() })
        .parse((await runJson(['quantize', digitsFloat, '--samples', 'all.npy', ...fast], folder)).value);
      const everywhere = ['set/**/*.npy', 'set/{a,b}/p?_?.npy', 'all.npz', 'all.csv', 'parts', '@list.txt', 'set'];
      for (const place of everywhere) {
        const { value } = await runJson(['quantize', digitsFloat, '--samples', place, ...fast], folder);
        expect(z.object({ samples: z.number(), tensors: z.unknown() }).parse(value), place).toMatchObject({
          samples: 6,
          tensors,
        });
      }
      expect((await quantized(folder, ['--samples', '@parts.txt'])).samples).toBe(2);
      expect((await quantized(folder, ['--samples', 'all.npz'])).outputs.accuracy).not.toBeNull();
      expect((await quantized(folder, ['--samples', 'set/*/*.npy'])).outputs.accuracy).not.toBeNull();
      expect((await quantized(folder, ['--samples', 'all.csv'])).outputs.accuracy).toBeNull();
    });
  });

  it('classes come from a file, by name or in order', async () => {
    await inFolder(async (folder) => {
      put(folder, {
        'set/a.npy': npy(picture(0)),
        'set/b.npy': npy(picture(1)),
        'names.csv': 'name,class\nb,4\na.npy,2\n',
        'order.csv': '2\n4\n',
      });
      const [names, order] = [
        await quantized(folder, ['--samples', 'set', '--labels', 'names.csv']),
        await quantized(folder, ['--samples', 'set', '--labels', 'order.csv']),
      ];
      expect(names.outputs.accuracy).not.toBeNull();
      expect(order).toEqual(names);
    });
  });

  it('a model with several inputs takes npz files, or a folder for each input', async () => {
    await inFolder(async (folder) => {
      const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)];
      const sample = (i: number) => ({
        'audio.npy': npy(
          a.map((value) => value + i),
          [1, 4],
        ),
        'meta.npy': npy(b.subarray(0, 2), [2]),
      });
      const both = { 'audio.npy': npy(Float32Array.of(...a, ...b), [2, 4]), 'meta.npy': npy(a, [2, 2]) };
      put(folder, {
        'two.tflite': twoInputs(),
        'zips/0.npz': zipSync(sample(0)),
        'zips/1.npz': zipSync(sample(1)),
        'both.npz': zipSync(both),
        'audio/x.npy': npy(a, [4]),
        'audio/y.npy': npy(b, [4]),
        'meta/x.csv': '1,2',
        'meta/y.npy': npy(a.subarray(2), [2]),
        'meta2/x.csv': '1,2',
        'list.txt': 'audio=audio/x.npy\tmeta=meta/x.csv\nmeta=meta/y.npy\taudio=audio/y.npy\t3\n',
      });
      const model = 'two.tflite';
      expect((await quantized(folder, ['--samples', 'zips'], model)).samples).toBe(2);
      expect((await quantized(folder, ['--samples', 'both.npz'], model)).samples).toBe(2);
      expect((await quantized(folder, ['--samples', 'zips/*.npz', '--samples', 'both.npz'], model)).samples).toBe(4);
      const folders = ['--samples', 'audio=audio', '--samples', 'meta=meta'];
      expect((await quantized(folder, folders, model)).samples).toBe(2);
      expect((await quantized(folder, ['--samples', '@list.txt'], model)).samples).toBe(2);
      const wrong = async (...words: readonly string[]) => {
        const { code, stderr } = await runCli(['quantize', model, ...words, ...fast], folder);
        expect(code).toBe(1);
        return stderr;
      };
      expect(await wrong('--samples', 'audio')).toContain('"x.npy" is for one only');
      expect(await wrong('--samples', 'audio=audio', '--samples', 'meta=meta2')).toContain(
        'sample "y": there is nothing for input "meta" that belongs to it',
      );
      expect(await wrong('--samples', 'audio=audio')).toContain('sample "x", sample "y"');
    });
  });
});

/** audio [1,4] and meta [1,2], each through a layer of its own. */
function twoInputs(): Uint8Array {
  const builder = new GraphBuilder();
  const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  const constant = (name: string, shape: readonly number[]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1));
    return builder.constant(name, { type: tensorType('float32', shape), data });
  };
  const dense = (name: string, size: number) => {
    const input = builder.input(name, tensorType('float32', [1, size]));
    const [weights, bias] = [constant(`${name}/w`, [3, size]), constant(`${name}/b`, [3])];
    return builder.node(`dense ${name}`, op, [input, weights, bias], tensorType('float32', [1, 3]), `${name}/y`);
  };
  builder.output('first', dense('audio', 4));
  builder.output('second', dense('meta', 2));
  return exportTflite(builder.build('two', '', 'exact'), 'test');
}

const broken = (value: number) => npy(picture(1).fill(value, 3, 4));

/** Folders and files at fault, the options that read them, and what must be said. */
const bad: readonly (readonly [string, Readonly<Record<string, Uint8Array | string>>, readonly string[], RegExp])[] = [
  [
    'a wrong shape',
    { 's/a.npy': npy(picture(0).subarray(0, 49), [7, 7]) },
    [],
    /a\.npy.*shape \[7,7\] does not fit input ".*" of shape \[1,8,8,1\].*give 64 values instead of 49/s,
  ],
  [
    'a corrupt file',
    { 's/a.npy': npy(picture(0)).subarray(0, 200) },
    [],
    /a\.npy.*needs 256 bytes but 72 follow.*cut short/s,
  ],
  ['no npy file', { 's/a.npy': 'hello' }, [], /a\.npy.*not an npy file/s],
  ['a corrupt picture', { 's/a.png': 'hello' }, ['--pixels', '0..1'], /a\.png.*neither a PNG nor a JPEG/s],
  [
    'a corrupt npz',
    { 's/a.npz': zipSync({ 'x.npy': npy(picture(0)) }).subarray(0, 60) },
    [],
    /a\.npz.*no list of files/s,
  ],
  ['an empty folder', { 's/.hidden': '' }, [], /s": there are no samples in it: it is empty\s+use \.npy, \.npz/],
  ['a folder of other files', { 's/a.tiff': '' }, [], /its files are \.tiff/],
  ['a number that is none', { 's/a.npy': broken(Number.NaN) }, [], /sample "a\.npy": element 3 is NaN/],
  ['an infinite number', { 's/a.npy': broken(Number.POSITIVE_INFINITY) }, [], /sample "a\.npy": element 3 is Infinity/],
  [
    'integers without a meaning',
    { 's/a.npy': writeNpy({ dtype: 'uint8', shape: [8, 8], data: new Uint8Array(64) }) },
    [],
    /a\.npy.*holds uint8 values, but input ".*" is float32.*--pixels/s,
  ],
  ['a text that is no number', { 's/a.csv': '1,x' }, [], /a\.csv.*line 1.*"x" is not a number/s],
  [
    'a label without a sample',
    { 's/a.npy': npy(picture(0)), 'l.csv': 'a,1\nb,2' },
    ['--labels', 'l.csv'],
    /l\.csv", line 2, "b": there is no sample of this name/,
  ],
  [
    'a sample without a label',
    { 's/a.npy': npy(picture(0)), 's/b.npy': npy(picture(1)), 'l.csv': 'a,1' },
    ['--labels', 'l.csv'],
    /sample "b\.npy": file ".*l\.csv" has no class/,
  ],
  [
    'a label twice',
    { 's/a.npy': npy(picture(0)), 'l.csv': 'a,1\na.npy,2' },
    ['--labels', 'l.csv'],
    /"a\.npy": this sample has a class already/,
  ],
  ['too few labels', { 's/a.npy': npy(picture(0)), 'l.csv': '1\n2' }, ['--labels', 'l.csv'], /2 labels for 1 samples/],
  [
    'a file twice',
    { 's/a.npy': npy(picture(0)) },
    ['--samples', 's/*.npy'],
    /sample "a\.npy": several --samples name it/,
  ],
  ['a pattern that nothing fits', {}, ['--samples', 'no/*.npy'], /--samples no\/\*\.npy: no file fits this pattern/],
  ['a list of nothing', { 'l.txt': '\n# x\n' }, ['--samples', '@l.txt'], /l\.txt.*names no samples/],
  ['a listed file that is absent', { 'l.txt': 'none.npy' }, ['--samples', '@l.txt'], /none\.npy.*no such file/],
  [
    'a listed part that is absent',
    { 'a.npy': npy(picture(0)), 'l.txt': 'a.npy#7' },
    ['--samples', '@l.txt'],
    /it has 1 samples, and none #7/,
  ],
  ['channels first', { 's/a.npy': npy(picture(0).subarray(0, 48), [3, 4, 4]) }, [], /does not fit/],
];

describe('bad samples', () => {
  it.each(bad)('%s: named, with what was expected', async (_, files, words, text) => {
    await inFolder(async (folder) => {
      put(folder, files);
      const place = Object.keys(files).some((name) => name.startsWith('s/')) ? ['--samples', 's'] : [];
      const { code, stderr } = await runCli(['quantize', digitsFloat, ...place, ...words, ...fast], folder);
      expect(stderr).toMatch(text);
      expect(code).toBe(1);
    });
  });

  it('are all named at once, those of one fault together', async () => {
    await inFolder(async (folder) => {
      put(folder, {
        's/good.npy': npy(picture(0)),
        's/nan1.npy': broken(Number.NaN),
        's/nan2.npy': broken(Number.NaN),
        's/short.npy': npy(picture(0)).subarray(0, 150),
        's/shape.npy': npy(picture(0).subarray(0, 9), [3, 3]),
        't/bytes.bin': new Uint8Array(7),
      });
      const places = ['--samples', 's', '--samples', 'absent', '--test', 't'];
      const { code, value } = await runJson(['quantize', digitsFloat, ...places], folder);
      expect(code).toBe(1);
      const found = problems.parse(value).problems.map(({ code, where }) => `${code} ${where}`);
      expect(found).toEqual(
        [
          'dataset-unreadable file "absent"',
          'sample-not-finite sample "nan1.npy", sample "nan2.npy"',
          'sample-shape file "s/shape.npy"',
          'npy-size file "s/short.npy"',
          'raw-size file "t/bytes.bin"',
        ].map((text) =>
          text.replaceAll(/"([st]\/|absent)/g, (_, path) => `"${join(folder, path)}`).replace(/\/"/, '"'),
        ),
      );
    });
  });

  it('an unquoted pattern is explained', async () => {
    const { code, stderr } = await runCli(['quantize', digitsFloat, '--samples', 'a.png', 'b.png', 'c.png']);
    expect(code).toBe(2);
    expect(stderr).toContain('write patterns in quotes');
  });
});
