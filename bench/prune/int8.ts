import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { runProcess } from '../../targets/process.ts';
import { absent, locate, root, scratch } from '../places.ts';

/** A float model that is pruned and quantized on the way to a package, whose answers are counted. */
export interface Int8Row {
  readonly id: string;
  readonly model: string;
  readonly samples: string;
  readonly reading: readonly string[];
  /** Shares of the MACs that may be left, in percent; 100 for quantization alone. */
  readonly left: readonly number[];
  /** Inputs and classes that the calibration has not seen. */
  readonly judged: (path: string) => readonly { readonly input: Float32Array; readonly label: number }[];
}

/** Right answers of the int8 package. */
export type Int8Figure = { readonly id: string; readonly left: number } & (
  | { readonly skipped: string }
  | { readonly judged: number; readonly right: number; readonly macs: number; readonly command: string }
);

/** The elements of a .npy file behind its header; little endian. */
function npyBytes(path: string): Buffer {
  const file = readFileSync(path);
  return file.subarray(10 + file.readUInt16LE(8));
}

export const int8Rows: readonly Int8Row[] = [
  {
    id: 'digits',
    model: 'examples/digits/digits_float.tflite',
    samples: 'examples/digits/digits_calib.npy',
    reading: [],
    left: [100, 50, 30],
    judged: () => {
      const images = npyBytes(locate('examples/digits/digits_test_images.npy') ?? '');
      const labels = npyBytes(locate('examples/digits/digits_test_labels.npy') ?? '');
      return Array.from({ length: labels.length / 8 }, (_, i) => ({
        input: Float32Array.from({ length: 64 }, (__, k) => images.readFloatLE(4 * (64 * i + k))),
        label: Number(labels.readBigInt64LE(8 * i)),
      }));
    },
  },
  {
    id: 'kws',
    model: 'models/tflite/mlperf_kws_float.tflite',
    samples: 'datasets/kws01',
    reading: ['--raw-type', 'int8', '--scale', '0.5847029', '--offset', '-48.53', '--calibrate', '100'],
    left: [100, 70, 50],
    judged: (folder) => {
      const names = readdirSync(folder).sort();
      // As `--calibrate 100` divides them.
      const seen = new Set(Array.from({ length: 100 }, (_, i) => Math.floor((i * names.length) / 100)));
      return names.flatMap((name, i) => {
        if (seen.has(i)) return [];
        const input = Float32Array.from(new Int8Array(readFileSync(join(folder, name))), (x) => 0.5847029 * x - 48.53);
        return [{ input, label: Number(/_(\d+)\.bin$/.exec(name)?.[1]) }];
      });
    },
  },
];

/** Converts every row with `--prune` and `--quantize` in one command, and counts the right answers of the WASM bundle. */
export async function measurePrunedInt8(
  rows: readonly Int8Row[],
  note: (line: string) => void,
): Promise<readonly Int8Figure[]> {
  const figures: Int8Figure[] = [];
  for (const row of rows) {
    for (const left of row.left) {
      note(`prune: ${row.id} to ${left} % of its MACs, then int8`);
      figures.push({ id: row.id, left, ...(await measure(row, left)) });
    }
  }
  return figures;
}

async function measure({ id, model, samples, reading, judged }: Int8Row, left: number) {
  const [modelPath, samplesPath] = [locate(model), locate(samples)];
  if (modelPath === undefined || samplesPath === undefined) {
    return { skipped: absent(modelPath === undefined ? model : samples) };
  }
  const out = join(scratch, 'prune', `${id}-${left}`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(scratch, 'prune'), { recursive: true });
  const wish = left === 100 ? [] : ['--prune', `macs=${left}%`];
  const args = [
    'convert',
    modelPath,
    '--to',
    'wasm',
    '--samples',
    samplesPath,
    ...reading,
    ...wish,
    '--quantize',
    'int8',
  ];
  const cli = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
  const command = [cli, ...args, '--out', out, '--json'];
  const ended = await runProcess(process.execPath, command, { cwd: root, timeoutMs: 1_800_000 });
  if (ended.exitCode !== 0) return { skipped: `exit code ${ended.exitCode}: ${ended.stdout}${ended.stderr}`.trim() };
  const { macs } = z.object({ macs: z.number() }).parse(JSON.parse(ended.stdout));
  const list = judged(samplesPath);
  const right = await countRight(out, list);
  const shown = args.map((arg) => arg.replace(`${root}/`, '').replace(/^.*(?=\/shared\/)/, '..'));
  return { judged: list.length, right: right / list.length, macs, command: `thimble ${shown.join(' ')}` };
}

interface Bundle {
  readonly run: (inputs: Readonly<Record<string, unknown>>) => Readonly<Record<string, ArrayLike<number>>>;
  readonly quantize: (name: string, data: Float32Array) => unknown;
}

const bundleModule = z.object({
  info: z.object({ inputs: z.record(z.string(), z.unknown()), outputs: z.record(z.string(), z.unknown()) }),
  load: z.custom<() => Promise<Bundle>>((value) => typeof value === 'function'),
});

/** How often the largest output of a bundle is the class. */
export async function countRight(
  folder: string,
  list: readonly { readonly input: Float32Array; readonly label: number }[],
): Promise<number> {
  const { info, load } = bundleModule.parse({ ...(await import(pathToFileURL(join(folder, 'index.js')).href)) });
  const [[input = ''], [output = '']] = [Object.keys(info.inputs), Object.keys(info.outputs)];
  const bundle = await load();
  return list.filter((sample) => {
    const scores = Array.from(bundle.run({ [input]: bundle.quantize(input, sample.input) })[output] ?? []);
    return scores.indexOf(Math.max(...scores)) === sample.label;
  }).length;
}
