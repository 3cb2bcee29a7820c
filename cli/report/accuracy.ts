import { mainSteps } from '../../converter/backends/program-graph.ts';
import type { Executor } from '../../converter/compress/executor.ts';
import { realValues } from '../../converter/compress/quantize/report/real-values.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { summarize } from '../../converter/summary.ts';
import { type CommandIo, progressOn } from '../io.ts';
import { fastExecutor } from '../quantize/executor.ts';
import type { NamedSample } from '../quantize/samples.ts';
import { adapted } from './compare-stages.ts';
import { type LayerError, layerErrors } from './errors.ts';
import type { NamedStep } from './latency.ts';
import type { ReportAccuracy } from './schema.ts';
import type { ModelStages } from './stages.ts';

/** What samples say of a model and of those that it was before. */
export interface JudgedStages {
  readonly accuracy: ReportAccuracy | null;
  /** Of each stage the share of right answers; null without labels. */
  readonly shares: readonly (number | null)[];
  readonly notes: readonly string[];
}

/** Samples on which answers are counted, and those on which layers are compared, at most. */
const mostSamples = 1000;
const mostTraced = 32;

/** Work that a report is worth, in MACs of all samples: a minute or less on one core. */
const mostWork = 30e9;
const mostTracedWork = 3e9;

/** Runs all stages on the samples, and compares their layers on some. Steps are those of the program that is reported on. */
export function judgeStages(
  { stages, comparisons, judged }: ModelStages,
  steps: readonly NamedStep[],
  io: CommandIo,
): JudgedStages {
  const none = stages.map(() => null);
  const [first] = stages;
  if (judged.length === 0) return { accuracy: null, shares: none, notes: [] };
  const { macs } = summarize(first.model.graph);
  const samples = spread(judged, amount(macs, mostSamples, mostWork));
  const traced = spread(samples, amount(macs, mostTraced, mostTracedWork));
  const progress = progressOn(io, 'judging');
  try {
    const total = samples.length * stages.length + traced.length * comparisons.length;
    let done = 0;
    const tick = () => progress.update(++done, total);
    const answers = stages.map(({ model }) => answersOf(model.graph, samples, fastExecutor, tick));
    const isAnswer = answers.every((list) => list.every(({ classes }) => classes > 1));
    const labels = samples.map(({ label }) => label);
    const hasLabels = isAnswer && labels.every((label) => label !== null);
    const right = answers.map((list) => list.filter(({ best }, i) => best === labels[i]).length);
    const errors = comparisons.map((one) =>
      layerErrors(
        one,
        traced.map(({ load }) => load),
        fastExecutor,
        tick,
      ),
    );
    const [before, now] = stages.length > 1 ? [answers[0], answers.at(-1)] : [];
    const same = now?.filter(({ best }, i) => best !== null && best === before?.[i]?.best).length ?? 0;
    const of = samples.length;
    return {
      accuracy: {
        samples: of,
        right: hasLabels ? { before: now === undefined ? null : (right[0] ?? 0), now: right.at(-1) ?? 0, of } : null,
        agreeing: now === undefined || !isAnswer ? null : { same, of },
        layers: layersAmong(errors, steps),
      },
      shares: hasLabels ? right.map((count) => Number((count / of).toFixed(6))) : none,
      notes: [
        ...limitNotes(judged.length, of, traced.length, comparisons.length > 0),
        ...scaledNotes(errors),
        ...noAnswerNotes(answers.map((list) => list.filter(({ best }) => best === null).length)),
        ...(comparisons.length > 1
          ? ['The error of a layer is that of pruning plus that of quantization, as of independent noise.']
          : []),
        ...(isAnswer && !hasLabels && labels.some((label) => label !== null)
          ? ['Some samples have no class: right answers are not counted.']
          : []),
      ],
    };
  } finally {
    progress.clear();
  }
}

/** How many samples such work allows. */
function amount(macs: number, most: number, mostMacs: number): number {
  return Math.max(4, Math.min(most, Math.floor(mostMacs / Math.max(1, macs))));
}

/** At most `count` of a list, at even distances. */
function spread<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]).filter(
    (one) => one !== undefined,
  );
}

/** Of each sample the class of the first output. */
function answersOf(graph: Graph, samples: readonly NamedSample[], execute: Executor, tick: () => void) {
  const run = execute(graph);
  return samples.map(({ load }) => {
    const [output] = run(adapted(graph, load()));
    const values = output === undefined ? new Float64Array() : realValues(output);
    tick();
    return { classes: values.length, best: bestOf(values) };
  });
}

/** The index of the largest value, the first of equal ones; null where all are NaN: no class is what such a model says. */
function bestOf(values: ArrayLike<number>): number | null {
  let best: number | null = null;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isNaN(value) && (best === null || value > (values[best] ?? 0))) best = i;
  }
  return best;
}

/** Errors by the layers of a report; those of several steps of the way add up. */
function layersAmong(
  errors: readonly ReadonlyMap<string, LayerError>[],
  steps: readonly NamedStep[],
): ReportAccuracy['layers'] {
  const main = mainSteps(steps);
  return steps.flatMap(({ name }, index) => {
    const own = errors.flatMap((map) => map.get(name) ?? []);
    if (main.get(name) !== index || own.length === 0) return [];
    const [noise, error] = [own.reduce((sum, one) => sum + one.noise, 0), own.reduce((sum, one) => sum + one.error, 0)];
    // A model that gives no numbers has no errors that could be told.
    if (!Number.isFinite(noise) || !Number.isFinite(error)) return [];
    const snrDb = noise === 0 ? null : Number((-10 * Math.log10(noise)).toFixed(2));
    return [{ index, snrDb, error: Number(error.toPrecision(4)) }];
  });
}

function limitNotes(all: number, of: number, traced: number, isCompared: boolean): readonly string[] {
  return [
    ...(of < all ? [`Answers were counted on ${of} of ${all} samples, at even distances.`] : []),
    ...(isCompared ? [`Layers were compared on ${traced} samples.`] : []),
  ];
}

/** `counts` are of the samples without an answer, by stage. */
function noAnswerNotes(counts: readonly number[]): readonly string[] {
  const count = counts.at(-1) ?? 0;
  if (counts.every((one) => one === 0)) return [];
  const before = counts.length > 1 ? ` (before: ${counts[0]})` : '';
  return [`${count} samples have no answer, since all values are NaN${before}: they are not right.`];
}

function scaledNotes(errors: readonly ReadonlyMap<string, LayerError>[]): readonly string[] {
  const count = errors.reduce((sum, map) => sum + [...map.values()].filter(({ isScaled }) => isScaled).length, 0);
  if (count === 0) return [];
  return [
    `${count} layers are compared up to a scale and an offset of each channel: channels were equalized, which later layers undo.`,
  ];
}
