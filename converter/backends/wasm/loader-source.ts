import { readFileSync } from 'node:fs';

/** What ships in every bundle. */
const always = ['loader.js', 'tensors.js'] as const;

/** What ships where a model is long enough for threads. */
const threaded = ['threads.js', 'worker.js'] as const;

/**
 * The texts of `runtime-wasm`, which ship verbatim in bundles. They are files of their own so that they are formatted,
 * type-checked and tested like any other code; the build keeps their place beside `converter/`.
 */
export function loaderSources(hasThreads: boolean): readonly { readonly path: string; readonly text: string }[] {
  const paths = hasThreads ? [...always, ...threaded] : always;
  return paths.map((path) => {
    return { path, text: readFileSync(new URL(`../../../runtime-wasm/${path}`, import.meta.url), 'utf8') };
  });
}
