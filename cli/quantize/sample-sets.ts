import type { Graph } from '../../converter/ir/graph.ts';
import { withLabels } from '../input/label-file.ts';
import { ProblemList } from '../input/problem-list.ts';
import type { ReadOptionsOf } from '../input/sample-item.ts';
import { type CommandIo, progressOn, resolvePath } from '../io.ts';
import { rememberSamples } from './remember.ts';
import { type NamedSample, openSamples } from './samples.ts';
import { type SurveyedSample, surveySamples } from './survey.ts';

/** Where the samples of a command line are. */
export interface SamplePlaces {
  readonly samples: readonly string[];
  /** Null where the result is judged by `samples`. */
  readonly test: readonly string[] | null;
  /** A file of classes, or null where names tell them. */
  readonly labels: string | null;
}

/** Samples that have all been read once. */
export interface SampleSets {
  readonly samples: readonly SurveyedSample[];
  readonly test: readonly SurveyedSample[] | null;
}

/** The samples of a command line. Throws ProblemError with all places, files and labels that are at fault. */
export function readSampleSets(
  graph: Graph,
  places: SamplePlaces,
  optionsOf: ReadOptionsOf,
  io: CommandIo,
): SampleSets {
  const problems = new ProblemList();
  const opened = [places.samples, places.test ?? []].map((texts) => openSamples(graph, texts, optionsOf, io, problems));
  const isWhole = problems.isEmpty;
  const labelled =
    places.labels === null || !isWhole ? opened : (problems.try(() => labelledGroups(opened, places, io)) ?? opened);
  const progress = progressOn(io, 'reading samples');
  const total = labelled.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  try {
    const [samples = [], test = []] = rememberGroups(labelled).map((group) =>
      surveySamples(group, problems, () => progress.update(++done, total)),
    );
    problems.throwIfAny();
    return { samples, test: places.test === null ? null : test };
  } finally {
    progress.clear();
  }
}

function labelledGroups(groups: readonly (readonly NamedSample[])[], { labels }: SamplePlaces, io: CommandIo) {
  return labels === null ? groups : withLabels(groups, resolvePath(io, labels));
}

/** One limit for all groups. */
function rememberGroups(groups: readonly (readonly NamedSample[])[]): readonly (readonly NamedSample[])[] {
  const all = rememberSamples(groups.flat());
  let next = 0;
  return groups.map(({ length }) => {
    next += length;
    return all.slice(next - length, next);
  });
}
