import { readFileSync } from 'node:fs';

/** The parts of the loader that not every model needs. */
export interface LoaderParts {
  readonly hasThreads: boolean;
  /** Whether the model takes pictures or sound. */
  readonly hasFeed: boolean;
  /** Whether it takes spectra of sound. */
  readonly hasFeatures: boolean;
  readonly hasWidths: boolean;
}

/**
 * The text of the loader, a part of `index.js`: the modules of `runtime-wasm` one after the other, so that a page asks for one file. They
 * are files of their own so that they are formatted, type-checked and tested like any other code; the build keeps their
 * place beside `converter/`.
 */
export function loaderText({ hasThreads, hasFeed, hasFeatures, hasWidths }: LoaderParts): string {
  const text = partsText([
    ...['loader.js', 'sources.js', 'variants.js', 'tensors.js'],
    ...(hasThreads ? ['threads.js'] : []),
    ...(hasWidths ? ['widths.js'] : []),
    ...(hasFeed ? ['feed.js', 'pictures.js'] : []),
    ...(hasFeatures ? ['features.js', 'feature-tables.js', 'fourier.js'] : []),
  ]);
  // A package of several widths is to be hardly larger than one.
  return hasWidths ? withoutComments(text) : text;
}

/** A script of ours without the comments that have lines of their own: for tools and readers of the sources. */
function withoutComments(text: string): string {
  return text.replace(/^ *\/\*(?:(?!\*\/)[\s\S])*\*\/\n/gm, '').replace(/^ *\/\/.*\n/gm, '');
}

/** Modules of `runtime-wasm` as parts of one script. */
export function partsText(paths: readonly string[]): string {
  return paths.map((path) => asPart(runtimeText(path))).join('\n');
}

/** The script of the threads, which ships as it is. */
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
