import { readFileSync } from 'node:fs';

/**
 * The text of the loader, a part of `index.js`: the modules of `runtime-wasm` one after the other, so that a page asks for one file. They
 * are files of their own so that they are formatted, type-checked and tested like any other code; the build keeps their
 * place beside `converter/`.
 */
export function loaderText(hasThreads: boolean, hasWidths = false): string {
  const paths = ['loader.js', 'tensors.js', ...(hasThreads ? ['threads.js'] : []), ...(hasWidths ? ['widths.js'] : [])];
  return paths.map((path) => asPart(runtimeText(path))).join('\n');
}

/** The script of the workers, which ships as it is. */
export function workerText(): string {
  return runtimeText('worker.js');
}

function runtimeText(path: string): string {
  return readFileSync(new URL(`../../../runtime-wasm/${path}`, import.meta.url), 'utf8');
}

/** A module as a part of another one: without imports and exports, and without what is meant for tools. */
function asPart(text: string): string {
  return text
    .replace(/^\/\/ @ts-check\n/, '')
    .replace(/^import .*;\n/gm, '')
    .replace(/^\/\*\* @import .*\*\/\n/gm, '')
    .replace(/^export (?=(?:async )?function |const )/gm, '');
}
