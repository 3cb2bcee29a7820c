import type { Artifact } from '../../artifact.ts';

const decoder = new TextDecoder();

/** Of the folders that hold C, in the order in which the compiler would look. */
const folders = ['src', 'include'] as const;

/**
 * The package as one header: declarations everywhere, and the code in the one file that defines `<M>_IMPLEMENTATION` before it includes it.
 * Headers of the package are put in where they are included first; those of the C library stay includes.
 */
export function singleHeader(prefix: string, sources: readonly string[], files: readonly Artifact[]): string {
  const M = prefix.toUpperCase();
  const texts = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const seen = new Set<string>();
  const header = inlined(`include/${prefix}.h`, texts, seen);
  const code = sources.map((path) => inlined(path, texts, seen));
  const head = `/*
 * The whole package in one file. Include it wherever you call the model; in one C or C++ file, define
 * ${M}_IMPLEMENTATION before:
 *
 *     #define ${M}_IMPLEMENTATION
 *     #include "${prefix}_single.h"
 */
`;
  const guard = `#if defined(${M}_IMPLEMENTATION) && !defined(${M}_IMPLEMENTED)\n#define ${M}_IMPLEMENTED\n`;
  return [head, header, guard, ...code, `#endif /* ${M}_IMPLEMENTATION */\n`].join('');
}

/** The text of a file with the files of the package that it includes, each once. */
function inlined(path: string, texts: ReadonlyMap<string, Uint8Array>, seen: Set<string>): string {
  if (seen.has(path)) return '';
  seen.add(path);
  const text = decoder.decode(texts.get(path));
  return text.replace(/^#include "([^"]+)"[^\n]*\n/gm, (line, name: string) => {
    const found = folders.map((folder) => `${folder}/${name}`).find((candidate) => texts.has(candidate));
    return found === undefined ? line : inlined(found, texts, seen);
  });
}
