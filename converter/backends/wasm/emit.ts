import type { MemoryPlan } from '../../plan/plan.ts';
import type { Program } from '../../plan/program.ts';
import { type Artifact, textArtifact } from '../artifact.ts';
import { indexDts } from './bundle/index-d-ts.ts';
import { indexJs } from './bundle/index-js.ts';
import { isInlined, modulePath, npmName, type WasmBundleOptions, weightsPath, widthsPath } from './bundle/options.ts';
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
  const widthFiles = nested === null ? [] : widthFilesOf(nested);
  return [
    ...emitted.modules.map(({ variant, bytes }) => ({ path: modulePath(variant), bytes })),
    { path: weightsPath, bytes: emitted.constants },
    ...widthFiles,
    textArtifact('index.js', indexJs(emitted, name, producer, options, nested)),
    textArtifact('index.d.ts', indexDts(emitted, name, producer, options, nested)),
    ...(hasThreads(emitted) ? [textArtifact('worker.js', workerText())] : []),
    textArtifact('package.json', packageJson(name, emitted, options, widthFiles)),
    textArtifact('README.md', readme(emitted, program, plan, options, nested)),
    textArtifact('LICENSE', license),
  ];
}

function hasThreads({ layout }: EmittedVariants): boolean {
  return layout.controlAddress !== null;
}

/** What the narrower widths do not share is a file only where it is not within index.js. */
function widthFilesOf({ whole, differences }: EmittedWidths): Artifact[] {
  const total = whole.modules.reduce((sum, { bytes }) => sum + bytes.length, whole.constants.length);
  return isInlined(total) ? [] : [{ path: widthsPath, bytes: differences }];
}

function packageJson(
  model: string,
  emitted: EmittedVariants,
  { packageName }: WasmBundleOptions,
  more: readonly Artifact[],
): string {
  const own = more.map(({ path }) => path);
  const paths = [...emitted.modules.map(({ variant }) => modulePath(variant)), weightsPath, ...own];
  const scripts = hasThreads(emitted) ? ['worker.js'] : [];
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
      '.': { types: './index.d.ts', default: './index.js' },
      ...Object.fromEntries(paths.map((path) => [`./${path}`, `./${path}`])),
      './thimble.json': './thimble.json',
      './package.json': './package.json',
    },
    files: ['index.js', 'index.d.ts', ...scripts, ...paths, 'thimble.json', 'README.md', 'LICENSE'],
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
