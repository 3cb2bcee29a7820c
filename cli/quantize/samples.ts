import type { Sample } from '../../converter/compress/quantize/calibrate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { type DatasetItem, datasetSpec, openDataset } from '../input/dataset.ts';
import { fail } from '../input/file.ts';
import type { ReadOptions } from '../input/read-sample.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { inputSpecs, inputTensor } from '../ports.ts';

/** The tensor, all of whose elements are numbers; ranges would be ruined by a single one that is not. Throws ProblemError. */
function finite(tensor: Tensor, where: string): Tensor {
  const { data } = tensor;
  if (!(data instanceof Float32Array)) return tensor;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    fail('sample-not-finite', where, `element ${bad} is ${data[bad]}`, 'repair the sample, or leave it out');
  return tensor;
}

/** A sample with its name and, where it is known, its class. */
export interface NamedSample {
  readonly name: string;
  readonly label: number | null;
  readonly load: Sample;
}

/** The samples of all places, in their order. Files are read when a sample is loaded. Throws ProblemError. */
export function openSamples(
  graph: Graph,
  places: readonly string[],
  options: ReadOptions,
  io: CommandIo,
): readonly NamedSample[] {
  const [spec, ...others] = inputSpecs(graph);
  if (spec === undefined || others.length > 0) {
    return fail('samples-inputs', '--samples', 'the model does not have exactly one input', 'cut it with --inputs');
  }
  return places.flatMap((place) => {
    const { items } = openDataset(datasetSpec(resolvePath(io, place)), spec, options);
    return items.map((item: DatasetItem): NamedSample => {
      const load = () => [finite(inputTensor(graph, 0, item.load()), `sample ${JSON.stringify(item.name)}`)];
      return { name: item.name, label: item.label, load };
    });
  });
}
