import type { EmittedVariants } from '../emit-module.ts';
import { modulePath, originLine, type WasmBundleOptions, weightsPath } from './options.ts';
import { byName, tensorInfo } from './tensors.ts';

/** Modules and weights up to this size in all travel inside index.js, so that there is no file to find. */
const inlineBytes = 500_000;

/** Bytes of a page of memory. */
const pageBytes = 65536;

/** `index.js`: the facts of the model and `load`. The code is in `loader.js`. */
export function indexJs(emitted: EmittedVariants, name: string, producer: string, options: WasmBundleOptions): string {
  const { layout, modules, constants } = emitted;
  const info = {
    name,
    inputs: byName(layout.inputs, ({ type }) => tensorInfo(type)),
    outputs: byName(layout.outputs, ({ type }) => tensorInfo(type)),
    labels: options.labels,
    variants: Object.fromEntries(modules.map(({ variant, bytes }) => [variant, bytes.length])),
    weightBytes: constants.length,
    memoryBytes: layout.pages * pageBytes,
  };
  const places = {
    memoryBytes: layout.pages * pageBytes,
    weightBytes: constants.length,
    inputs: byName(layout.inputs, ({ address }) => address),
    outputs: byName(layout.outputs, ({ address }) => address),
  };
  const total = modules.reduce((sum, { bytes }) => sum + bytes.length, constants.length);
  const isInline = total <= inlineBytes;
  const place = (path: string, bytes: Uint8Array) =>
    isInline ? `decodeBase64(\n    '${base64(bytes)}',\n  )` : `new URL('./${path}', import.meta.url)`;
  const lines = [
    `/* ${originLine(options, producer)} */`,
    `import { ${isInline ? 'decodeBase64, ' : ''}loadVariant } from './loader.js';`,
    '',
    '/** What the model takes and gives. */',
    `export const info = ${JSON.stringify(info, null, 2)};`,
    '',
    `const layout = ${JSON.stringify(places, null, 2)};`,
    '',
    '/** The code, the quickest variant first. */',
    'const modules = {',
    ...modules.map(({ variant, bytes }) => `  ${variant}: () => ${place(modulePath(variant), bytes)},`),
    '};',
    '',
    '/** Weights and tables, for any of them. */',
    `const weights = () => ${place(weightsPath, constants)};`,
    '',
    '/** Loads the model; every call gives one with a memory of its own. */',
    'export function load(options) {',
    '  return loadVariant(info, layout, { modules, weights }, options);',
    '}',
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
