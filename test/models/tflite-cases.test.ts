import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { typeOf } from '../../converter/ir/graph.ts';
import { importModel } from '../../converter/pipeline.ts';
import { zeros } from '../../converter/tensor/tensor.ts';
import { hasShared, readShared, sharedDir } from '../support/shared.ts';

/** Layers of a network with int16 activations, with the outputs of TFLite Micro's reference kernels: equal, or refused. */

const folder = 'models/tflite_cases';
const cases = hasShared ? readdirSync(sharedDir + folder) : [];

const numbersOf = (path: string) =>
  new TextDecoder()
    .decode(readShared(path))
    .split(',')
    .filter((item) => item.trim() !== '')
    .map(Number);

describe.skipIf(!hasShared)('TFLite cases', () => {
  test.each(cases)('%s', (name) => {
    const files = readdirSync(`${sharedDir}${folder}/${name}`);
    const file = (part: string) =>
      `${folder}/${name}/${files.find((each) => each.includes(part)) ?? expect.fail(part)}`;
    const convert = () => importModel(readShared(file('.tflite')), name);
    const graph = convert();
    const inputs = graph.inputs.map((port, i) => {
      const tensor = zeros(typeOf(graph, port.value));
      const values = numbersOf(file(`_input${i}_`));
      expect(values.length).toBe(tensor.data.length);
      values.forEach((value, k) => {
        tensor.data[k] = value;
      });
      return tensor;
    });
    const [output] = evaluateGraph(graph, inputs);
    expect(Array.from(output?.data ?? [], Number)).toEqual(numbersOf(file('_golden_')));
  });
});
