import { createReadStream, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { chromium } from 'playwright-core';
import { z } from 'zod';
import { variants } from '../../../converter/backends/wasm/variant.ts';
import { runProcess } from '../../../targets/process.ts';
import { findTool } from '../../../targets/tools.ts';

/** Outputs of each run, in base64, or why there are none; see `page/run-bundle.js`. */
const result = z
  .object({ variant: z.enum(variants), threads: z.number() })
  .and(z.union([z.object({ outputs: z.array(z.array(z.string())) }), z.object({ error: z.string() })]));

/** What one bundle did in one variant. */
export type HostResult = z.infer<typeof result>;

/** What a host made of the bundles, by their folders. */
export interface HostRun {
  /** Its name with its version. */
  readonly version: string;
  readonly results: ReadonlyMap<string, readonly HostResult[]>;
  /** Violations of the content security policy. */
  readonly violations: readonly string[];
}

const nodeLine = z.object({ id: z.string(), results: z.array(result) });

/** Runs all bundles below `folder` in one process of a Node.js. */
export async function runInNode(path: string, folder: string, ids: readonly string[]): Promise<HostRun> {
  writeFileSync(join(folder, 'cases.txt'), `${ids.join('\n')}\n`);
  const run = (args: readonly string[]) => runProcess(path, args, { cwd: folder, timeoutMs: 600_000 });
  const { stdout: version } = await run(['--version']);
  const ended = await run(['node.js', 'cases.txt']);
  const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
  const results = new Map(lines.map((line) => nodeLine.parse(JSON.parse(line))).map((one) => [one.id, one.results]));
  if (ended.exitCode !== 0) throw new Error(`exit code ${ended.exitCode}: ${ended.stderr.slice(-2000)}`);
  return { version: `Node ${version.trim().replace(/^v/, '')}`, results, violations: [] };
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** Runs all bundles below `folder` in one page of Chromium, which is isolated and has a strict policy. */
export async function runInChromium(folder: string, ids: readonly string[]): Promise<HostRun> {
  const tool = findTool('chromium');
  if (tool === undefined || !tool.found) throw new Error(tool?.reason ?? 'chromium is not known');
  const server = serve(folder);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const browser = await chromium.launch({ executablePath: tool.path, args: flags });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/index.html`);
    await page.waitForFunction('crossOriginIsolated && typeof runCase === "function"');
    const results = new Map<string, readonly HostResult[]>();
    for (const id of ids) {
      results.set(id, z.array(result).parse(await page.evaluate(`runCase(${JSON.stringify(id)})`)));
    }
    const violations = z.array(z.string()).parse(await page.evaluate('violations'));
    return { version: `Chromium ${browser.version()}`, results, violations };
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-store',
};

function serve(folder: string): Server {
  return createServer(({ url }, response) => {
    const path = normalize(join(folder, decodeURIComponent(new URL(url ?? '/', 'http://localhost').pathname)));
    const isFile = path.startsWith(folder + sep) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    if (!isFile) return void response.writeHead(404).end();
    response.writeHead(200, { ...headers, 'content-type': types[extname(path)] ?? 'application/octet-stream' });
    createReadStream(path).pipe(response);
  });
}
