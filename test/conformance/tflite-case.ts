import { type Graph, type Port, typeOf } from '../../converter/ir/graph.ts';
import { importModel } from '../../converter/pipeline.ts';
import { type Tensor, zeros } from '../../converter/tensor/tensor.ts';
import { readShared } from '../support/shared.ts';
import type { Job } from './job.ts';
import type { CaseRow } from './rows.ts';

/**
 * The job of a folder with a .tflite file and its integers as text: layers of a network with int16 activations, with the outputs of TFLite
 * Micro's reference kernels. Throws ProblemError where the model is refused.
 */
export function tfliteCaseJobs({ path, files }: CaseRow): Job[] {
  const file = (part: string) => {
    const found = files.find((name) => name.includes(part));
    if (found === undefined) throw new Error(`${path} has no ${part}`);
    return `${path}/${found}`;
  };
  const graph = importModel(readShared(file('.tflite')), path);
  const inputs = graph.inputs.map((port, i) => filled(graph, port, file(`_input${i}_`)));
  const expected = graph.outputs.map((port) => filled(graph, port, file('_golden_')));
  return [{ graph, steps: [{ inputs, expected }], tolerance: 0, fixed: [] }];
}

/** A tensor of the port's type with the comma-separated integers of a file. */
function filled(graph: Graph, { value }: Port, path: string): Tensor {
  const tensor = zeros(typeOf(graph, value));
  const numbers = new TextDecoder()
    .decode(readShared(path))
    .split(',')
    .filter((item) => item.trim() !== '')
    .map(Number);
  if (numbers.length !== tensor.data.length) throw new Error(`${path}: ${numbers.length} of ${tensor.data.length}`);
  numbers.forEach((number, i) => {
    tensor.data[i] = number;
  });
  return tensor;
}
