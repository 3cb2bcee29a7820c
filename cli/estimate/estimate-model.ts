import { basename } from 'node:path';
import type { Graph } from '../../converter/ir/graph.ts';
import { asInt8 } from '../../converter/plan/remedies/int8.ts';
import { ProblemError } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import { type CommandIo, print, progressOn, resolvePath } from '../io.ts';
import { type LoadedModel, type LoadOptions, loadModel } from '../model-file.ts';
import { type PlanArguments, planWishOf } from '../options/plan.ts';
import { writeJson } from '../output/json.ts';
import { planOptionsOf } from '../plan/settle.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import type { Profile } from '../target/schema.ts';
import { targetOf } from '../target/target.ts';
import { UsageError } from '../usage.ts';
import { type FleetRow, fleetEstimate, fleetText } from './fleet.ts';
import { readFleet } from './fleet-file.ts';
import { isFolder, readPackage } from './folder.ts';
import { fleetJson, rowJson } from './json.ts';
import { ModuleEstimator } from './module.ts';
import { overridesOf, withOverrides } from './overrides.ts';
import { PackageEstimator } from './package.ts';
import { packageRow, unknownCore } from './package-row.ts';
import { comparisonText, targetText } from './render.ts';
import { type EstimateRow, estimateRow } from './rows.ts';
import { targetList } from './target-list.ts';

/** What is to be estimated, as the command line says it. */
export interface EstimateRequest extends LoadOptions, PlanArguments {
  readonly model: string;
  readonly target: string | undefined;
  readonly fleet: string | undefined;
  readonly set: string[] | undefined;
  readonly clock: string | undefined;
  readonly quantize: 'int8' | undefined;
  readonly threads: number;
  readonly core: string;
  readonly deadlineUs: number | null;
  readonly json: boolean;
}

/** Estimates a model on targets or a fleet and prints what came of it. Tells whether it fits at least one. */
export async function estimateModel(request: EstimateRequest, io: CommandIo): Promise<{ readonly fits: boolean }> {
  const { deadlineUs, json } = request;
  const overrides = overridesOf(request);
  const devices = request.fleet === undefined ? null : readFleet(request.fleet, io);
  const named = devices?.map(({ profile }) => profile) ?? targetList(request.target ?? '', io);
  const isAll = request.target?.trim().toLowerCase() === 'all';
  // The clock alone has a meaning for all.
  const isOfMemory = overrides.some(({ name }) => name !== 'clock');
  const wanted = isAll && isOfMemory ? named.filter(({ kind }) => kind === 'mcu') : named;
  const profiles = wanted.map((profile) => withOverrides(profile, overrides));
  const source = sourceOf(request, io);
  if (!json) reportNotes(source.notes, io);
  const rows = rowsOf(source, profiles, io);
  const model = `${source.fileName}${request.quantize === undefined ? '' : ` as ${request.quantize}`}`;
  const style = { color: io.color, columns: io.columns };
  if (devices !== null) {
    const parts = devices.flatMap(({ setting, share }, i): FleetRow[] => {
      const row = rows[i];
      return row === undefined ? [] : [{ row, setting, share }];
    });
    const fleet = fleetEstimate(parts, deadlineUs);
    if (json) await writeJson({ ...headJson(source, request), fleet: fleetJson(fleet, deadlineUs) }, io.stdout);
    else await print(io, fleetText(model, fleet, deadlineUs, style));
  } else if (json) {
    await writeJson({ ...headJson(source, request), targets: rows.map((row) => rowJson(row, deadlineUs)) }, io.stdout);
  } else {
    const [first] = rows;
    const isOne = rows.length === 1 && first !== undefined;
    await print(
      io,
      isOne ? targetText(model, first, deadlineUs, style) : comparisonText(model, rows, deadlineUs, style),
    );
  }
  return { fits: rows.some(({ check }) => check === null || check.fit.fits) };
}

function headJson({ fileName, sha256, macs, notes }: EstimateSource, { quantize }: EstimateRequest) {
  const model = { file: fileName, sha256, macs };
  return { schemaVersion, command: 'estimate', model, quantize: quantize ?? null, notes };
}

/** What is estimated: a model, or a package of one. */
interface EstimateSource {
  readonly fileName: string;
  readonly sha256: string;
  readonly macs: number;
  readonly notes: LoadedModel['notes'];
  on(profile: Profile): EstimateRow;
}

function rowsOf(source: EstimateSource, profiles: readonly Profile[], io: CommandIo): readonly EstimateRow[] {
  const progress = progressOn(io, 'estimating');
  try {
    return profiles.map((profile, i) => {
      progress.update(i, profiles.length);
      return source.on(profile);
    });
  } finally {
    progress.clear();
  }
}

function sourceOf(request: EstimateRequest, io: CommandIo): EstimateSource {
  const path = resolvePath(io, request.model);
  return isFolder(path) ? packageSource(path, request) : modelSource(request, io);
}

function modelSource(request: EstimateRequest, io: CommandIo): EstimateSource {
  const loaded = loadModel(request.model, io, request);
  const graph = shapeOf(loaded, request);
  const estimator = new PackageEstimator(graph, planOptionsOf(graph, planWishOf(request, 'c')));
  const modules = new ModuleEstimator(graph, { threads: request.threads, core: request.core });
  const { fileName, sha256, notes } = loaded;
  return {
    ...{ fileName, sha256, notes, macs: summarize(loaded.graph).macs },
    on: (profile) => {
      const target = targetOf(profile);
      if (profile.kind !== 'mcu') {
        const { estimate, unknown } = modules.on(profile);
        return estimateRow(profile, target, estimate, null, unknown);
      }
      const { estimate, check } = estimator.on(target);
      return estimateRow(profile, target, estimate, check, unknownCore(target));
    },
  };
}

function packageSource(path: string, request: EstimateRequest): EstimateSource {
  const { optimize, sram, feedRows, quantize } = request;
  if (optimize !== undefined || sram !== undefined || feedRows || quantize !== undefined) {
    throw new UsageError(
      '--optimize, --sram, --feed-rows and --quantize have no meaning for a package',
      'leave them out, or give the model file',
    );
  }
  const found = readPackage(path);
  const { sha256, macs } = found;
  return { ...{ fileName: basename(path), sha256, macs, notes: [] }, on: (profile) => packageRow(found, profile) };
}

/** The graph that is estimated: as if on int8 where that is asked for. */
function shapeOf({ graph, fileName }: LoadedModel, { quantize }: EstimateRequest): Graph {
  if (quantize === undefined) return graph;
  const int8 = asInt8(graph);
  if (int8 !== null) return int8;
  throw new ProblemError({
    code: 'estimate-quantize',
    where: fileName,
    what: 'nothing of it is in floating point',
    advice: 'leave --quantize out',
  });
}
