import type { Note } from '../../converter/problem.ts';
import type { CommandIo } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { preprocessingFor } from '../options/preprocessing.ts';
import { pruneByWish } from '../prune/convert-pruned.ts';
import { quantizeModel } from '../quantize/quantize-model.ts';
import { readSampleSets } from '../quantize/sample-sets.ts';
import type { NamedSample } from '../quantize/samples.ts';
import { quantizeSource, sourceNote } from '../quantize/source.ts';
import { UsageError } from '../usage.ts';
import { comparisonOf, prunedComparison, quantizedComparison } from './compare-stages.ts';
import type { Comparison } from './errors.ts';
import type { ReportRequest } from './request.ts';
import type { ReportStage } from './schema.ts';

/** A state of the model on its way. */
export interface ModelStage {
  readonly name: ReportStage['name'];
  readonly model: LoadedModel;
  /** What made it. */
  readonly by: string;
}

/** A model on its way from what it was to what is reported on. */
export interface ModelStages {
  readonly stages: readonly [ModelStage, ...ModelStage[]];
  /** What to compare layer by layer; each is one step of the way. */
  readonly comparisons: readonly Comparison[];
  /** Samples to judge by; empty without any. */
  readonly judged: readonly NamedSample[];
  readonly files: readonly LoadedModel[];
  readonly notes: readonly string[];
}

/** Reads the model, and prunes and quantizes it as the command line says. Throws ProblemError and UsageError. */
export async function modelStages(request: ReportRequest, io: CommandIo): Promise<ModelStages> {
  const { before, prune, quantize } = request;
  if (before !== undefined && (prune !== undefined || quantize !== undefined)) {
    throw new UsageError(
      `--before and --${prune === undefined ? 'quantize' : 'prune'} exclude each other`,
      'give --before for a model that has been changed already, and the others for one that is to be',
    );
  }
  const whole = loadModel(request.model, io, request);
  return before === undefined ? madeStages(whole, request, io) : foundStages(whole, before, request, io);
}

async function madeStages(whole: LoadedModel, request: ReportRequest, io: CommandIo): Promise<ModelStages> {
  const { prune, quantize, test } = request;
  // Labels are of the samples that are judged by.
  const more = { test: undefined, labels: test === undefined ? request.labels : undefined };
  const stages: [ModelStage, ...ModelStage[]] = [{ name: 'original', model: whole, by: whole.fileName }];
  const comparisons: Comparison[] = [];
  const notes = whole.notes.map(noteText);
  let judged: readonly NamedSample[] | null = null;
  let model = whole;
  if (prune !== undefined) {
    const found = await pruneByWish(whole, request, prune, io, more);
    if (found.judged.length > 0) comparisons.push(prunedComparison(found.pruned));
    judged = found.judged;
    model = found.model;
    stages.push({ name: 'pruned', model, by: `thimble --prune ${JSON.stringify(prune)}` });
  }
  if (quantize !== undefined) {
    const source = quantizeSource(model, request.requantize);
    const note = sourceNote(source);
    if (note !== null) notes.push(`${model.fileName}: ${note}.`);
    if (source.kind !== 'stored') {
      const found = quantizeModel(source.model, request, quantize, io, more);
      comparisons.push(quantizedComparison(found.quantized));
      notes.push(...found.findings.map(({ where, what }) => `${where}: ${what}.`));
      judged = found.judged;
      model = found.model;
      stages.push({ name: 'quantized', model, by: `thimble --quantize ${quantize}` });
    }
  }
  const own = judged === null || test !== undefined ? samplesOf(whole, request, io) : judged;
  return { stages, comparisons, judged: own, files: [whole], notes };
}

/** The way of a model that was changed before: what it was is another file. */
function foundStages(now: LoadedModel, path: string, request: ReportRequest, io: CommandIo): ModelStages {
  const before = loadModel(path, io, request);
  const { comparison, isQuantized, notes } = comparisonOf(before, now);
  const stage: ModelStage = {
    name: isQuantized ? 'quantized' : 'pruned',
    model: now,
    by: now.graph.producer === '' ? now.fileName : now.graph.producer,
  };
  const prepared = { ...before, preprocessing: before.preprocessing ?? now.preprocessing };
  return {
    stages: [{ name: 'original', model: before, by: before.fileName }, stage],
    comparisons: [comparison],
    judged: samplesOf(prepared, request, io),
    files: [now, before],
    notes: [...[...before.notes, ...now.notes].map(noteText), ...notes],
  };
}

function samplesOf(model: LoadedModel, request: ReportRequest, io: CommandIo): readonly NamedSample[] {
  const { samples, test, labels } = request;
  const places = test ?? samples;
  if (places === undefined || places.length === 0) {
    if (labels === undefined) return [];
    throw new UsageError('--labels has no meaning without --samples', 'give --samples as well');
  }
  const { optionsOf } = preprocessingFor(model, request, io);
  return readSampleSets(model.graph, { samples: places, test: null, labels: labels ?? null }, optionsOf, io).samples;
}

function noteText({ where, what }: Note): string {
  return `${where}: ${what}`;
}
