import type { Graph } from '../converter/ir/graph.ts';
import { randomInputs } from '../converter/random-inputs.ts';
import type { LazySample } from './engine/engine.ts';
import { assignInputs } from './input/input-argument.ts';
import { readSample } from './input/read-sample.ts';
import type { ReadOptionsOf } from './input/sample-item.ts';
import { type CommandIo, resolvePath } from './io.ts';
import { inputSpecs, inputTensor } from './ports.ts';

/** One sample, read from the files of `--input`. Throws ProblemError, at once for arguments and for files. */
export function givenSample(
  graph: Graph,
  texts: readonly string[],
  optionsOf: ReadOptionsOf,
  io: CommandIo,
): LazySample {
  const tensors = assignInputs(texts, inputSpecs(graph)).map(({ spec, path }, index) => {
    return inputTensor(graph, index, readSample(resolvePath(io, path), spec, optionsOf(spec.name)));
  });
  return () => tensors;
}

/** Random samples; sample i is that of seed `seed + i`. */
export function randomSamples(graph: Graph, seed: number, count: number): readonly LazySample[] {
  return Array.from({ length: count }, (_, i) => () => randomInputs(graph, seed + i));
}

/** The sample of `--input`, or without it a random one and its seed. */
export function givenOrRandom(
  graph: Graph,
  args: { readonly input: readonly string[] | undefined; readonly seed: number },
  optionsOf: ReadOptionsOf,
  io: CommandIo,
): { readonly sample: LazySample; readonly seed: number | null } {
  if (args.input !== undefined) return { sample: givenSample(graph, args.input, optionsOf, io), seed: null };
  return { sample: () => randomInputs(graph, args.seed), seed: args.seed };
}
