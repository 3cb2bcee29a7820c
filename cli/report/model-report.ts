import { packageUse } from '../../converter/backends/c/footprint.ts';
import { programGraph } from '../../converter/backends/program-graph.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToWasm } from '../../converter/pipeline.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import type { PlannedProgram } from '../../converter/plan/plan-program.ts';
import { type PortSummary, summarize } from '../../converter/summary.ts';
import { type CommandIo, progressOn } from '../io.ts';
import { originOf } from '../model-file.ts';
import { planWishOf } from '../options/plan.ts';
import { type PackageKind, planFor } from '../package-kinds.ts';
import { planOptionsOf } from '../plan/settle.ts';
import { UsageError } from '../usage.ts';
import { thimbleVersion } from '../version.ts';
import { judgeStages } from './accuracy.ts';
import { graphSection } from './graph.ts';
import { LatencyEstimator, latencyNotes, latencySection, namedSteps } from './latency.ts';
import { memorySection } from './memory.ts';
import { noteLine, shownName } from './names.ts';
import { givenOptions, modelEntry, type OptionTable, reportCommand, samplesEntry } from './provenance.ts';
import { remedyTexts } from './remedies.ts';
import type { ReportRequest } from './request.ts';
import type { Report, ReportStage } from './schema.ts';
import { cSizes, wasmSizes } from './sizes.ts';
import { type ModelStage, type ModelStages, modelStages } from './stages.ts';
import { reportTargets } from './targets.ts';

/** The report on a model file, as it is or as the command line changes it. Throws ProblemError and UsageError. */
export async function modelReport(request: ReportRequest, table: OptionTable, io: CommandIo): Promise<Report> {
  const isRounded = request.weights !== 'f32';
  if (isRounded && request.to === 'c') {
    const what = '--weights has no meaning with --to c: its weights are read where they lie';
    throw new UsageError(what, 'report with --to wasm');
  }
  const way = await modelStages(request, io);
  const last = way.stages.at(-1) ?? way.stages[0];
  const { model } = last;
  const progress = progressOn(io, 'planning and estimating');
  try {
    progress.update(0, 3);
    const usual = new LatencyEstimator(model.graph, null);
    const targets = reportTargets(request.target, model.graph, usual, io);
    const kind = request.to ?? (!isRounded && targets.profiles.some(({ kind }) => kind === 'mcu') ? 'c' : 'wasm');
    const options = planOptionsOf(model.graph, planWishOf(request, kind));
    const wished = kind === 'c' ? options : null;
    const estimator = wished === null ? usual : new LatencyEstimator(model.graph, wished);
    const made = madePackage(kind, model.graph, options, estimator);
    const { program } = made.planned;
    const steps = namedSteps(program);
    progress.update(1, 3);
    const rows = targets.profiles.map((profile) => estimator.on(profile));
    const latency = rows.flatMap((row) => latencySection(row, steps) ?? []);
    progress.update(2, 3);
    // Stages tell of the target that the report tells of first: others may be without an estimate.
    const known = Math.max(
      0,
      rows.findIndex(({ estimate }) => estimate !== null),
    );
    const first = targets.profiles[known];
    const before = way.stages.slice(0, -1).map((stage) => {
      const row = first === undefined ? null : new LatencyEstimator(stage.model.graph, wished).on(first);
      return stageSection(stage, arenaOf(kind, stage, options), row?.estimate?.us ?? null);
    });
    const now = stageSection(last, made.planned.plan.arenaBytes, rows[known]?.estimate?.us ?? null);
    const remedies = remedyTexts(kind, model.graph, options, made.planned);
    progress.clear();
    const judged = judgeStages(way, steps, io);
    const given = givenOptions(request, table);
    const summary = summarize(model.graph);
    const stages = [...before, now].map((stage, i) => ({ ...stage, accuracy: judged.shares[i] ?? null }));
    return {
      schemaVersion: 1,
      kind: 'thimble-report',
      model: {
        name: shownName(summary.name),
        file: shownName(model.fileName),
        producer: shownName(summary.producer),
        sha256: model.sha256,
        macs: summary.macs,
        parameterBytes: summary.parameterBytes,
        inputs: summary.inputs.map(portSection),
        outputs: summary.outputs.map(portSection),
        labels: null,
      },
      provenance: {
        thimble: thimbleVersion(),
        commands: [reportCommand(model.fileName, given)],
        options: given,
        inputs: [...way.files.map(modelEntry), ...samplesEntry(way.judged)],
        outputs: [],
      },
      graph: graphSection(programGraph(program, model.graph, originOf(way.stages[0].model, model))),
      memory: memorySection(kind, made.planned, made.use, remedies),
      latency,
      accuracy: judged.accuracy,
      sizes: {
        modelFileBytes: way.stages.length === 1 || request.before !== undefined ? model.fileBytes : null,
        parameterBytes: summary.parameterBytes,
        parts: [...made.sizes],
      },
      stages,
      notes: [
        ...(targets.note === null ? [] : [targets.note]),
        ...way.notes,
        ...latencyNotes(rows),
        ...judged.notes,
        ...sampleNotes(way),
      ].map(noteLine),
    };
  } finally {
    progress.clear();
  }
}

/** A program with what its package takes. */
interface MadePackage {
  readonly planned: PlannedProgram;
  /** Of a C package. */
  readonly use: ReturnType<typeof packageUse>['memory'] | null;
  readonly sizes: Report['sizes']['parts'];
}

function madePackage(
  kind: PackageKind,
  graph: Graph,
  options: PlanOptions | null,
  estimator: LatencyEstimator,
): MadePackage {
  if (kind === 'wasm') {
    const { program, plan, artifacts } = convertToWasm(graph, packageOptions(graph.name, { plan: options }));
    return { planned: { program, plan }, use: null, sizes: [...wasmSizes(artifacts)] };
  }
  const planned = estimator.plannedC();
  const use = packageUse(planned.program, planned.plan);
  return { planned, use: use.memory, sizes: [...cSizes(use)] };
}

function arenaOf(kind: PackageKind, { model }: ModelStage, options: PlanOptions | null): number {
  return planFor(kind, model.graph, options).plan.arenaBytes;
}

function stageSection({ name, model, by }: ModelStage, arenaBytes: number, us: number | null): ReportStage {
  const { macs, parameterBytes } = summarize(model.graph);
  const latencyUs = us === null ? null : Number(us.toFixed(3));
  return { name, macs, parameterBytes, arenaBytes, latencyUs, accuracy: null, by: shownName(by) };
}

function portSection({ name, type }: PortSummary): Report['model']['inputs'][number] {
  const { dtype, shape, quantization: q } = type;
  const quantized =
    q.kind === 'per-tensor' ? { scale: q.scale, zeroPoint: q.zeroPoint } : { scale: null, zeroPoint: null };
  return { name: shownName(name), dtype, shape: [...shape], ...quantized };
}

function sampleNotes({ judged, stages }: ModelStages): readonly string[] {
  if (judged.length > 0) return [];
  const more = stages.length > 1 ? ' and the error of each layer' : '';
  return [`No samples were given: accuracy${more} is not known (--samples, with --labels or folders named by class).`];
}
