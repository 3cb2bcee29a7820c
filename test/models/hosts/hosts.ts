import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { variants } from '../../../converter/backends/wasm/variant.ts';
import { runProcess } from '../../../targets/process.ts';
import { openPage, startChromium } from '../../support/chromium.ts';
import { isolationHeaders, serveFolder, strictPolicy } from '../../support/serve.ts';

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

const headers = { 'content-security-policy': strictPolicy, ...isolationHeaders, 'cache-control': 'no-store' };

/** Runs all bundles below `folder` in one page of Chromium, which is isolated and has a strict policy. */
export async function runInChromium(folder: string, ids: readonly string[]): Promise<HostRun> {
  const served = await serveFolder(folder, headers);
  const browser = await startChromium();
  try {
    const { page } = await openPage(browser, `${served.origin}/index.html`);
    await page.waitForFunction('crossOriginIsolated && typeof runCase === "function"');
    const results = new Map<string, readonly HostResult[]>();
    for (const id of ids) {
      results.set(id, z.array(result).parse(await page.evaluate(`runCase(${JSON.stringify(id)})`)));
    }
    const violations = z.array(z.string()).parse(await page.evaluate('violations'));
    return { version: `Chromium ${browser.version()}`, results, violations };
  } finally {
    await browser.close();
    await served.close();
  }
}
