import { isAbsolute, relative } from 'node:path';
import type { ArgumentsCamelCase, InferredOptionTypes } from 'yargs';
import type { Artifact } from '../../converter/backends/artifact.ts';
import { type KernelChoices, usualChoices } from '../../converter/backends/c/choice.ts';
import { packageUse } from '../../converter/backends/c/footprint.ts';
import type { CMemoryUse } from '../../converter/backends/c/memory-use.ts';
import { type CpuName, cpuOfTarget } from '../../converter/backends/c/narrow/cpu.ts';
import { type NumberFormat, numberFormats } from '../../converter/compress/quantize/format.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { packageOptions } from '../../converter/package-options.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import type { PlanBank } from '../../converter/plan/plan.ts';
import type { Target } from '../../converter/plan/target.ts';
import { summarize } from '../../converter/summary.ts';
import { storageTexts } from '../../converter/tensor/weight-storage.ts';
import type { Command } from '../command.ts';
import type { WebEstimate } from '../estimate/web-entry.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { readClassNames } from '../input/labels.ts';
import { type CommandIo, print, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel, originOf } from '../model-file.ts';
import { convertNested } from '../nested/convert-nested.ts';
import { nestModel } from '../nested/nest-model.ts';
import { nestedOption, nestedWish } from '../nested/options.ts';
import { emitOption, modelOptions, modelPositional, targetOption } from '../options/common.ts';
import { cpuOption, givenCpu, kernelPlaceOf } from '../options/cpu.ts';
import { readWords } from '../options/input.ts';
import { layoutOptions, layoutsOf } from '../options/layout.ts';
import { noWish, planOptions, planWishOf, planWords } from '../options/plan.ts';
import { packagePreprocessing, preprocessingFor } from '../options/preprocessing.ts';
import { layerWords, type QuantizeArguments, quantizeOptions } from '../options/quantize.ts';
import { shapeWords } from '../options/shapes.ts';
import { variantsOf, variantsOption } from '../options/variants.ts';
import { thimbleMarker, writeDirectoryAtomically } from '../output/atomic.ts';
import { writeJson } from '../output/json.ts';
import { type Cell, renderPairs, renderTable } from '../output/table.ts';
import { formatBytes } from '../output/text.ts';
import { type ConvertedPackage, convertFor, type PackageKind, packageKinds, planFor } from '../package-kinds.ts';
import { planningText } from '../plan/planning-text.ts';
import { settlePlan, sramProblem } from '../plan/settle.ts';
import { prunedModel } from '../prune/convert-pruned.ts';
import { type QuantizedModel, quantizeModel } from '../quantize/quantize-model.ts';
import { findingsText } from '../quantize/render-samples.ts';
import { quantizeSource, sourceNote } from '../quantize/source.ts';
import { reportNotes, schemaVersion } from '../report-error.ts';
import { type RoundedWeights, roundedWeights, roundedWeightsText } from '../rounded-weights.ts';
import { programDigest } from '../search.ts';
import { printStage } from '../stages.ts';
import { planInBanks } from '../target/banks.ts';
import { checkJson, checkTarget, refuseToFit, refuseWith, type TargetCheck } from '../target/check.ts';
import { givenPhone, givenPlace } from '../target/given.ts';
import { shareText } from '../target/render-fit.ts';
import type { PhoneProfile } from '../target/schema.ts';
import { choicesOf, readTuning } from '../tuning.ts';
import { UsageError } from '../usage.ts';
import { thimbleVersion } from '../version.ts';

const options = {
  to: { choices: packageKinds, demandOption: true, describe: 'What to write' },
  out: { type: 'string', nargs: 1, describe: 'Folder to write; default: ./<name>-<to>' },
  name: { type: 'string', nargs: 1, describe: 'Name of the package; default: that of the model file' },
  labels: { type: 'string', nargs: 1, describe: 'Class names, one per line, to put into the package' },
  force: { type: 'boolean', default: false, describe: 'Replace a folder that thimble did not write' },
  'dry-run': { type: 'boolean', default: false, describe: 'Show what would be written and write nothing' },
  ...targetOption,
  ...cpuOption,
  tuning: { type: 'string', nargs: 1, describe: 'C: kernels that thimble bench --search found to be best' },
  ...emitOption,
  ...planOptions,
  ...variantsOption,
  quantize: {
    choices: numberFormats,
    describe: 'Turn a float model into integers first, calibrated on --samples; formats as for thimble quantize',
  },
  prune: {
    type: 'string',
    nargs: 1,
    describe: 'Take channels out first, by --samples: "macs=50%,round=4"; options of thimble prune by name',
  },
  ...nestedOption,
  ...quantizeOptions,
  ...modelOptions,
  ...layoutOptions,
} as const;

/** `thimble convert`: a WASM bundle or a C package. */
export const convertCommand: Command = {
  name: 'convert',
  optionNames: Object.keys(options),
  add: (cli, invoke) =>
    cli.command(
      'convert <model>',
      'Write a WASM bundle or a C package',
      (y) => y.positional('model', modelPositional).options(options),
      (args) => invoke((io) => convert(args, io)),
    ),
};

type Arguments = ArgumentsCamelCase<InferredOptionTypes<typeof options> & { model: string; json: boolean }>;

async function convert(args: Arguments, io: CommandIo): Promise<ExitCode> {
  const place = await givenPlace(args, io);
  const phone = await givenPhone(args, io);
  const target = place?.target ?? null;
  const cpu = givenCpu(args.cpu, args.to, target);
  const wish = planWishOf(args, args.to);
  const wasmVariants = variantsOf(args.variants, args.to);
  const layouts = layoutsOf(args, args.to);
  const wished = args.nested === undefined ? null : nestedWish(args.nested);
  const whole = loadModel(args.model, io, args);
  if (!args.json) reportNotes(whole.notes, io);
  const read = { ...args, layout: layouts.pictures };
  const loaded = args.prune === undefined ? whole : await prunedModel(whole, read, args.prune, io);
  const nested = wished === null ? null : nestModel(loaded, wished, read, io);
  const float = nested?.whole ?? loaded;
  const asked = { model: float, findings: [] };
  const { model, findings } = args.quantize === undefined ? asked : quantizedFor(float, args.quantize, read, io);
  const settled = settlePlan(model.graph, args.emit === 'graph' ? noWish : wish);
  const { within } = settled;
  const plan = args.emit === 'graph' ? null : planInBanks(settled.options, target);
  const limits = { target, sramBytes: wish.sramBytes };
  if (!settled.fits && within !== null) {
    const problem = sramProblem(within, wish.sramBytes ?? 0);
    return refuseWith(problem, null, { graph: model.graph, options: plan, use: within, limits }, io, args.json);
  }
  if (args.emit !== undefined) {
    await printStage(args.emit, model.graph, args.to, plan, io, args.json);
    return exitCodes.done;
  }
  const labels = args.labels === undefined ? null : readClassNames(resolvePath(io, args.labels));
  const name = args.name ?? model.graph.name;
  const { stored } = preprocessingFor(model, read, io);
  const web = phone === null ? null : await phoneEstimate(model.graph, phone);
  const choices = {
    commandLine: commandLineOf(model, args),
    toolVersion: thimbleVersion(),
    modelSha256: model.sha256,
    origin: originOf(whole, model),
    labels,
    preprocessing: packagePreprocessing(model.graph, stored),
    plan,
    cpu,
    estimateFor: place,
    webEstimate: web?.entry ?? null,
    webLayersUs: web?.layersUs ?? null,
    kernels: kernelPlaceOf(target, tunedFor(model, plan, target, cpu, args, io)),
    wasmVariants,
    layouts: layouts.packages,
    singleHeader: args.singleHeader,
    selfTestVectors: summarize(model.graph).macs > slowMacs ? 1 : 2,
  };
  if (nested !== null) {
    const { out, force, dryRun, json } = args;
    const request = { to: args.to, nested: nested.widthsOf(model), options: packageOptions(name, choices) };
    await convertNested(model, { ...request, folder: out ?? `${name}-${args.to}`, force, dryRun, json }, io);
    return exitCodes.done;
  }
  const converted = convertFor(args.to, model.graph, packageOptions(name, choices));
  const use = target === null ? null : packageUse(converted.program, converted.plan, converted.kernels?.choices, cpu);
  const check = target === null || use === null ? null : checkTarget(target, use);
  if (check !== null && use !== null && !check.fit.fits) {
    return refuseToFit(check, { graph: model.graph, options: plan, use, limits }, io, args.json);
  }
  const rounded = await roundedWeights(model);
  const folder = args.out ?? `${converted.folderName}-${args.to}`;
  if (!args.dryRun) {
    const files = new Map(converted.artifacts.map(({ path, bytes }) => [path, bytes]));
    const writeOptions = { force: args.force, marker: thimbleMarker };
    await writeDirectoryAtomically(resolvePath(io, folder), files, writeOptions);
  }
  const more = args.quantize === undefined ? {} : { findings };
  if (args.json)
    await writeJson({ ...convertJson(model, converted, rounded, check, folder, args), ...more }, io.stdout);
  else await print(io, convertText(model, converted, rounded, check, folder, args, io));
  return exitCodes.done;
}

/** Loaded on demand: most conversions are for no phone in particular. */
async function phoneEstimate(graph: Graph, phone: PhoneProfile): Promise<WebEstimate | null> {
  const { webEstimateOf } = await import('../estimate/web-entry.ts');
  return webEstimateOf(graph, phone);
}

/** The model on integers; what is on integers already stays as it is without `--requantize`. */
function quantizedFor(
  loaded: LoadedModel,
  format: NumberFormat,
  args: QuantizeArguments & { readonly json: boolean },
  io: CommandIo,
): Pick<QuantizedModel, 'model' | 'findings'> {
  const source = quantizeSource(loaded, args.requantize);
  const note = sourceNote(source);
  if (note !== null && !args.json) io.stderr.write(`note ${loaded.fileName}: ${note}\n`);
  if (source.kind === 'stored') return { model: loaded, findings: [] };
  const quantized = quantizeModel(source.model, args, format, io);
  if (!args.json && quantized.findings.length > 0) io.stderr.write(`${findingsText(quantized.findings)}\n`);
  return quantized;
}

/** The choices of `--tuning`; usual ones without it. Throws ProblemError where the file does not hold for this package. */
function tunedFor(
  model: LoadedModel,
  plan: PlanOptions | null,
  target: Target | null,
  cpu: CpuName | null,
  args: Arguments,
  io: CommandIo,
): KernelChoices {
  if (args.tuning === undefined) return usualChoices;
  if (args.to !== 'c') throw new UsageError(`--tuning has no meaning with --to ${args.to}`, 'leave it out');
  const path = resolvePath(io, args.tuning);
  const digest = programDigest(planFor('c', model.graph, plan));
  const own = cpu ?? (target === null ? null : cpuOfTarget(target));
  return choicesOf(readTuning(path), path, { modelSha256: model.sha256, digest, cpu: own });
}

/** From here on the reference evaluator takes seconds for one inference: one vector has to do. */
const slowMacs = 100e6;

/** The command as it stands in the files: without folders of this computer. */
function commandLineOf({ fileName }: LoadedModel, args: Arguments): string {
  const words = ['thimble', 'convert', fileName, '--to', args.to];
  if (args.name !== undefined) words.push('--name', args.name);
  if (args.labels !== undefined) words.push('--labels', args.labels.split(/[/\\]/).at(-1) ?? '');
  words.push(...readWords(args));
  if (args.target !== undefined) words.push('--target', withoutFolders(args.target));
  if (args.cpu !== undefined) words.push('--cpu', args.cpu);
  if (args.prune !== undefined) words.push('--prune', JSON.stringify(args.prune));
  if (args.nested !== undefined) words.push('--nested', args.nested);
  if (args.quantize !== undefined) words.push('--quantize', args.quantize, ...layerWords(args));
  if (args.requantize) words.push('--requantize');
  if (args.tuning !== undefined) words.push('--tuning', args.tuning.split(/[/\\]/).at(-1) ?? '');
  words.push(...planWords(args));
  if (args.variants !== undefined) words.push('--variants', args.variants);
  if (!args.passes) words.push('--no-passes');
  if (args.rounding !== 'default') words.push('--rounding', args.rounding);
  if (args.weights !== 'f32') words.push('--weights', args.weights);
  if (args.layout !== undefined) words.push('--layout', args.layout);
  if (args.singleHeader) words.push('--single-header');
  words.push(...shapeWords(args));
  return words.join(' ');
}

/** A profile file without its folders; names of targets may have slashes of their own. */
function withoutFolders(target: string): string {
  return /\.json$/i.test(target) ? (target.split(/[/\\]/).at(-1) ?? '') : target;
}

function convertJson(
  model: LoadedModel,
  converted: ConvertedPackage,
  rounded: RoundedWeights | null,
  check: TargetCheck | null,
  folder: string,
  args: Arguments,
) {
  const { plan, artifacts, sizes } = converted;
  return {
    schemaVersion,
    command: 'convert',
    model: { file: model.fileName, sha256: model.sha256 },
    to: args.to,
    ...(args.to === 'c' ? { cpu: args.cpu ?? null } : {}),
    folder,
    written: !args.dryRun,
    files: artifacts.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
    sizes,
    macs: summarize(model.graph).macs,
    plan: { arenaBytes: plan.arenaBytes, lowerBoundBytes: plan.lowerBoundBytes },
    planning: converted.planning,
    memory: converted.memory,
    kernels: converted.kernels?.decisions ?? null,
    weights: rounded,
    fit: check === null ? null : checkJson(check),
    ...(converted.estimate === null ? {} : { estimate: converted.estimate.entry }),
    notes: model.notes,
  };
}

function convertText(
  model: LoadedModel,
  converted: ConvertedPackage,
  rounded: RoundedWeights | null,
  check: TargetCheck | null,
  folder: string,
  args: Arguments,
  io: CommandIo,
): string {
  const { artifacts, plan, sizes } = converted;
  const shown = isAbsolute(folder) ? folder : `./${relative('.', folder)}`;
  const files = artifacts.map(({ path, bytes }: Artifact): Cell[] => [path, formatBytes(bytes.length)]);
  const columns = [
    { title: 'file', align: 'left' },
    { title: 'size', align: 'right' },
  ] as const;
  return [
    `${args.dryRun ? 'Would write' : 'Wrote'} ${shown}, ${nouns[args.to]} for ${model.fileName}`,
    renderTable(columns, files, { color: io.color, indent: 2 }),
    renderPairs(
      [
        ...sizes.map(({ name, bytes }) => [name, formatBytes(bytes)] as const),
        ...storagePairs(model),
        ...(rounded === null ? [] : [['rounded weights', roundedWeightsText(rounded)] as const]),
        ...(args.cpu === undefined ? [] : [['processor', `${args.cpu} and no other`] as const]),
        ...kernelPairs(converted.kernels),
        ['planned for', planningText(converted.planning)],
        ['arena', formatBytes(plan.arenaBytes)],
        ...plan.banks.map(bankPair),
        ...memoryPairs(converted.memory),
        ...(check === null ? [] : [[check.target.name, check.fit.rows.map(shareText).join(', ')] as const]),
        ...(converted.estimate === null ? [] : [['a run', converted.estimate.summary] as const]),
      ],
      2,
    ),
    `Next:\n${nextSteps(args.to, shown, args.model, args.cpu)}`,
  ].join('\n\n');
}

/** How weights are kept that have fewer bits than their elements. */
function storagePairs({ graph }: LoadedModel): (readonly [string, string])[] {
  const texts = storageTexts([...graph.storage.values()].filter(({ kind }) => kind === 'int4'));
  return texts.length === 0 ? [] : [['weights of 4 bits', texts.join('; ')]];
}

/** Layers that are not written as usual. */
function kernelPairs(kernels: ConvertedPackage['kernels']): (readonly [string, string])[] {
  const words = kernels?.decisions.filter(({ form }) => form === 'words') ?? [];
  const small = kernels?.decisions.filter(({ form }) => form === 'small') ?? [];
  const more = words.reduce((sum, { tableBytes, usualTableBytes }) => sum + tableBytes - usualTableBytes, 0);
  return [
    ...(words.length === 0
      ? []
      : [['weights of 16 bits', `${words.length} layers, ${formatBytes(more)} more`] as const]),
    ...(small.length === 0 ? [] : [['one kernel for', `${small.length} layers`] as const]),
  ];
}

/** What lies in a memory of the target. */
function bankPair({ name, usedBytes, section }: PlanBank): readonly [string, string] {
  return [`in ${name}`, `${formatBytes(usedBytes)}${section === null ? '' : `, section ${section}`}`];
}

/** What a microcontroller needs beside the arena, and in all. */
function memoryPairs(memory: CMemoryUse | null): (readonly [string, string])[] {
  if (memory === null) return [];
  const layer = memory.stackLayer === '' ? '' : `, deepest in ${memory.stackLayer}`;
  return [
    ['variables', formatBytes(memory.staticBytes)],
    ['stack', `at most ${formatBytes(memory.stackBoundBytes)}${layer}`],
    ['SRAM in all', formatBytes(memory.sramBytes)],
  ];
}

const nouns: { readonly [K in PackageKind]: string } = { wasm: 'a WASM bundle', c: 'a C package' };

function nextSteps(to: PackageKind, folder: string, model: string, cpu: CpuName | undefined): string {
  const first = {
    wasm: `  npm install ${folder}, then see its README.md`,
    c:
      cpu === undefined
        ? `  cmake -S ${folder} -B ${folder}/build && cmake --build ${folder}/build && ctest --test-dir ${folder}/build`
        : `  compile ${folder}/src for ${cpu}, see its README.md`,
  } as const;
  return `${first[to]}\n  thimble verify ${model} --on ${to}`;
}
