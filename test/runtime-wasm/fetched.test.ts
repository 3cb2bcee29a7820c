import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variants } from '../../converter/backends/wasm/variant.ts';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { bundleOf, textOf } from '../backends/wasm/bundle.ts';
import { random, randomTensor } from '../backends/wasm/run-graph.ts';
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { type Served, serve, strictPolicy } from '../support/serve.ts';

/**
 * A bundle whose code and weights are files of their own, in each place of a browser, each of which has another way to get them: pages and workers
 * have XMLHttpRequest, service workers have `fetch` alone.
 */

const next = random(17);
const small = perTensor(0.05, 0);
const images = {
  real: randomTensor(tensorType('float32', [1, 512]), next),
  whole: randomTensor(tensorType('int8', [1, 64], small), next),
};

/** A float layer and an int8 layer: each of the three variants has code of its own, and the weights are too many for the script. */
function twoLayers(): Graph {
  const b = new GraphBuilder();
  const dense = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
  const x = b.input('real', images.real.type);
  const weights = b.constant('w', randomTensor(tensorType('float32', [300, 512]), next));
  const bias = b.constant('b', randomTensor(tensorType('float32', [300]), next));
  b.output('y', b.node('DENSE #0', dense, [x, weights, bias], tensorType('float32', [1, 300]), 'y'));
  const q = b.input('whole', images.whole.type);
  const stored = b.constant('v', randomTensor(tensorType('int8', [16, 64], perTensor(0.01, 0)), next));
  const offset = b.constant('c', randomTensor(tensorType('int32', [16]), next));
  const to = tensorType('int8', [1, 16], perTensor(0.5, 3));
  b.output('z', b.node('DENSE #1', dense, [q, stored, offset], to, 'z'));
  return b.build('two layers', 'test', 'exact');
}

const work = `
export async function work({ url, variant, real, whole }) {
  try {
    const { load } = await import(url);
    const model = await load({ variant });
    const { y, z } = model.run({ real: Float32Array.from(real), whole: Int8Array.from(whole) });
    return { variant: model.variant, y: Array.from(y), z: Array.from(z) };
  } catch (error) {
    return { error: error.message };
  }
}
`;

/** As `work`, where a module may not be imported at run time. */
const statically = (text: string) =>
  `import { load } from '/good/index.js';\n${text.replace(/const \{ load \}.*/, '')}`;

const drive = `
import { work } from '/work.js';
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
const answer = (target) => new Promise((resolve, reject) => {
  target.addEventListener('message', ({ data }) => resolve(data), { once: true });
  target.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
});
const ways = {
  page: work,
  worker: async (given) => {
    const worker = new Worker('/worker.js', { type: 'module' });
    worker.postMessage(given);
    return answer(worker);
  },
  service: async (given) => {
    const registration = await navigator.serviceWorker.register('/service.js', { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    port1.start();
    active.postMessage({ ...given, port: port2 }, [port2]);
    const result = await answer(port1);
    await registration.unregister();
    return result;
  },
};
globalThis.drive = async (way, given) => ({ ...(await ways[way](given)), violations });
`;

const scripts: { readonly [path: string]: string } = {
  '/index.html': '<!doctype html><title>files</title><script type="module" src="/drive.js"></script>',
  '/drive.js': drive,
  '/work.js': work,
  '/worker.js': `
import { work } from '/work.js';
addEventListener('message', async ({ data }) => postMessage(await work(data)));
`,
  '/service.js': `${statically(work)}
addEventListener('message', (event) => {
  const { port, ...given } = event.data;
  event.waitUntil(work(given).then((result) => port.postMessage(result)));
});
`,
};

/** Serves the bundle as `/good`, and as `/bad` without its weights, under a strict policy. */
function serveBundle(graph: Graph): Promise<Served> {
  const files = new Map<string, string | Uint8Array>(Object.entries(scripts));
  for (const { path, bytes } of bundleOf(graph)) {
    files.set(`/good/${path}`, bytes);
    if (path !== 'model.weights') files.set(`/bad/${path}`, bytes);
  }
  return serve(({ pathname }) => {
    const body = files.get(pathname);
    return body === undefined ? undefined : { headers: { 'content-security-policy': strictPolicy }, body };
  });
}

describe.skipIf(!hasChromium)('a bundle of several files in Chromium', () => {
  const graph = twoLayers();
  const [y, z] = evaluateGraph(graph, [images.real, images.whole]).map(({ data }) => Array.from(data, Number));
  const browser = useChromium();
  let served: Served;
  beforeAll(async () => {
    served = await serveBundle(graph);
  });
  afterAll(() => served.close());

  async function drivePage(way: string, given: object): Promise<{ [name: string]: unknown }> {
    const { page: tab } = await openPage(browser(), `${served.origin}/index.html`);
    await tab.waitForFunction(() => Reflect.has(globalThis, 'drive'));
    const numbers = { real: Array.from(images.real.data, Number), whole: Array.from(images.whole.data, Number) };
    const result = await tab.evaluate(([name, all]) => Reflect.get(globalThis, 'drive')(name, all), [
      way,
      { ...numbers, ...given },
    ] as const);
    await tab.close();
    return result;
  }

  test('its weights are a file', () => {
    expect(textOf(bundleOf(graph), 'index.js')).toContain("new URL('./model.weights', import.meta.url)");
  });

  const places = ['page', 'worker', 'service'].flatMap((way) => variants.map((variant) => [way, variant] as const));
  test.each(places)('in a %s, %s', async (way, variant) => {
    const found = await drivePage(way, { url: '/good/index.js', variant });
    if (variant === 'dot' && String(found.error).includes('not exact for all int8')) return;
    expect(found).toMatchObject({ variant, z, violations: [] });
    const reals = Object(found.y);
    expect(reals).toHaveLength(300);
    expect(Math.max(...(y ?? []).map((value, i) => Math.abs(value - reals[i])))).toBeLessThan(1e-4);
  });

  test.each(['page', 'worker'])('in a %s, without its weights', async (way) => {
    const found = await drivePage(way, { url: '/bad/index.js', variant: 'simd128' });
    expect(found.error).toMatch(
      `${served.origin}/bad/model.weights: HTTP status 404; deploy the file beside its script`,
    );
  });
});
