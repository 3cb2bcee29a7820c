import { webTools } from '../../scripts/npm-tools.mjs';
import { type Entry, entries } from './project.ts';

/** What came of each entry point, by environment. */
export type Cells = Map<string, { readonly [E in Entry]?: string }>;

/** All environments, in the order of the page. */
export const environmentNames = [
  ...['page, plain modules', 'page under a strict policy', 'worker of the app', 'service worker'],
  ...['page of an extension (manifest 3)', 'Vite, built', 'Vite, its server', 'webpack', 'esbuild', 'Rollup'],
  ...['Next, static export', 'Node.js 20', 'Node.js 24', 'Deno', 'Bun'],
] as const;

/** docs/web-environments.md */
export function environmentsPage(cells: Cells): string {
  const row = (values: readonly string[]) => `| ${values.join(' | ')} |`;
  const headers = entries.map((entry) => `\`${entry}\``);
  const { webpack, esbuild, rollup, next, deno, bun } = webTools;
  return `# Where WASM bundles run

The bundle of the digits model, packed by \`npm pack\` and installed, runs once in each environment by each of its entry points; the outputs
are equal to the bit to those of the reference. Pages are opened in Chromium without any complaint of it. This page is written by that test:
\`THIMBLE_UPDATE_GOLDEN=1 npx vitest run test/environments\`.

${row(['environment', ...headers])}
${row(['---', ...headers.map(() => '---')])}
${environmentNames.map((name) => row([name, ...entries.map((entry) => cells.get(name)?.[entry] ?? '')])).join('\n')}

Versions: webpack ${webpack.version}, esbuild ${esbuild.version}, Rollup ${rollup.version}, Next ${next.version}, Deno ${deno.version}, Bun ${bun.version};
Vite, Node.js 20 and Chromium are those of the computer.

The strict policy is \`default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'\`. Without
\`'wasm-unsafe-eval'\` no WebAssembly runs at all, and \`load\` says so.

publint and \`attw --profile esm-only\` find nothing in the package.

## What each bundler wants

- **esbuild and Rollup** leave \`new URL('./file', import.meta.url)\` as it is: copy \`*.wasm\`, \`*.weights\` and the scripts of workers
  beside what they write, or use the main entry of a small model, which has all inside.
- **Vite's server** prepares dependencies and loses the files beside them (vite#8427): \`optimizeDeps: { exclude: ['digits'] }\`. Builds
  need nothing; workers want \`worker: { format: 'es' }\`.
- **webpack and Next** need nothing. In Next the model is loaded in an effect of a client component.
`;
}
