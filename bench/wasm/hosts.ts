import { join } from 'node:path';
import { z } from 'zod';
import { runProcess } from '../../targets/process.ts';
import { findTool } from '../../targets/tools.ts';
import type { Host } from '../options.ts';
import { scratch } from '../places.ts';
import { installNode24 } from './peers.ts';
import { startServer } from './server.ts';
import type { StagedModel } from './stage.ts';

/** How latency is sampled; see `page/rounds.js`. */
export interface Method {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly warmUpRuns: number;
  readonly samplesPerRound: number;
  /** Shorter runs are timed in batches of about this length. */
  readonly batchMs: number;
}

const modelResult = z.object({
  samplesMs: z.record(z.string(), z.array(z.number())),
  failures: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.array(z.number())),
});

/** What one JavaScript engine says of one model. */
export type ModelResult = z.infer<typeof modelResult>;

/** A JavaScript engine that is ready to measure. */
export interface OpenHost {
  /** Its name with its version. */
  readonly version: string;
  readonly measure: (model: StagedModel, method: Method) => Promise<ModelResult>;
  readonly close: () => Promise<void>;
}

/** Starts an engine; throws Error with the reason where it is not here. */
export async function openHost(host: Host): Promise<OpenHost> {
  if (host === 'chromium') return openChromium();
  if (host === 'node20') return openNode(process.execPath);
  const node = await installNode24();
  if ('reason' in node) throw new Error(node.reason);
  return openNode(node.path);
}

/** A fresh process for each model. */
async function openNode(path: string): Promise<OpenHost> {
  const run = (args: readonly string[]) => runProcess(path, args, { cwd: scratch, timeoutMs: 600_000 });
  const { stdout } = await run(['--version']);
  return {
    version: `Node ${stdout.trim().replace(/^v/, '')}`,
    async measure({ id, engines }, method) {
      const script = join(scratch, 'page/node.js');
      const ended = await run([script, scratch, JSON.stringify({ id, engines }), JSON.stringify(method)]);
      if (ended.exitCode !== 0) throw new Error(`exit code ${ended.exitCode}: ${ended.stderr.trim().slice(-2000)}`);
      // Engines may print to standard output as they load: the value is the last line.
      return modelResult.parse(JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? ''));
    },
    close: async () => {},
  };
}

export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Headless Chromium; a fresh page for each model, with all its engines in it. */
async function openChromium(): Promise<OpenHost> {
  const tool = findTool('chromium');
  if (tool === undefined || !tool.found) throw new Error(tool?.reason ?? 'chromium is not known');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: tool.path, headless: true, args: chromiumFlags });
  const server = await startServer();
  return {
    version: `Chromium ${browser.version()}`,
    async measure({ id, engines }, method) {
      const page = await browser.newPage();
      const broken = new Promise<never>((_, reject) => {
        page.on('pageerror', (error) => reject(error));
      });
      broken.catch(() => {});
      try {
        await page.goto(`${server.origin}/page/index.html`);
        await Promise.race([page.waitForFunction('crossOriginIsolated && typeof measureModel === "function"'), broken]);
        const call = `measureModel(${JSON.stringify({ id, engines })}, ${JSON.stringify(method)})`;
        return modelResult.parse(await page.evaluate(call));
      } finally {
        await page.close();
      }
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
