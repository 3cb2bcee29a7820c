import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const pages = [
  ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
  ...readdirSync(join(root, 'examples')).map((name) => join('examples', name, 'README.md')),
  'README.md',
  'CONTRIBUTING.md',
].filter((name) => name.endsWith('.md') && existsSync(join(root, name)));

/** Command lines of thimble in the code of a page, each with the options that it has. */
function commandLines(page: string): readonly { readonly command: string; readonly options: readonly string[] }[] {
  const fenced = [...page.matchAll(/^```.*\n([\s\S]*?)^```$/gm)].map(([, content = '']) => content).join('');
  const indented = page.replace(/^```[\s\S]*?^```$/gm, '').match(/^ {4}.*$/gm) ?? [];
  const lines = [...fenced.split('\n'), ...indented].map((line) => line.trim().replace(/^(?:\$ )?(?:npx )?/, ''));
  const spans = [...page.matchAll(/`(thimble [^`\n]+)`/g)].map(([, span = '']) => span);
  return [...spans, ...lines].flatMap((line) => {
    const [text = ''] = line.split(/ # | {3,}| && | \|/);
    const [, command] = /^thimble ([a-z]+)/.exec(text) ?? [];
    if (command === undefined) return [];
    return [{ command, options: [...text.matchAll(/ --([a-z][a-z-]*)/g)].map(([, option = '']) => option) }];
  });
}

it('pages name commands and options that there are', async () => {
  const help = new Map<string, string>();
  const unknown: string[] = [];
  for (const name of pages) {
    for (const { command, options } of commandLines(readFileSync(join(root, name), 'utf8'))) {
      if (!help.has(command)) help.set(command, (await runCli([command, '--help'])).stdout);
      const text = help.get(command) ?? '';
      if (!text.startsWith(`thimble ${command}`)) unknown.push(`${name}: thimble ${command}`);
      for (const option of options) {
        // Some are declared as `fromLine`, which is taken as --from-line as well.
        const plain = option.replace(/^no-/, '');
        const camel = plain.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
        if (![plain, camel].some((one) => new RegExp(`--${one}\\b`).test(text)))
          unknown.push(`${name}: thimble ${command} --${option}`);
      }
    }
  }
  expect(help.size).toBeGreaterThan(10);
  expect(unknown).toEqual([]);
});
