import { compareTensors } from '../converter/compare.ts';
import { randomInputs } from '../converter/random-inputs.ts';
import { byteSize } from '../converter/tensor/tensor.ts';
import { wasmEngine } from './engine/wasm.ts';
import type { LoadedModel } from './model-file.ts';
import { formatBytes } from './output/text.ts';

/** What became of the float weights of a model whose weights were rounded. */
export interface RoundedWeights {
  readonly kind: 'float16' | 'int8';
  /** Of the weights that are kept in fewer bytes, as float32. */
  readonly floatBytes: number;
  /** Largest difference of an output to that with the weights of the file, as a share of the largest output, on random inputs. */
  readonly largestChange: number;
  readonly samples: number;
}

const samples = 2;

/** Measures what rounding the weights changes; null where they were not rounded. */
export async function roundedWeights({ graph, unrounded }: LoadedModel): Promise<RoundedWeights | null> {
  const storage = [...graph.storage.values()].find(({ kind }) => kind !== 'int4');
  if (unrounded === null || storage === undefined || storage.kind === 'int4') return null;
  const inputs = Array.from({ length: samples }, (_, i) => () => randomInputs(graph, i + 1));
  const [before, after] = [
    await wasmEngine.run(unrounded, inputs, () => {}),
    await wasmEngine.run(graph, inputs, () => {}),
  ];
  let largestChange = 0;
  before.inferences.forEach(({ outputs }, i) => {
    outputs.forEach((expected, output) => {
      const found = after.inferences[i]?.outputs[output];
      if (found === undefined) return;
      const { largestError, largestExpected } = compareTensors(expected, found);
      if (largestError > 0) largestChange = Math.max(largestChange, largestError / largestExpected);
    });
  });
  let floatBytes = 0;
  for (const id of graph.storage.keys()) {
    const value = graph.values.get(id);
    if (value !== undefined) floatBytes += byteSize(value.type);
  }
  return { kind: storage.kind, floatBytes, largestChange, samples };
}

const bounds = {
  float16: 'each within 1/2048 of itself',
  int8: "each within 1/254 of its channel's largest",
} as const;

/** `float16, each within 1/2048 of itself; outputs change by at most 3.1e-4 of the largest (2 random inputs)`. */
export function roundedWeightsText({ kind, floatBytes, largestChange, samples }: RoundedWeights): string {
  const change = `outputs change by at most ${largestChange.toExponential(1)} of the largest (${samples} random inputs)`;
  return `${formatBytes(floatBytes)} as ${kind}, ${bounds[kind]}; ${change}`;
}
