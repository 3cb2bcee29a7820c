import type { Sample } from '../../converter/compress/quantize/calibrate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { fail } from '../input/file.ts';
import type { ProblemList } from '../input/problem-list.ts';
import type { ReadOptionsOf } from '../input/sample-item.ts';
import { openPlaces } from '../input/sample-places.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { inputSpecs, inputTensor } from '../ports.ts';

/** A sample with its name and, where it is known, its class. */
export interface NamedSample {
  readonly name: string;
  readonly label: number | null;
  /** For each input the file that it comes from. */
  readonly sources: readonly { readonly input: string; readonly source: string }[];
  /** The folder, or the file of several samples, that it lies in. */
  readonly partition: string;
  readonly load: Sample;
}

/** The samples of all places, in their order. Files are read when a sample is loaded; what is wrong with places goes to `problems`. */
export function openSamples(
  graph: Graph,
  places: readonly string[],
  optionsOf: ReadOptionsOf,
  io: CommandIo,
  problems: ProblemList,
): readonly NamedSample[] {
  const specs = inputSpecs(graph);
  const resolve = (path: string) => resolvePath(io, path);
  return openPlaces(places, { specs, optionsOf, resolve, folder: io.cwd }, problems).map((item): NamedSample => {
    const where = `sample ${JSON.stringify(item.name)}`;
    return { ...item, load: () => item.load().map((sample, i) => finite(inputTensor(graph, i, sample), where)) };
  });
}

/** The tensor, all of whose elements are numbers; ranges would be ruined by a single one that is not. Throws ProblemError. */
function finite(tensor: Tensor, where: string): Tensor {
  const { data } = tensor;
  if (!(data instanceof Float32Array)) return tensor;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return tensor;
  const what = `element ${bad} is ${data[bad]}, and only finite numbers have a range`;
  return fail('sample-not-finite', where, what, 'repair the sample, or leave it out');
}
