import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { noImportOptions } from '../../converter/frontends/options.ts';
import { importTflite } from '../../converter/frontends/tflite/import.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { verifyGraph } from '../../converter/ir/verify.ts';
import { ProblemError } from '../../converter/problem.ts';
import { randomInputs } from '../../converter/random-inputs.ts';

const file = new Uint8Array(readFileSync(new URL('../../examples/digits/digits_int8.tflite', import.meta.url)));
const whole = importTflite(file, 'digits');

/** A tensor near the end, on which all that follows depends. */
const middle = (() => {
  const id = whole.nodes.at(-3)?.outputs[0];
  return id === undefined ? '' : (whole.values.get(id)?.name ?? '');
})();

test('the two halves of a TFLite model compute what the whole does', () => {
  const first = importTflite(file, 'first', { ...noImportOptions, outputs: [middle] });
  const second = importTflite(file, 'second', { ...noImportOptions, inputs: [middle] });
  for (const graph of [first, second]) verifyGraph(graph, 'import');
  expect(first.nodes.length + second.nodes.length).toBe(whole.nodes.length);
  const inputs = randomInputs(whole, 7);
  const halfWay = evaluateGraph(first, inputs);
  expect(evaluateGraph(second, halfWay)).toEqual(evaluateGraph(whole, inputs));
});

test('names that are not there are problems', () => {
  const cut = () => importTflite(file, 'm', { ...noImportOptions, outputs: [`${middle}x`] });
  expect(cut).toThrow(ProblemError);
  expect(cut).toThrow(`did you mean "${middle}"?`);
});
