import { readFileSync } from 'node:fs';

/**
 * The text of `runtime-wasm/loader.js`, which ships verbatim in every bundle. It is a file of its own so that it is
 * formatted, type-checked and tested like any other code; the build keeps its place beside `converter/`.
 */
export function loaderSource(): string {
  return readFileSync(new URL('../../../runtime-wasm/loader.js', import.meta.url), 'utf8');
}
