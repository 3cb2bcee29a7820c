import { readFileSync } from 'node:fs';

/** The parts of the page's script, in the order in which they use each other. */
const parts = ['select.js', 'find.js', 'zoom.js', 'sort.js', 'targets.js', 'copy.js', 'start.js'];

/** The page's script: the files of `client/` as one module. It makes the page easier to use; nothing is hidden without it. */
export function pageScript(): string {
  const texts = parts.map((name) => {
    const text = readFileSync(new URL(`./client/${name}`, import.meta.url), 'utf8');
    return text
      .replace(/^\/\/ @ts-check\n/, '')
      .replace(/^import [^;]*;\n/gm, '')
      .replace(/^export (?=(?:async )?function |const )/gm, '')
      .replace(/^export \{\};\n/gm, '');
  });
  return `\n${texts.join('\n')}`;
}
