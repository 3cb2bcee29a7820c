import type { EmittedModule } from '../emit-module.ts';
import { originLine, type WasmBundleOptions } from './options.ts';
import { byName, tensorInfo } from './tensors.ts';

/** Modules up to this size travel inside index.js, so that there is no file to find. */
const inlineBytes = 500_000;

/** Bytes of a page of memory. */
const pageBytes = 65536;

/** `index.js`: the facts of the model and `load`. The code is in `loader.js`. */
export function indexJs(emitted: EmittedModule, name: string, producer: string, options: WasmBundleOptions): string {
  const { bytes, layout } = emitted;
  const info = {
    name,
    inputs: byName(layout.inputs, ({ type }) => tensorInfo(type)),
    outputs: byName(layout.outputs, ({ type }) => tensorInfo(type)),
    labels: options.labels,
    moduleBytes: bytes.length,
    memoryBytes: layout.pages * pageBytes,
  };
  const places = {
    memoryBytes: layout.pages * pageBytes,
    inputs: byName(layout.inputs, ({ address }) => address),
    outputs: byName(layout.outputs, ({ address }) => address),
  };
  const isInline = bytes.length <= inlineBytes;
  const source = isInline ? 'decodeBase64(moduleText)' : "new URL('./model.wasm', import.meta.url)";
  const lines = [
    `/* ${originLine(options, producer)} */`,
    `import { ${isInline ? 'decodeBase64, ' : ''}loadModel } from './loader.js';`,
    '',
    '/** What the model takes and gives. */',
    `export const info = ${JSON.stringify(info, null, 2)};`,
    '',
    `const layout = ${JSON.stringify(places, null, 2)};`,
    '',
    '/** Loads the model; every call gives one with a memory of its own. */',
    `export function load(source = ${source}) {`,
    '  return loadModel(info, layout, source);',
    '}',
    ...(isInline ? ['', '/** model.wasm in base64. */', `const moduleText =\n  '${base64(bytes)}';`] : []),
    '',
  ];
  return lines.join('\n');
}

/** Base64 of bytes, in pieces that a call can take as arguments. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(binary);
}
