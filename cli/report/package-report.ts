import { basename } from 'node:path';
import { readPackage } from '../estimate/folder.ts';
import { packageRow } from '../estimate/package-row.ts';
import { targetList } from '../estimate/target-list.ts';
import { fail, fileWhere } from '../input/file.ts';
import type { CommandIo } from '../io.ts';
import { builtInProfiles } from '../target/load.ts';
import { UsageError } from '../usage.ts';
import { thimbleVersion } from '../version.ts';
import { graphSection } from './graph.ts';
import { latencyNotes, latencySection } from './latency.ts';
import { overTime, type PlacedBuffer, peakSection } from './memory.ts';
import { noteLine, shownName } from './names.ts';
import { type ReportedPackage, readReportedPackage } from './package-manifest.ts';
import { fileEntryOf, givenOptions, type OptionTable, packageFiles, reportCommand } from './provenance.ts';
import type { ReportRequest } from './request.ts';
import { type Report, type ReportLatency, reportSchema } from './schema.ts';
import { wasmSizes } from './sizes.ts';

/** Options that have a meaning for a package. */
const meaningful: ReadonlySet<string> = new Set(['target']);

/** The report on a folder that `thimble convert` wrote, by what its manifest tells and by its files. Throws ProblemError and UsageError. */
export function packageReport(path: string, request: ReportRequest, table: OptionTable, io: CommandIo): Report {
  const given = givenOptions(request, table);
  const useless = Object.keys(given).find((name) => !meaningful.has(name));
  if (useless !== undefined) {
    throw new UsageError(`--${useless} has no meaning for a package`, 'leave it out, or give the model file');
  }
  const found = readReportedPackage(path);
  const { graph: flow, inputs, outputs, model } = found.manifest;
  const files = packageFiles(path);
  const { latency, notes } = latencies(found, path, request.target, io);
  const file = shownName(basename(path.replace(/[/\\]+$/, '')));
  const [macs, parameterBytes] = (['macs', 'parameterBytes'] as const).map((key) =>
    flow.layers.reduce((sum, layer) => sum + layer[key], 0),
  );
  const counts = { macs: macs ?? 0, parameterBytes: parameterBytes ?? 0 };
  const command = found.kind === 'c' ? found.manifest.tool.commandLine : found.manifest.command;
  return checkedReport(path, {
    schemaVersion: 1,
    kind: 'thimble-report',
    model: {
      name: shownName(found.kind === 'c' ? found.manifest.model.name : found.manifest.name),
      file,
      producer: shownName(model.producer),
      sha256: model.sha256,
      ...counts,
      inputs: inputs.map(portSection),
      outputs: outputs.map(portSection),
      labels: found.kind === 'wasm' ? (found.manifest.labels?.map(shownName) ?? null) : null,
    },
    provenance: {
      thimble: thimbleVersion(),
      commands: [reportCommand(file, given), noteLine(command)],
      options: given,
      inputs: [],
      outputs: files.map(fileEntryOf),
    },
    graph: graphSection(flow),
    memory: memoryOf(found),
    latency: [...latency],
    accuracy: null,
    sizes: { modelFileBytes: null, parameterBytes: counts.parameterBytes, parts: sizesOf(found, files) },
    stages: [
      {
        name: 'original',
        ...counts,
        arenaBytes: found.manifest.plan.arenaBytes,
        latencyUs: latency[0]?.us ?? null,
        accuracy: null,
        by: shownName(command),
      },
    ],
    notes: [
      ...notes,
      ...nestedNotes(found),
      ...changedNotes(found, files),
      'A package tells neither of accuracy nor of what the model was before: report on the model file for these.',
    ].map(noteLine),
  });
}

/** Numbers of a manifest may each be possible, and what follows from them beyond all bounds. */
function checkedReport(path: string, report: Report): Report {
  const [issue] = reportSchema.safeParse(report).error?.issues ?? [];
  if (issue === undefined) return report;
  const what = `thimble.json: its numbers make no report: ${issue.path.join('.')}: ${issue.message}`;
  return fail('report-folder', fileWhere(path), what, 'convert the model again, or give the model file');
}

type PackageFile = ReturnType<typeof packageFiles>[number];

function memoryOf({ kind, manifest }: ReportedPackage): Report['memory'] {
  const { plan, graph } = manifest;
  const steps = graph.layers.length;
  const buffers = plan.buffers
    .filter(({ bank }) => (bank ?? 0) === 0)
    .map(({ name, kind: of, offset, bytes, start, end, firstStep, endStep }): PlacedBuffer => {
      const isStream = of === 'activation' && (/ rows$/.test(name) || /^stream /.test(name));
      const [first, last] = [start ?? firstStep ?? -1, (end ?? endStep ?? steps) - 1];
      return {
        name: shownName(name),
        kind: isStream ? 'stream' : of,
        offset,
        bytes,
        first,
        last: Math.min(last, steps),
      };
    });
  const { arenaBytes, lowerBoundBytes, stateBytes } = plan;
  const use = kind === 'c' ? manifest.memory : null;
  return {
    ...{ for: kind, arenaBytes, lowerBoundBytes, stateBytes },
    stackBytes: use?.stackBoundBytes ?? null,
    sramBytes: use?.sramBytes ?? null,
    ...overTime(buffers, steps),
    ...peakSection(buffers, steps, []),
  };
}

function sizesOf(found: ReportedPackage, files: readonly PackageFile[]): Report['sizes']['parts'] {
  if (found.kind === 'wasm') return [...wasmSizes(files)];
  const { memory, estimate } = found.manifest;
  const tables = {
    name: 'weights and tables',
    bytes: memory.constantBytes,
    gzipBytes: null,
    origin: 'computed',
  } as const;
  if (estimate === undefined) return [tables];
  const bytes = Math.max(0, estimate.flashBytes - memory.constantBytes);
  return [tables, { name: `code, ${shownName(estimate.target)}`, bytes, gzipBytes: null, origin: 'estimated' }];
}

interface Latencies {
  readonly latency: readonly ReportLatency[];
  readonly notes: readonly string[];
}

const madeForNone =
  'The package was made for no target, and does not tell how long a run takes: convert with --target, or report on the model file.';

function latencies(found: ReportedPackage, path: string, target: string | undefined, io: CommandIo): Latencies {
  const { estimate } = found.manifest;
  if (estimate === undefined) {
    if (target === undefined) return { latency: [], notes: [madeForNone] };
    const what = 'the package was made for no target, and does not tell what its layers do';
    return fail('report-folder', fileWhere(path), what, 'convert with --target, or give the model file');
  }
  if (found.kind === 'wasm') return webLatency(found.manifest, path, target);
  // What a profile file of somebody else says is not known here.
  const isKnown = builtInProfiles().some(({ name }) => name === estimate.target);
  if (target === undefined && !isKnown) {
    return {
      latency: [],
      notes: [`The package was made for ${estimate.target}: give its profile with --target for latencies.`],
    };
  }
  const estimable = readPackage(path);
  const rows = targetList(target ?? estimate.target, io).map((profile) => packageRow(estimable, profile));
  const steps = found.manifest.graph.layers;
  return { latency: rows.flatMap((row) => latencySection(row, steps) ?? []), notes: latencyNotes(rows) };
}

/** The one time that a bundle tells. Between the median and the 95th of 100 runs lies as much as between the 5th and the median, as a factor. */
function webLatency(
  { estimate, layersUs, graph }: Extract<ReportedPackage, { kind: 'wasm' }>['manifest'],
  path: string,
  target: string | undefined,
): Latencies {
  if (estimate === undefined) return { latency: [], notes: [] };
  if (target !== undefined && target !== estimate.target) {
    const what = `the bundle tells its time on ${estimate.target} alone`;
    return fail('report-folder', fileWhere(path), what, 'leave --target out, or give the model file');
  }
  const { p50Ms, p95Ms, variant, core, weakestSource } = estimate;
  const profile = builtInProfiles().find(({ name }) => name === estimate.target);
  const layers = layersUs?.length === graph.layers.length ? layersUs : [];
  const range = {
    low: p50Ms === 0 ? 0 : rounded((1000 * p50Ms * p50Ms) / Math.max(p50Ms, p95Ms)),
    high: rounded(1000 * p95Ms),
    certainty: 0.9,
  };
  return {
    latency: [
      {
        target: shownName(estimate.target),
        title: profile?.title ?? shownName(estimate.target),
        how: `WASM ${shownName(variant)}, 1 thread, ${shownName(core)}`,
        us: rounded(1000 * p50Ms),
        rangeUs: range,
        origin: weakestSource === 'assumed' ? 'assumed' : 'estimated',
        source: `as estimated when the package was made; weakest source: ${weakestSource}`,
        fits: null,
        layers: layers.map((us, index) => ({ index, us: rounded(us), bound: null })),
      },
    ],
    notes: [],
  };
}

function nestedNotes({ manifest: { nested } }: ReportedPackage): readonly string[] {
  const widths = nested?.widths.map(({ name }) => name) ?? [];
  return widths.length === 0
    ? []
    : [`The package holds narrower widths, too (${widths.join(', ')}): the report is on the whole model.`];
}

/** Files of a C package that are not what thimble wrote; those of a bundle have no hashes of their own. */
function changedNotes(found: ReportedPackage, files: readonly PackageFile[]): readonly string[] {
  if (found.kind === 'wasm') return [];
  const hashes = new Map(files.map((file) => [file.path, fileEntryOf(file).sha256]));
  const changed = found.manifest.files
    .filter(({ path, sha256 }) => hashes.get(path) !== sha256)
    .map(({ path }) => path);
  if (changed.length === 0) return [];
  const names = changed.slice(0, 5).map(shownName).join(', ');
  return [
    `${changed.length} files are missing or not what thimble wrote: ${names}. Numbers are those of the package as it was.`,
  ];
}

function portSection(port: ReportedPackage['manifest']['inputs'][number]): Report['model']['inputs'][number] {
  const { name, dtype, shape, quantization } = port;
  const scale = port.scale ?? quantization?.scale ?? null;
  const zeroPoint = port.zeroPoint ?? quantization?.zeroPoint ?? null;
  return { name: shownName(name), dtype, shape, scale, zeroPoint };
}

const rounded = (us: number) => Number(us.toFixed(3));
