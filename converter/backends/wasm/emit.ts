import type { MemoryPlan } from '../../plan/plan.ts';
import type { Program } from '../../plan/program.ts';
import { type Artifact, textArtifact } from '../artifact.ts';
import { inWorkerJs, modelWorkerJs, modelWorkerPath } from './bundle/in-worker.ts';
import { inWorkerDts } from './bundle/in-worker-d-ts.ts';
import { indexDts } from './bundle/index-d-ts.ts';
import { indexJs, usualCarrying } from './bundle/index-js.ts';
import { modulePath, npmName, type WasmBundleOptions, weightsPath, widthsPath } from './bundle/options.ts';
import { readme } from './bundle/readme.ts';
import { type EmittedVariants, emitWasmVariants } from './emit-module.ts';
import { workerText } from './loader-source.ts';
import type { EmittedWidths } from './nested/emit.ts';

export type { WasmBundleOptions } from './bundle/options.ts';

/**
 * The npm package of a model, without `thimble.json`. Throws ProblemError with every step that has no kernel. The same
 * program, plan and options give the same bytes.
 */
export function emitWasm(program: Program, plan: MemoryPlan, options: WasmBundleOptions): Artifact[] {
  return wasmBundle(emitWasmVariants(program, plan, options.variants), program, plan, options);
}

/** The npm package around modules that were emitted before. */
export function wasmBundle(
  emitted: EmittedVariants,
  program: Program,
  plan: MemoryPlan,
  options: WasmBundleOptions,
  nested: EmittedWidths | null = null,
): Artifact[] {
  const { name, producer } = program;
  const carrying = usualCarrying(emitted);
  const widthFiles = nested === null ? [] : [{ path: widthsPath, bytes: nested.differences }];
  return [
    ...emitted.modules.map(({ variant, bytes }) => ({ path: modulePath(variant), bytes })),
    { path: weightsPath, bytes: emitted.constants },
    ...widthFiles,
    textArtifact('index.js', indexJs(emitted, program, options, carrying, nested)),
    textArtifact('index.d.ts', indexDts(emitted, name, producer, options, nested)),
    // What carries nothing inside is external already.
    ...(carrying === 'inside'
      ? [textArtifact(externalPath, indexJs(emitted, program, options, 'beside', nested))]
      : []),
    textArtifact('in-worker.js', inWorkerJs(emitted, program, options, nested)),
    textArtifact('in-worker.d.ts', inWorkerDts(emitted, producer, options, nested)),
    textArtifact(modelWorkerPath, modelWorkerJs(program, options)),
    ...(hasThreads(emitted) ? [textArtifact('worker.js', workerText())] : []),
    textArtifact('package.json', packageJson(name, emitted, options, widthFiles)),
    textArtifact('README.md', readme(emitted, program, plan, options, nested)),
    textArtifact('LICENSE', license),
  ];
}

function hasThreads({ layout }: EmittedVariants): boolean {
  return layout.controlAddress !== null;
}

/** The entry point whose code and weights are files, where `index.js` has them inside. */
const externalPath = 'external.js';

function packageJson(
  model: string,
  emitted: EmittedVariants,
  { packageName }: WasmBundleOptions,
  more: readonly Artifact[],
): string {
  const own = more.map(({ path }) => path);
  const paths = [...emitted.modules.map(({ variant }) => modulePath(variant)), weightsPath, ...own];
  const plainest = emitted.modules.at(-1)?.variant ?? 'simd128';
  const external = usualCarrying(emitted) === 'inside' ? externalPath : 'index.js';
  const scripts = new Set(['index.js', external, 'in-worker.js', modelWorkerPath]);
  if (hasThreads(emitted)) scripts.add('worker.js');
  const entry = (types: string, script: string) => ({ types: `./${types}`, default: `./${script}` });
  const value = {
    name: npmName(packageName),
    version: '1.0.0',
    description: `The model "${model}" as WebAssembly`,
    license: '0BSD',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20' },
    types: './index.d.ts',
    exports: {
      '.': entry('index.d.ts', 'index.js'),
      './external': entry('index.d.ts', external),
      './worker': entry('in-worker.d.ts', 'in-worker.js'),
      './model.wasm': `./${modulePath(plainest)}`,
      ...Object.fromEntries(paths.map((path) => [`./${path}`, `./${path}`])),
      './thimble.json': './thimble.json',
      './package.json': './package.json',
    },
    files: [...scripts, 'index.d.ts', 'in-worker.d.ts', ...paths, 'thimble.json', 'README.md', 'LICENSE'],
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Zero-clause BSD, for what thimble wrote. */
const license = `BSD Zero Clause License

The code in this package was written by thimble. The weights come from the model and keep its license.

Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.
`;
