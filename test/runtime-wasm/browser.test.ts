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
import { hasChromium, openPage, useChromium } from '../support/chromium.ts';
import { type Served, serve } from '../support/serve.ts';

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
function serveBundles(): Promise<Served> {
  const files = new Map<string, string | Uint8Array>([
    ['/index.html', page],
    ['/drive.js', drive],
  ]);
  for (const [name, graph] of Object.entries(models)) {
    for (const { path, bytes } of bundleOf(graph)) files.set(`/${name}/${path}`, bytes);
  }
  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
  return serve(({ pathname }) => {
    const body = files.get(pathname);
    return body === undefined ? undefined : { headers: { 'content-security-policy': policy }, body };
  });
}

describe.skipIf(!hasChromium)('a bundle in Chromium', () => {
  const browser = useChromium();
  let served: Served;
  beforeAll(async () => {
    served = await serveBundles();
  });
  afterAll(() => served.close());

  /** Loads the bundle in a fresh page and runs it on `input`. */
  async function runInPage(
    name: keyof typeof models,
    input: Tensor,
  ): Promise<{ outputs: unknown; violations: unknown }> {
    const { page: tab, faults } = await openPage(browser(), `${served.origin}/index.html`);
    const work = { url: `${served.origin}/${name}/index.js`, values: Array.from(input.data, Number) };
    const result = await tab.evaluate((given) => Reflect.get(globalThis, 'drive')(given), work);
    await tab.close();
    expect(faults).toEqual([]);
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
