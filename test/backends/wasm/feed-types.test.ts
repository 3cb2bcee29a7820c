import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { countElements } from '../../../cli/input/sample.ts';
import { inputSpecs } from '../../../cli/ports.ts';
import type { Artifact } from '../../../converter/backends/artifact.ts';
import { findChannelGroups } from '../../../converter/compress/prune/groups/find.ts';
import { nestWidths } from '../../../converter/compress/prune/nested/widths.ts';
import type { Feed } from '../../../converter/ir/preprocessing.ts';
import { packageOptions } from '../../../converter/package-options.ts';
import { convertNestedToWasm } from '../../../converter/pipeline.ts';
import { temporaryFolder } from '../../cli/input/helpers.ts';
import { randomGraph, smallInt8 } from '../../ir/random-graph.ts';
import { bundleOf, bundleOptions } from './bundle.ts';
import { tinyModel } from './tiny-model.ts';

const folder = temporaryFolder();

function put(name: string, files: readonly Artifact[]): void {
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), bytes);
  }
}

const preparedBy = (feed: Feed) => [{ input: feed.input, sentence: '', declared: {}, feed }];

const sound = { kind: 'sound', arithmetic: null, sampleRateHz: 16000, length: 'fit', features: null } as const;

const picture = {
  kind: 'picture',
  arithmetic: null,
  width: 9,
  height: 9,
  channels: 3,
  layout: 'nhwc',
  color: 'rgb',
  resize: 'antialias',
  fit: 'stretch',
} as const;

/** A model of several widths whose one input is taken to be sound. */
function nestedFiles(): readonly Artifact[] {
  const graph = randomGraph(3, { ...smallInt8, tries: 4 });
  const model = nestWidths(graph, findChannelGroups(graph), new Map(), [0.25, 0.5, 1], 1);
  const [input] = inputSpecs(graph);
  if (input === undefined) throw new Error('the graph has no input');
  const preprocessing = preparedBy({ ...sound, input: input.name, samples: countElements(input.shape) });
  return convertNestedToWasm(model, { ...packageOptions('m'), preprocessing }).artifacts;
}

test('types of what is classified, and of widths, are those of the package', async () => {
  const feed: Feed = { ...sound, input: 'image "left"', samples: 243 };
  put('plain', bundleOf(tinyModel(), { ...bundleOptions, preprocessing: preparedBy(feed) }));
  // The code of spectra is there for models that take them alone.
  expect(readFileSync(join(folder, 'plain/index.js'), 'utf8')).not.toContain('function featureValues');
  put('nested', nestedFiles());
  put(
    'seen',
    bundleOf(tinyModel(), { ...bundleOptions, preprocessing: preparedBy({ ...picture, input: 'image "left"' }) }),
  );
  writeFileSync(
    join(folder, 'use.ts'),
    `import { load } from './plain/index.js';
import { load as loadSeen } from './seen/index.js';
import { load as loadNested } from './nested/index.js';
import { load as loadInWorker } from './nested/in-worker.js';
declare const buffer: AudioBuffer;
const channels = [new Float32Array(9)];
const model = await load();
const input: Int8Array = model.prepare(buffer);
model.classify({ sampleRate: 16000, channels }, { top: 2 })[0]?.label;
model.classify(new Float32Array(9));
// @ts-expect-error channels without a rate
model.prepare({ channels });
// @ts-expect-error no sound
model.prepare(new Int16Array(9));
// @ts-expect-error a package of one width
model.classify(buffer, { width: 1 });
const nested = await loadNested();
nested.classify(buffer, { top: 2, width: 0.25 });
// @ts-expect-error no such width
nested.classify(buffer, { width: 0.75 });
// @ts-expect-error widths are numbers
nested.classify(buffer, { width: '0.5' });
// @ts-expect-error no such width
nested.run({} as never, { width: 0.75 });
// @ts-expect-error no such width
nested.width(0.3);
const far = await loadInWorker();
far.classify(buffer, { width: 0.5, signal: new AbortController().signal });
// @ts-expect-error no such width
far.classify(buffer, { width: 0.75 });
// @ts-expect-error no such width
far.run({} as never, { width: 2 });
const seen = await loadSeen();
declare const canvas: HTMLCanvasElement;
seen.classify(canvas);
seen.classify({ width: 9, height: 9, data: new Uint8Array(324) });
seen.prepare({ width: 9, height: 9, data: new Uint8ClampedArray(324) });
// @ts-expect-error pixels without a size
seen.prepare({ data: new Uint8Array(324) });
// @ts-expect-error pixels of other numbers
seen.prepare({ width: 9, height: 9, data: new Float32Array(324) });
export { input };
`,
  );
  const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2022', 'dom'],
    types: [],
  };
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});

test('classify runs the width that it is asked for', async () => {
  put('runs', nestedFiles());
  const { load, info } = await import(pathToFileURL(join(folder, 'runs/index.js')).href);
  const model = await load();
  const [name = ''] = Object.keys(info.inputs);
  const source = Float32Array.from({ length: countElements(info.inputs[name].shape) }, (_, i) => Math.sin(i));
  const input = model.prepare(source);
  const scoresOf = (width: number) => model.classify(source, { width, top: 99 });
  for (const width of [0.25, 0.5, 1]) {
    const [first] = Object.keys(info.outputs);
    const stored = model.run({ [name]: input }, { width })[first ?? ''];
    expect(scoresOf(width).map(({ score }: { score: number }) => score)).toEqual(
      [...model.dequantize(first, stored)].sort((a, b) => b - a).slice(0, 99),
    );
  }
  expect(() => scoresOf(0.75)).toThrow('has no width 0.75');
});
