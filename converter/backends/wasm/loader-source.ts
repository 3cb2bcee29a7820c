import { readFileSync } from 'node:fs';

/**
 * The text of the loader, a part of `index.js`: the modules of `runtime-wasm` one after the other, so that a page asks for one file. They
 * are files of their own so that they are formatted, type-checked and tested like any other code; the build keeps their
 * place beside `converter/`.
 */
export function loaderText(hasThreads: boolean, hasWidths = false): string {
  const paths = ['loader.js', 'tensors.js', ...(hasThreads ? ['threads.js'] : []), ...(hasWidths ? ['widths.js'] : [])];
  const text = paths.map((path) => asPart(runtimeText(path))).join('\n');
  // A package of several widths is to be hardly larger than one.
  return hasWidths ? withoutComments(text) : text;
}

/** A script of ours without the comments that have lines of their own: for tools and readers of the sources. */
function withoutComments(text: string): string {
  return text.replace(/^ *\/\*(?:(?!\*\/)[\s\S])*\*\/\n/gm, '').replace(/^ *\/\/.*\n/gm, '');
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
