/** C text without comments. */
function bare(text: string): string {
  return text.replace(/\/\*.*?\*\//gs, ' ');
}

/**
 * Whether any of `others` uses a name that a support header gives: a function, structure, type or macro that begins with the prefix.
 * A name that a macro joins from parts (`m_tile_##style`) stands for all that begin and end like it.
 */
export function isUsed(header: string, others: readonly string[], prefix: string): boolean {
  const given = new Set<string>();
  const patterns: RegExp[] = [];
  for (const [name] of bare(header).matchAll(/\b\w+(?:\s*##\s*\w+)*/g)) {
    if (!name.toLowerCase().startsWith(`${prefix}_`)) continue;
    if (!name.includes('##')) given.add(name);
    else if (name.startsWith(prefix)) patterns.push(new RegExp(`^${pasted(name)}$`));
  }
  // What the header only uses is given by another one.
  const text = bare(header);
  const isGiven = (name: string) => definitionOf(name).test(text) && !new RegExp(`^#undef ${name}\\b`, 'm').test(text);
  const names = new Set([...given].filter(isGiven));
  return others.some((other) => {
    for (const [word] of bare(other).matchAll(/\b\w+\b/g)) {
      if (names.has(word) || patterns.some((pattern) => pattern.test(word))) return true;
    }
    return false;
  });
}

/** `m_tile_##style##_each` as a pattern: what stands between names of the header's own is a parameter. */
function pasted(name: string): string {
  const parts = name.split(/\s*##\s*/);
  return parts.map((part, i) => (i % 2 === 0 ? part : '\\w*')).join('');
}

/** Where a header defines a name: a macro, a structure or type, or a function, whose parameters follow it. */
function definitionOf(name: string): RegExp {
  return new RegExp(
    `^#define ${name}\\b|^(?:typedef )?struct ${name} \\{|^typedef\\b[^;]*\\b${name};|^[A-Za-z_][^;={}]*\\b${name}\\(`,
    'm',
  );
}
