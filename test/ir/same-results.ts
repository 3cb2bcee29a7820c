import { expect } from 'vitest';
import { compareTensors } from '../../converter/compare.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { randomInputs } from './random-graph.ts';

/** How much of the largest magnitude floats may differ by where weights were folded: a few roundings. */
export const foldedTolerance = 1e-5;

/**
 * Fails where two graphs give other results on `inputs`: integers and floats to the bit, but 0 and -0 are one number. With a
 * `tolerance`, floats may differ by this much of the largest magnitude.
 */
export function expectSameResults(
  before: Graph,
  after: Graph,
  inputs: readonly Tensor[],
  hint: string,
  tolerance = 0,
): void {
  const wanted = evaluateGraph(before, inputs);
  const found = evaluateGraph(after, inputs);
  expect(
    after.outputs.map((port) => port.name),
    hint,
  ).toEqual(before.outputs.map((port) => port.name));
  wanted.forEach((tensor, i) => {
    expect(found[i]?.type, `${hint}, output ${i}`).toEqual(tensor.type);
    const actual = found[i];
    if (tolerance > 0 && tensor.type.dtype === 'float32' && actual !== undefined) {
      expect(compareTensors(tensor, actual, tolerance).difference, `${hint}, output ${i}`).toBeNull();
    } else expect(plain(actual), `${hint}, output ${i}`).toEqual(plain(tensor));
  });
}

/** As {@link expectSameResults}, on two sets of random inputs. */
export function expectSameOnRandomInputs(before: Graph, after: Graph, hint: string, tolerance = 0): void {
  for (const seed of [1, 2]) {
    expectSameResults(before, after, randomInputs(before, seed), `${hint}, inputs ${seed}`, tolerance);
  }
}

function plain(tensor: Tensor | undefined): unknown[] {
  const data: ArrayLike<number | bigint> = tensor?.data ?? [];
  return Array.from(data, (x) => (x === 0 ? 0 : x));
}
