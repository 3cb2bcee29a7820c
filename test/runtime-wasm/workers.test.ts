import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateRuns } from '../../converter/ir/evaluate.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { random, randomTensor } from '../backends/wasm/run-graph.ts';
import { blockModel, threadedBundle } from '../backends/wasm/threaded-model.ts';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { isolationHeaders, type Served, serve, strictPolicy } from '../support/serve.ts';

/** What page, worker and service worker do alike: load with the given options and run a few times. */
const work = `
import { compile, load } from '/bundle/index.js';
export async function work({ threads, module, xs }) {
  const model = await load({ ...(threads && { threads }), ...(module && { module }) });
  await model.threads.ready;
  const results = xs.map((x) => Array.from(model.run({ x: Int8Array.from(x) }).y));
  for (const x of xs) {
    model.inputs.x.view.set(x);
    model.execute();
  }
  results.push(Array.from(model.outputs.y.view));
  const { count, why } = model.threads;
  model.dispose();
  return { results, count, why };
}
export { compile, load };
`;

const page = '<!doctype html><title>workers</title><script type="module" src="/drive.js"></script>';

const drive = `
import { compile, load, work } from '/work.js';
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
const answer = (target) => new Promise((resolve, reject) => {
  target.addEventListener('message', ({ data }) => resolve(data), { once: true });
  target.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
});
const ways = {
  page: (given) => work(given),
  twice: async ({ xs }) => {
    const module = await compile();
    const [one, two] = await Promise.all([work({ module, xs }), work({ module, xs: [...xs].reverse() })]);
    return { ...one, others: two.results };
  },
  worker: async ({ threads, xs }) => {
    const worker = new Worker('/worker.js', { type: 'module' });
    worker.postMessage({ threads, xs, module: await compile({ threads }) });
    return answer(worker);
  },
  service: async ({ threads, xs }) => {
    const registration = await navigator.serviceWorker.register('/service.js', { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    port1.start();
    active.postMessage({ threads, xs, port: port2 }, [port2]);
    const result = await answer(port1);
    await registration.unregister();
    return result;
  },
};
globalThis.drive = async (way, given) => ({ ...(await ways[way](given)), violations });
`;

const files: { readonly [path: string]: string } = {
  '/index.html': page,
  '/drive.js': drive,
  '/work.js': work,
  '/worker.js': `
import { work } from '/work.js';
addEventListener('message', async ({ data }) => postMessage(await work(data)));
`,
  '/service.js': `
import { work } from '/work.js';
addEventListener('message', (event) => {
  const { port, ...given } = event.data;
  event.waitUntil(work(given).then((result) => port.postMessage(result)));
});
`,
};

/** Serves the bundle under a strict content security policy; isolated, with the headers that memory can be shared with. */
function serveBundle(isIsolated: boolean): Promise<Served> {
  const served = new Map<string, string | Uint8Array>(Object.entries(files));
  for (const { path, bytes } of threadedBundle(blockModel())) served.set(`/bundle/${path}`, bytes);
  const headers = { 'content-security-policy': strictPolicy, ...(isIsolated ? isolationHeaders : {}) };
  return serve(({ pathname }) => {
    const body = served.get(pathname);
    return body === undefined ? undefined : { headers, body };
  });
}

const next = random(5);
const inputs = Array.from({ length: 6 }, () =>
  randomTensor(tensorType('int8', [1, 24, 16, 8], perTensor(0.05, 2)), next),
);
const xs = inputs.map(({ data }) => Array.from(data, Number));

describe.skipIf(!hasChromium)('a bundle under a strict policy in Chromium', () => {
  const expected = evaluateRuns(
    blockModel(),
    inputs.map((input) => [input]),
  ).map(([y]) => Array.from(y?.data ?? [], Number));
  const results = [...expected, expected.at(-1)];
  const browser = useChromium();
  let servers: { readonly isolated: Served; readonly plain: Served };
  beforeAll(async () => {
    servers = { isolated: await serveBundle(true), plain: await serveBundle(false) };
  });
  afterAll(async () => {
    await servers.isolated.close();
    await servers.plain.close();
  });

  async function drivePage(kind: keyof typeof servers, way: string, threads?: number | 'auto'): Promise<unknown> {
    const { page: tab, faults } = await openPage(browser(), `${servers[kind].origin}/index.html`);
    await tab.waitForFunction(() => Reflect.has(globalThis, 'drive'));
    const result = await tab.evaluate(([name, given]) => Reflect.get(globalThis, 'drive')(name, given), [
      way,
      { xs, ...(threads === undefined ? {} : { threads }) },
    ] as const);
    await tab.close();
    expect(faults).toEqual([]);
    return result;
  }

  test.each([1, 2, 4])('in a page, in %i threads', async (threads) => {
    const found = await drivePage('isolated', 'page', threads);
    expect(found).toEqual({ results, count: threads, why: threads === 1 ? 'one was asked for' : '', violations: [] });
  });

  test('two models of one module', async () => {
    const found = await drivePage('plain', 'twice');
    const others = [...expected].reverse();
    expect(found).toMatchObject({ results, others: [...others, others.at(-1)], violations: [] });
  });

  test('in a worker that gets the compiled module, in 2 threads', async () => {
    const found = await drivePage('isolated', 'worker', 2);
    expect(found).toEqual({ results, count: 2, why: '', violations: [] });
  });

  test('in a service worker, which can start no workers', async () => {
    const found = await drivePage('isolated', 'service', 'auto');
    expect(found).toEqual({ results, count: 1, why: 'no workers can be started here', violations: [] });
  });

  test('without isolation in one thread, with the reason', async () => {
    const found = await drivePage('plain', 'page', 'auto');
    expect(found).toMatchObject({ results, count: 1, why: expect.stringContaining('cross-origin isolated') });
  });
});
