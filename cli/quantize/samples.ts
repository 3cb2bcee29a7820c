import type { Sample } from '../../converter/compress/quantize/calibrate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { type DatasetItem, datasetSpec, openDataset } from '../input/dataset.ts';
import { fail } from '../input/file.ts';
import type { ReadOptions } from '../input/read-sample.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { inputSpecs, inputTensor } from '../ports.ts';

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
      return { name: item.name, label: item.label, load: () => [inputTensor(graph, 0, item.load())] };
    });
  });
}
