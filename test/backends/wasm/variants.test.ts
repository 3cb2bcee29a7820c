import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Variant, variants } from '../../../converter/backends/wasm/variant.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { dotProbe } from '../../../runtime-wasm/variants.js';
import { hasChromium, useChromium } from '../../support/chromium.ts';
import { paddedLayers, unpaddedLayers } from './int8-cases.ts';
import { emit, random, randomTensor } from './run-graph.ts';

interface Work {
  readonly code: string;
  readonly input: readonly [address: number, bytes: readonly number[]];
  readonly output: readonly [address: number, length: number];
  readonly isSigned: boolean;
}

/** Runs a module in the page; the text of this function goes there. */
function runInPage({ code, input, output, isSigned }: Work): number[] {
  const bytes = Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
  const { memory, run, signed } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof run !== 'function') throw new Error('exports are missing');
  if (isSigned && typeof signed === 'function') signed(1);
  new Uint8Array(memory.buffer).set(input[1], input[0]);
  run();
  return Array.from(new Int8Array(memory.buffer, output[0], output[1]));
}

describe.skipIf(!hasChromium)('int8 layers in Chromium', () => {
  const browser = useChromium();
  let page: Page | undefined;
  let hasDot = false;
  beforeAll(async () => {
    page = await browser().newPage();
    hasDot = await page.evaluate((probe) => {
      const { test } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(probe))).exports;
      return typeof test === 'function' && test() > 14;
    }, Array.from(dotProbe));
    if (!hasDot) console.warn('this processor has no exact dot product: the variant dot is not run');
  });

  /** What the module gives, and what the reference does. */
  async function results(graph: Graph, variant: Variant, input: Tensor, isSigned: boolean) {
    const { bytes, layout } = emit(graph, 'planned', 'none', variant);
    const [from, to] = [layout.inputs[0], layout.outputs[0]];
    const work: Work = {
      code: Buffer.from(bytes).toString('base64'),
      input: [from?.address ?? 0, Array.from(toBytes(input.data))],
      output: [to?.address ?? 0, to?.bytes ?? 0],
      isSigned,
    };
    const [expected] = evaluateGraph(graph, [input]);
    return { found: await page?.evaluate(runInPage, work), expected: Array.from(expected?.data ?? [], Number) };
  }

  function inputOf(graph: Graph): Tensor {
    const [port] = graph.inputs;
    if (port === undefined) throw new Error('no input');
    return randomTensor(typeOf(graph, port.value), random(31));
  }

  const layers = [...unpaddedLayers, ...paddedLayers.map(([name, graph]) => [`padded ${name}`, graph] as const)];
  test.each(layers)('%s is equal to the reference in every variant', async (_, graph) => {
    for (const variant of variants) {
      if (variant === 'dot' && !hasDot) continue;
      const { found, expected } = await results(graph, variant, inputOf(graph), false);
      expect(found, variant).toEqual(expected);
    }
  });

  // Numbers from 0 to 127 are the same as unsigned and as signed: so the code for processors with signed products can be run on others.
  test.each(unpaddedLayers)('%s is equal with signed operands', async (_, graph) => {
    if (!hasDot) return;
    const { type, data } = inputOf(graph);
    const input = { type, data: Int8Array.from(toBytes(data), (value) => value & 127) };
    const { found, expected } = await results(graph, 'dot', input, true);
    expect(found).toEqual(expected);
  });
});
