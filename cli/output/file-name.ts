/** Longest stem that is made from a tensor name; names of 255 bytes are the limit of common file systems. */
const maxStemLength = 100;

/**
 * A file-system-safe stem for each name, all different: characters outside [A-Za-z0-9._-] become `_`, a leading dot or
 * hyphen too, and what then is the same as an earlier stem (in lower case, since some file systems ignore case) gets
 * `_2`, `_3` and so on.
 */
export function uniqueFileStems(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    const safe =
      name
        .replace(/[^A-Za-z0-9._-]/gu, '_')
        .replace(/^[.-]/, '_')
        .slice(0, maxStemLength) || '_';
    let stem = safe;
    for (let count = 2; used.has(stem.toLowerCase()); count++) stem = `${safe}_${count}`;
    used.add(stem.toLowerCase());
    return stem;
  });
}
