import type { EmittedVariants } from '../emit-module.ts';
import { partsText } from '../loader-source.ts';
import type { EmittedWidths } from '../nested/emit.ts';
import { infoText } from './index-js.ts';
import { originLine, type WasmBundleOptions } from './options.ts';

/** The script of a worker that has the model in it. */
export const modelWorkerPath = 'model-worker.js';

/** `in-worker.js`: the model off the main thread, with the calls of `index.js` as promises. */
export function inWorkerJs(
  emitted: EmittedVariants,
  { name, producer }: { readonly name: string; readonly producer: string },
  options: WasmBundleOptions,
  nested: EmittedWidths | null,
): string {
  return [
    `/* ${originLine(options, producer)} */`,
    '',
    infoText(emitted, name, options, nested),
    '/** Loads the model in a worker. */',
    'export function load(options) {',
    '  return loadInWorker(info, newModelWorker, options);',
    '}',
    '',
    'function newModelWorker() {',
    '  // Written out, so that bundlers see that there is a file to take along.',
    '  if (globalThis.Worker !== undefined) {',
    `    return new Worker(new URL('./${modelWorkerPath}', import.meta.url), { type: 'module' });`,
    '  }',
    "  const NodeWorker = globalThis.process?.getBuiltinModule?.('node:worker_threads').Worker;",
    "  if (NodeWorker === undefined) throw new Error('no workers can be started here; use the main entry of the package');",
    `  return new NodeWorker(new URL('./${modelWorkerPath}', import.meta.url));`,
    '}',
    '',
    partsText(['client.js', 'tensors.js']),
  ].join('\n');
}

/** `model-worker.js`: what runs in that worker, whoever starts it. */
export function modelWorkerJs({ producer }: { readonly producer: string }, options: WasmBundleOptions): string {
  return [
    `/* ${originLine(options, producer)} */`,
    '',
    "import { load } from './index.js';",
    '',
    'serve(load);',
    '',
    partsText(['serve.js']),
  ].join('\n');
}
