import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToWasm, importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { randomInputs } from '../../converter/random-inputs.ts';

/** Entry points of a bundle, as apps name them. */
export const entries = ['digits', 'digits/external', 'digits/worker'] as const;

export type Entry = (typeof entries)[number];

/** A folder with the packed and installed bundle `digits`, and what a run of it gives. */
export interface Project {
  readonly root: string;
  /** The package as `npm pack` writes it. */
  readonly tarball: string;
  /** The bundle below node_modules. */
  readonly bundle: string;
  readonly values: readonly number[];
  readonly scores: readonly number[];
}

const modelPath = fileURLToPath(new URL('../../examples/digits/digits_int8.tflite', import.meta.url));

/** Packs the bundle of the digits model by npm, and installs it in an empty project. */
export function digitsProject(): Project {
  const root = mkdtempSync(join(tmpdir(), 'thimble-environments-'));
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(modelPath)), 'digits_int8.tflite'));
  const { artifacts } = convertToWasm(graph, packageOptions('digits'));
  const written = join(root, 'written');
  for (const { path, bytes } of artifacts) write(join(written, path), bytes);
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', root], { cwd: written, encoding: 'utf8' }),
  );
  const tarball = join(root, filename);
  execFileSync('tar', ['-xzf', tarball, '-C', root]);
  const bundle = join(root, 'node_modules/digits');
  mkdirSync(dirname(bundle));
  renameSync(join(root, 'package'), bundle);
  write(join(root, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
  const inputs = randomInputs(graph, 7);
  const [expected] = evaluateGraph(graph, inputs);
  const numbers = (data: Iterable<number | bigint> | undefined) => Array.from(data ?? [], Number);
  return { root, tarball, bundle, values: numbers(inputs[0]?.data), scores: numbers(expected?.data) };
}

/** Writes a file and the folders above it. */
export function write(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

/**
 * A script that runs the model of an entry point once and tells what came of it: `tell` gets `{ scores }` or `{ error }`. It is what a user would
 * write, but for the input.
 */
export function appText({ values }: Project, from: string, tell: string): string {
  return `import { info, load } from ${JSON.stringify(from)};

async function main() {
  const model = await load();
  const [input] = Object.keys(info.inputs);
  const [output] = Object.keys(info.outputs);
  const outputs = await model.run({ [input]: Int8Array.from(${JSON.stringify(values)}) });
  model.dispose();
  return { scores: Array.from(outputs[output]) };
}

main()
  .catch((error) => ({ error: String(error) }))
  .then((result) => ${tell});
`;
}
