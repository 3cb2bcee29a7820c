import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { runCli } from '../cli/run-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An example app in a folder of its own, with its model, as after `npm install` and `npm run model`. */
export interface App {
  readonly folder: string;
  remove(): void;
}

/** `package.json` of an example. */
export interface Manifest {
  readonly scripts: { readonly [name: string]: string };
  readonly dependencies: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}

export function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'examples', name, 'package.json'), 'utf8'));
}

/**
 * Copies an example and writes its model by the app's own script. What it depends on, but for the model, is what the repository has; nothing is
 * fetched.
 */
export async function setUpApp(name: string): Promise<App> {
  const home = mkdtempSync(join(tmpdir(), 'thimble-example-'));
  const folder = join(home, name);
  const left = new Set(['node_modules', 'model', 'dist']);
  cpSync(join(root, 'examples', name), folder, { recursive: true, filter: (path) => !left.has(basename(path)) });
  symlinkSync(join(root, 'examples/digits'), join(home, 'digits'));
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  const { scripts, dependencies } = manifestOf(name);
  const [program, ...words] = (scripts.model ?? '').split(' ');
  if (program !== 'thimble') throw new Error(`the model of ${name} is made by ${program}`);
  const { code, stderr } = await runCli(words, folder);
  if (code !== 0) throw new Error(stderr);
  for (const [dependency, place] of Object.entries(dependencies)) {
    if (!place.startsWith('file:')) continue;
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    symlinkSync(join(folder, place.slice('file:'.length)), join(folder, 'node_modules', dependency));
  }
  return { folder, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** What the TypeScript compiler says of an app; empty when nothing. */
export function typeFaults({ folder }: App): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return String(Object(error).stdout || error);
  }
}

/** Builds an app by Vite, as its own configuration says; gives the folder of the built files. */
export async function buildApp({ folder }: App): Promise<string> {
  await build({ root: folder, logLevel: 'error' });
  return join(folder, 'dist');
}

/** Bytes of each built file after gzip, by its path. */
export function gzipBytes(folder: string): ReadonlyMap<string, number> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), gzipSync(readFileSync(path), { level: 9 }).length];
    }),
  );
}

/** What axe-core finds that hinders people: rules by name with the places. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => Reflect.get(globalThis, 'axe').run());
  return violations
    .filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }: { id: string; nodes: { target: string[] }[] }) =>
        `${id}: ${nodes.map(({ target }) => target).join(', ')}`,
    );
}

/** Where the pictures of the documentation lie. */
export const pictures: string = join(root, 'docs/img');

/** Whether tests write the pictures of the documentation. */
export const writesPictures: boolean = process.env.THIMBLE_SCREENSHOTS === '1';
