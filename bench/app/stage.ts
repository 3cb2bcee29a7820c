import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { findNpmTool, installNpmTool, webTools } from '../../scripts/npm-tools.mjs';
import { runProcess } from '../../targets/process.ts';
import { root, scratch } from '../places.ts';

/** Pages that are ready to be served from one folder, and why the others are not. */
export interface StagedPages {
  /** The folder that examples/tfjs-compare/serve.mjs serves. */
  readonly site: string;
  /** The address of each page below the site. */
  readonly pages: ReadonlyMap<PageName, string>;
  readonly failures: Readonly<Record<string, string>>;
}

/** What is measured, in the order of the tables. `bare` has one empty script: what the browser alone takes. */
export const pageNames = ['digits-live', 'thimble', 'tfjs-runner', 'tfjs-tensors', 'bare'] as const;

export type PageName = (typeof pageNames)[number];

const model = 'digits_int8';

/** Builds the digits app and examples/tfjs-compare with the same model, as their commands do, below `out/bench/app`. */
export async function stagePages(note: (line: string) => void): Promise<StagedPages> {
  const home = join(scratch, 'app');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const site = join(home, 'site');
  const pages = new Map<PageName, string>();
  const failures: Record<string, string> = {};
  note('app: building examples/tfjs-compare');
  const why = installNpmTool(webTools.tfjsTflite, root);
  const peer = findNpmTool(webTools.tfjsTflite, root);
  const sides = 'path' in peer ? ['--peers', join(peer.path, '../..')] : ['--only', 'thimble'];
  if (!('path' in peer)) failures['tfjs-tflite'] = why ?? peer.reason;
  const build = join(root, 'examples/tfjs-compare/build.mjs');
  await node([build, '--out', site, ...sides, join(root, `examples/digits/${model}.tflite`)], home);
  pages.set('thimble', `${model}/thimble.html`);
  if ('path' in peer) {
    pages.set('tfjs-runner', `${model}/tfjs-runner.html`);
    pages.set('tfjs-tensors', `${model}/tfjs-tensors.html`);
  }
  writeBarePage(join(site, 'bare'));
  pages.set('bare', 'bare/index.html');
  note('app: building examples/digits-live');
  try {
    cpSync(await buildApp('digits-live', home), join(site, 'digits-live'), { recursive: true });
    pages.set('digits-live', 'digits-live/index.html');
  } catch (error) {
    failures['digits-live'] = error instanceof Error ? error.message : String(error);
  }
  return { site, pages, failures };
}

function writeBarePage(folder: string): void {
  mkdirSync(folder);
  const head = '<!doctype html><meta charset="utf-8"><title>bare</title><link rel="icon" href="data:,">';
  writeFileSync(join(folder, 'index.html'), `${head}<script type="module" src="bare.js"></script><output></output>`);
  writeFileSync(join(folder, 'bare.js'), "performance.mark('first-result');\n");
}

const manifest = z.object({
  scripts: z.object({ model: z.string() }),
  dependencies: z.record(z.string(), z.string()),
});

/** Writes the model of an example and builds it by Vite, with the packages of the repository; the folder of what is built. */
async function buildApp(name: string, home: string): Promise<string> {
  const example = join(root, 'examples', name);
  if (!existsSync(example)) throw new Error(`there is no examples/${name}`);
  const folder = join(home, name);
  const left = new Set(['node_modules', 'model', 'dist']);
  cpSync(example, folder, { recursive: true, filter: (path) => !left.has(basename(path)) });
  symlinkSync(join(root, 'examples/digits'), join(home, 'digits'));
  const { scripts, dependencies } = manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const [program, ...words] = scripts.model.split(' ');
  if (program !== 'thimble') throw new Error(`its model is made by ${program}`);
  await node([fileURLToPath(new URL('../../cli/main.js', import.meta.url)), ...words], folder);
  mkdirSync(join(folder, 'node_modules'));
  for (const [dependency, place] of Object.entries(dependencies)) {
    symlinkSync(join(folder, place.replace(/^file:/, '')), join(folder, 'node_modules', dependency));
  }
  await node([join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], folder);
  return join(folder, 'dist');
}

/** Runs a script of Node; throws Error with what it says where it fails. */
async function node(args: readonly string[], cwd: string): Promise<void> {
  const ended = await runProcess(process.execPath, args, { cwd, timeoutMs: 300_000 });
  if (ended.exitCode !== 0) throw new Error(`${ended.stderr}${ended.stdout}`.trim() || `exit code ${ended.exitCode}`);
}
