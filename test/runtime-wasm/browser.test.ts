import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { type Tensor, tensorType } from '../../converter/tensor/tensor.ts';
import { bundleOf } from '../backends/wasm/bundle.ts';
import { random, randomTensor } from '../backends/wasm/run-graph.ts';
import { tinyModel } from '../backends/wasm/tiny-model.ts';

const executablePath = process.env.THIMBLE_CHROMIUM ?? '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) console.warn(`skipped: no browser at ${executablePath}; set THIMBLE_CHROMIUM`);

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A dense layer whose weights are too large to be inlined. */
function largeModel(): Graph {
  const next = random(3);
  const b = new GraphBuilder();
  const input = b.input('x', tensorType('float32', [1, 512]));
  const weights = b.constant('w', randomTensor(tensorType('float32', [300, 512]), next));
  const bias = b.constant('b', randomTensor(tensorType('float32', [300]), next));
  const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  b.output('y', b.node('DENSE', op, [input, weights, bias], tensorType('float32', [1, 300]), 'y'));
  return b.build('large', 'test', 'exact');
}

const models = { tiny: tinyModel(), large: largeModel() };

const page = '<!doctype html><title>bundles</title><script type="module" src="/drive.js"></script>';

/** Runs a bundle in the page, on numbers in and out. */
const drive = `
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
globalThis.drive = async ({ url, values }) => {
  const { load, info } = await import(url);
  const model = await load();
  const [name] = Object.keys(info.inputs);
  const results = model.run({ [name]: model.inputs[name].view.constructor.from(values) });
  const outputs = Object.fromEntries(Object.entries(results).map(([key, value]) => [key, Array.from(value)]));
  return { outputs, violations };
};
`;

/** Serves the bundles under a strict content security policy. */
function serve(): Server {
  const text = new TextEncoder();
  const files = new Map<string, Uint8Array>([
    ['/index.html', text.encode(page)],
    ['/drive.js', text.encode(drive)],
  ]);
  for (const [name, graph] of Object.entries(models)) {
    for (const { path, bytes } of bundleOf(graph)) files.set(`/${name}/${path}`, bytes);
  }
  const types: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };
  return createServer((request, response) => {
    const path = request.url ?? '/';
    const bytes = files.get(path);
    if (bytes === undefined) return void response.writeHead(404).end();
    const type = types[path.split('.').at(-1) ?? ''] ?? 'text/plain';
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(bytes);
  });
}

describe.skipIf(!hasBrowser)('a bundle in Chromium', () => {
  const server = serve();
  let browser: Browser | undefined;
  let origin = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) origin = `http://127.0.0.1:${address.port}`;
    browser = await chromium.launch({ executablePath, args: quiet });
  });
  afterAll(async () => {
    await browser?.close();
    server.close();
  });

  /** Loads the bundle in a fresh page and runs it on `input`. */
  async function runInPage(
    name: keyof typeof models,
    input: Tensor,
  ): Promise<{ outputs: unknown; violations: unknown }> {
    const tab = await browser?.newPage();
    if (tab === undefined) throw new Error('no browser');
    await tab.goto(`${origin}/index.html`);
    const work = { url: `${origin}/${name}/index.js`, values: Array.from(input.data, Number) };
    const result = await tab.evaluate((given) => Reflect.get(globalThis, 'drive')(given), work);
    await tab.close();
    return result;
  }

  test('inlined, int8', async () => {
    const input = randomTensor(tensorType('int8', [1, 9, 9, 3], perTensor(1 / 128, 0)), random(8));
    const [scores, logits] = evaluateGraph(models.tiny, [input]).map(({ data }) => Array.from(data, Number));
    expect(await runInPage('tiny', input)).toEqual({ outputs: { scores, logits }, violations: [] });
  });

  test('fetched, float32', async () => {
    const input = randomTensor(tensorType('float32', [1, 512]), random(8));
    const [expected = []] = evaluateGraph(models.large, [input]).map(({ data }) => Array.from(data, Number));
    const { outputs, violations } = await runInPage('large', input);
    expect(violations).toEqual([]);
    const found = Object(outputs).y;
    expect(found).toHaveLength(300);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - found[i])))).toBeLessThan(1e-4);
  });
});
