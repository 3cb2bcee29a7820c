import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build as buildWithVite, createServer } from 'vite';
import { appText, type Entry, entries, type Project, write } from './project.ts';

/** The name of an entry point as a part of a path. */
export function slug(entry: Entry): string {
  return entry.replace('/', '-');
}

/** What an app does with its result in a page. */
export const tellPage = '{ globalThis.result = result; }';

/** A page for each entry point that takes the script beside it. */
function writePages(folder: string, script: (entry: Entry) => string): void {
  for (const entry of entries) {
    const tag = `<script type="module" src="${script(entry)}"></script>`;
    write(join(folder, `${slug(entry)}.html`), `<!doctype html><title>digits</title>${tag}\n`);
  }
}

/** Writes the scripts of the app that a bundler takes; gives their paths by entry point. */
function writeApps(project: Project, folder: string): Record<Entry, string> {
  const paths = entries.map((entry): [Entry, string] => {
    const path = join(folder, `${slug(entry)}.js`);
    write(path, appText(project, entry, tellPage));
    return [entry, path];
  });
  return Object.fromEntries(paths) as Record<Entry, string>;
}

/** Node.js runs a script that is given as text, in a folder. */
function runNode(cwd: string, script: string): void {
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

/** The files of the bundle that `new URL` names, beside a script that a bundler has written and left such names in. */
function copyBeside(project: Project, folder: string): void {
  for (const name of readdirSync(project.bundle)) {
    if (/\.(?:js|wasm|weights)$/.test(name) && !existsSync(join(folder, name))) {
      cpSync(join(project.bundle, name), join(folder, name));
    }
  }
}

/** No bundler at all: pages that import the files of the package. */
export function plainPages(project: Project, folder: string): void {
  const files = { digits: 'index.js', 'digits/external': 'external.js', 'digits/worker': 'in-worker.js' };
  for (const entry of entries) {
    write(join(folder, `${slug(entry)}.js`), appText(project, `../node_modules/digits/${files[entry]}`, tellPage));
  }
  writePages(folder, (entry) => `./${slug(entry)}.js`);
}

export async function vitePages(project: Project, folder: string): Promise<void> {
  const source = join(project.root, 'vite-app');
  writeApps(project, source);
  writePages(source, (entry) => `./${slug(entry)}.js`);
  const input = Object.fromEntries(entries.map((entry) => [slug(entry), join(source, `${slug(entry)}.html`)]));
  await buildWithVite({
    root: source,
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, rolldownOptions: { input } },
    worker: { format: 'es' },
  });
}

/** Vite's server, which gives the modules of the app as they are and those of packages prepared. */
export async function viteServer(project: Project): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const source = join(project.root, 'vite-dev');
  writeApps(project, source);
  writePages(source, (entry) => `./${slug(entry)}.js`);
  const server = await createServer({
    root: source,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, fs: { strict: false } },
    // What it prepares loses the files beside it (vite#8427).
    optimizeDeps: { exclude: ['digits'], noDiscovery: true },
  });
  await server.listen();
  const address = server.httpServer?.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

export function webpackPages(project: Project, folder: string, tool: string): void {
  const apps = writeApps(project, join(project.root, 'webpack-app'));
  const entry = Object.fromEntries(entries.map((name) => [slug(name), apps[name]]));
  const config = {
    mode: 'production',
    entry,
    output: { path: folder, filename: '[name].js' },
    resolve: { modules: [join(project.root, 'node_modules')] },
  };
  runNode(
    project.root,
    `import { createRequire } from 'node:module';
const webpack = createRequire(${JSON.stringify(join(tool, 'package.json'))})(${JSON.stringify(tool)});
const stats = await new Promise((resolve, reject) => {
  webpack(${JSON.stringify(config)}, (error, stats) => (error ? reject(error) : resolve(stats)));
});
if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));`,
  );
  writePages(folder, (name) => `./${slug(name)}.js`);
}

/** esbuild leaves `new URL` as it is, so that the files of the bundle lie beside what it writes. */
export function esbuildPages(project: Project, folder: string, tool: string): void {
  const apps = writeApps(project, join(project.root, 'esbuild-app'));
  const options = { entryPoints: Object.values(apps), bundle: true, format: 'esm', outdir: folder, logLevel: 'error' };
  runNode(
    project.root,
    `import { createRequire } from 'node:module';
const { buildSync } = createRequire(import.meta.url)(${JSON.stringify(tool)});
buildSync(${JSON.stringify(options)});`,
  );
  copyBeside(project, folder);
  writePages(folder, (name) => `./${slug(name)}.js`);
}

/** Rollup, too, leaves `new URL` as it is. */
export function rollupPages(project: Project, folder: string, tool: string): void {
  const apps = writeApps(project, join(project.root, 'rollup-app'));
  const plugin = join(tool, '../@rollup/plugin-node-resolve/dist/es/index.js');
  runNode(
    project.root,
    `import { rollup } from ${JSON.stringify(join(tool, 'dist/es/rollup.js'))};
import resolve from ${JSON.stringify(plugin)};
const bundle = await rollup({ input: ${JSON.stringify(Object.values(apps))}, plugins: [resolve()] });
await bundle.write({ dir: ${JSON.stringify(folder)}, format: 'es', entryFileNames: '[name].js' });`,
  );
  copyBeside(project, folder);
  writePages(folder, (name) => `./${slug(name)}.js`);
}

/** A static export of Next: client components that load the model in an effect. */
export function nextPages(project: Project, folder: string, tool: string): void {
  const home = join(tool, '../..', `app-${process.pid}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  try {
    cpSync(project.bundle, join(home, 'node_modules/digits'), { recursive: true });
    write(join(home, 'package.json'), '{ "name": "app", "private": true }\n');
    const config = `export default { output: 'export', trailingSlash: true, basePath: '/plain/Next', turbopack: { root: ${JSON.stringify(join(home, '..'))} } };\n`;
    write(join(home, 'next.config.mjs'), config);
    write(
      join(home, 'app/layout.jsx'),
      'export default function Layout({ children }) {\n  return <html lang="en"><body>{children}</body></html>;\n}\n',
    );
    for (const entry of entries) {
      const run = appText(project, entry, tellPage).replace(/\nmain\(\)[\s\S]*/, '\n');
      const page = `'use client';
import { useEffect } from 'react';
${run}
export default function Page() {
  useEffect(() => {
    main().catch((error) => ({ error: String(error) })).then((result) => ${tellPage});
  }, []);
  return <p>digits</p>;
}
`;
      write(join(home, 'app', slug(entry), 'page.jsx'), page);
    }
    write(join(home, 'app/page.jsx'), 'export default function Page() {\n  return <p>start</p>;\n}\n');
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
    execFileSync(process.execPath, [join(tool, 'dist/bin/next'), 'build'], { cwd: home, env, stdio: 'pipe' });
    cpSync(join(home, 'out'), folder, { recursive: true });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
