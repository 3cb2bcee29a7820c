import type { Artifact } from './backends/artifact.ts';
import { type KernelSelection, usualSelection } from './backends/c/choice.ts';
import { chooseKernels } from './backends/c/choose/choose.ts';
import { type CPackageFiles, emitPackage } from './backends/c/emit.ts';
import { packageUse, usualCpu } from './backends/c/footprint.ts';
import { cKernelNeeds } from './backends/c/kernels.ts';
import type { CMemoryUse } from './backends/c/memory-use.ts';
import { prefixFrom } from './backends/c/names.ts';
import { emitNestedPackage } from './backends/c/nested/emit.ts';
import type { PackageEstimate } from './backends/c/options.ts';
import type { CPackageModel } from './backends/c/package.ts';
import { programGraph } from './backends/program-graph.ts';
import { instructionTotal } from './backends/wasm/counts/instructions.ts';
import { moduleInstructions } from './backends/wasm/counts/module.ts';
import { wasmBundle } from './backends/wasm/emit.ts';
import { type EmittedVariants, emitWasmVariants } from './backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from './backends/wasm/needs.ts';
import { type EmittedWidths, emitWasmWidths } from './backends/wasm/nested/emit.ts';
import { wasmNeedsFor } from './backends/wasm/threads/needs-for.ts';
import { floatTolerance } from './compare.ts';
import type { NestedModel } from './compress/prune/nested/widths.ts';
import { packageEstimate } from './estimate/package-estimate.ts';
import { withInputLayout } from './frontends/input-layout.ts';
import { parseJson } from './frontends/json-view.ts';
import {
  importKerasArchive,
  importKerasH5,
  importKerasJson,
  importKerasModel,
  versionOf,
} from './frontends/keras/import.ts';
import { flatScope } from './frontends/keras/weights.ts';
import { importOnnxWithNotes } from './frontends/onnx/import.ts';
import { type Imported, type ImportOptions, noImportOptions } from './frontends/options.ts';
import { sniffFormat } from './frontends/sniff.ts';
import { importTfjsGraph } from './frontends/tfjs/import.ts';
import { readTfjs } from './frontends/tfjs/read.ts';
import { importTflite } from './frontends/tflite/import.ts';
import type { Graph } from './ir/graph.ts';
import type { RewriteResult } from './ir/rewrite.ts';
import { verifyGraph } from './ir/verify.ts';
import { generator, manifest, type PredictedInstructions } from './manifest.ts';
import { at } from './ops/definition.ts';
import { goldenVectors, type PackageOptions } from './package-options.ts';
import { optimize } from './passes/optimize.ts';
import { balancedPlan, latencyPlan } from './plan/options.ts';
import { type Planning, planningOf } from './plan/outcome.ts';
import type { MemoryPlan } from './plan/plan.ts';
import { type PlannedProgram, planProgram } from './plan/plan-program.ts';
import type { Program } from './plan/program.ts';
import { type Problem, ProblemError } from './problem.ts';
import { summarize } from './summary.ts';
import type { Rounding } from './tensor/requantize.ts';

export { type PlannedProgram, planProgram } from './plan/plan-program.ts';

/** All stages on one screen: bytes -> Graph -> Graph -> Program + MemoryPlan; back ends turn the last two into files. */

/**
 * Reads a model file of any supported format, recognised by its content.
 *
 * @param fileName gives the model its name in generated files
 * @param rounding of integer arithmetic; `default` is what the format's own runtime does
 * @param options what the file leaves open: shapes of inputs, sizes of named dimensions
 * @throws ProblemError with everything that is wrong or not supported
 */
export function importModel(
  bytes: Uint8Array,
  fileName: string,
  rounding: Rounding | 'default' = 'default',
  options: ImportOptions = noImportOptions,
): Graph {
  return importModelWithNotes(bytes, fileName, rounding, options).graph;
}

/** {@link importModel}, with what the user should know about the model although it works. */
export function importModelWithNotes(
  bytes: Uint8Array,
  fileName: string,
  rounding: Rounding | 'default' = 'default',
  options: ImportOptions = noImportOptions,
): Imported {
  const { format } = sniffFormat(bytes, fileName);
  if (format !== 'onnx' && format !== 'tflite') refuseCut(options);
  if (format !== 'onnx') refuseFixed(options);
  const imported = importers[format](bytes, modelName(fileName), fileName, options);
  const { graph, notes } = withInputLayout(imported, format === 'onnx' ? 'nchw' : 'nhwc', options.inputLayout);
  verifyGraph(graph, 'import');
  return { graph: rounding === 'default' ? graph : { ...graph, rounding }, notes };
}

/** The passes: same results, less work. */
export function optimizeGraph(graph: Graph): RewriteResult {
  return optimize(graph);
}

/** What a back end made of a graph. */
export interface Conversion extends PlannedProgram {
  /** The files of the package. */
  readonly artifacts: readonly Artifact[];
  /** How its memory was planned. */
  readonly planning: Planning;
}

export interface CConversion extends Conversion {
  /** Beginning of every C name of the package. */
  readonly prefix: string;
  /** What the package takes of the memories, predicted. */
  readonly memory: CMemoryUse;
  /** How its layers are written. */
  readonly kernels: KernelSelection;
  /** Of a run on the target that it is made for; null without one. */
  readonly estimate: PackageEstimate | null;
}

export interface WasmConversion extends Conversion {
  readonly modules: EmittedVariants;
}

/** The C package of an optimized graph. Throws ProblemError with every step that has no C kernel. */
export function convertToC(graph: Graph, options: PackageOptions): CConversion {
  if ([...graph.storage.values()].some(({ kind }) => kind !== 'int4')) throw new ProblemError([storedC]);
  const { program, plan } = planProgram(graph, cKernelNeeds, options.plan ?? balancedPlan);
  const { commandLine, toolVersion, modelSha256, labels, preprocessing, cpu, layouts, singleHeader } = options;
  const prefix = prefixFrom(options.name);
  const kernels = selectKernels(program, plan, options);
  const vectors = goldenVectors(graph, options.selfTestVectors);
  const tolerance = floatTolerance;
  const cOptions = {
    prefix,
    commandLine,
    toolVersion,
    modelSha256,
    labels,
    preprocessing,
    vectors,
    tolerance,
    cpu,
    kernels,
    layouts,
    singleHeader,
  };
  const planning = planningOf({ program, plan }, cKernelNeeds, options.plan ?? balancedPlan);
  const place = options.estimateFor;
  let estimate: PackageEstimate | null = null;
  const estimateOf = (model: CPackageModel) => {
    estimate = place === null ? null : packageEstimate(model, place);
    return estimate;
  };
  const entries = { planning, generator: generator(toolVersion), graph: programGraph(program, graph, options.origin) };
  const { files, memory } = emitPackage(program, plan, cOptions, entries, false, estimateOf);
  return { program, plan, prefix, memory, planning, kernels, estimate, artifacts: files };
}

/**
 * One C package of several widths of an int8 model, on one set of weights and in one arena. The whole model is the last width, whether
 * or not it is among those of `nested`.
 */
export function convertNestedToC(nested: NestedModel, options: PackageOptions): CPackageFiles {
  const widths = widthsOf(nested).map(({ fraction, graph }) => {
    return { name: `${fraction}`, ...planProgram(graph, cKernelNeeds, options.plan ?? balancedPlan) };
  });
  const cOptions = {
    ...options,
    prefix: prefixFrom(options.name),
    vectors: goldenVectors(nested.graph, options.selfTestVectors),
    tolerance: floatTolerance,
    kernels: usualSelection,
  };
  const { program } = at(widths, widths.length - 1);
  const graph = programGraph(program, nested.graph, options.origin);
  return emitNestedPackage(widths, cOptions, { generator: generator(options.toolVersion), graph });
}

/** A WASM bundle of several widths. */
export interface NestedWasmConversion extends WasmConversion {
  readonly widths: EmittedWidths;
}

/**
 * One WASM bundle of several widths of a model, in one memory and one arena, whose weights and code travel once. The whole model is the last
 * width, whether or not it is among those of `nested`.
 */
export function convertNestedToWasm(nested: NestedModel, options: PackageOptions): NestedWasmConversion {
  if (options.plan?.feedRows) throw new ProblemError([fedWasm]);
  const planOptions = { ...(options.plan ?? latencyPlan), banks: null };
  const planned = widthsOf(nested).map(({ fraction, graph }) => {
    return { share: fraction, macs: summarize(graph).macs, ...planProgram(graph, wasmKernelNeeds, planOptions) };
  });
  const widths = emitWasmWidths(planned, options.wasmVariants);
  const { program, plan } = at(planned, planned.length - 1);
  const { name: packageName, wasmVariants: variants } = options;
  const files = wasmBundle(widths.whole, program, plan, { ...options, packageName, variants }, widths);
  const planning = planningOf({ program, plan }, wasmKernelNeeds, planOptions);
  const instructions = predictedInstructions(widths.whole, program.steps.length);
  const told = {
    graph: programGraph(program, nested.graph, options.origin),
    nested: {
      macs: summarize(nested.graph).macs,
      differenceBytes: widths.differences.length,
      widths: planned.slice(0, -1).map(({ share, macs, plan: { arenaBytes } }) => {
        return { name: `${share}`, arenaBytes, macs };
      }),
    },
  };
  const artifacts = [...files, manifest('wasm', program, plan, planning, options, instructions, told)];
  return { program, plan, modules: widths.whole, widths, planning, artifacts };
}

/** All widths of a model, from the narrowest to the whole one. */
function widthsOf({ widths, graph }: NestedModel): readonly { readonly fraction: number; readonly graph: Graph }[] {
  return [...widths.filter(({ fraction }) => fraction < 1), { fraction: 1, graph }];
}

/** How the layers of a C package are written, by what the options say of its place. */
export function selectKernels(
  program: Program,
  plan: MemoryPlan,
  options: Pick<PackageOptions, 'kernels' | 'plan' | 'cpu'>,
): KernelSelection {
  const { cpu, flashBytes, tuned } = options.kernels;
  const own = options.cpu ?? cpu ?? usualCpu;
  const codeBytes = flashBytes === null ? 0 : packageUse(program, plan).codeBytesOn(own);
  const goal = (options.plan ?? balancedPlan).kernels;
  return chooseKernels(program, plan, { goal, cpu: options.cpu ?? cpu, flashBytes, codeBytes, tuned });
}

/** The WASM bundle of an optimized graph. Throws ProblemError with every step that has no WASM kernel, and for input by rows. */
export function convertToWasm(graph: Graph, options: PackageOptions): WasmConversion {
  if (options.plan?.feedRows) throw new ProblemError([fedWasm]);
  const planOptions = { ...(options.plan ?? latencyPlan), banks: null };
  const needs = wasmNeedsFor(graph, planOptions);
  const { program, plan } = planProgram(graph, needs, planOptions);
  const modules = emitWasmVariants(program, plan, options.wasmVariants);
  const { name: packageName, wasmVariants: variants } = options;
  const wasmOptions = { ...options, packageName, variants };
  const files = wasmBundle(modules, program, plan, wasmOptions);
  const planning = planningOf({ program, plan }, needs, planOptions);
  const instructions = predictedInstructions(modules, program.steps.length);
  const told = { ...layerTimes(options), graph: programGraph(program, graph, options.origin) };
  const artifacts = [...files, manifest('wasm', program, plan, planning, options, instructions, told)];
  return { program, plan, modules, planning, artifacts };
}

/** What of the time on the phone that a bundle is for each layer takes. */
function layerTimes({ webLayersUs }: PackageOptions): { readonly layersUs?: readonly number[] } {
  return webLayersUs === null ? {} : { layersUs: webLayersUs };
}

/** What the layers of each variant execute; loops that data ends and ways that it chooses count in the mean. */
function predictedInstructions({ modules }: EmittedVariants, steps: number): PredictedInstructions {
  return Object.fromEntries(
    modules.map(({ variant, module }) => [
      variant,
      moduleInstructions(module, steps).map((counts) => Math.round(instructionTotal(counts))),
    ]),
  );
}

const fedWasm: Problem = {
  code: 'feed-rows',
  where: '--feed-rows',
  what: 'a WASM module takes its inputs whole',
  advice: 'leave the option out, or convert to C',
};

export const storedC: Problem = {
  code: 'weights-c',
  where: '--weights',
  what: 'a C package reads its weights where they lie, in flash, and has no memory to expand them in',
  advice: 'leave the option out, or quantize the model to int8',
};

type Importer = (bytes: Uint8Array, name: string, fileName: string, options: ImportOptions) => Imported;

const importers: { readonly [F in ReturnType<typeof sniffFormat>['format']]: Importer } = {
  tflite: (bytes, name, _, options) => {
    refuseShapes(options);
    return withoutNotes(importTflite(bytes, name, options));
  },
  onnx: (bytes, name, _, options) => importOnnxWithNotes(bytes, name, options),
  h5: (bytes, name, _, options) => withoutNotes(importKerasH5(bytes, name, options)),
  keras: (bytes, name, _, options) => withoutNotes(importKerasArchive(bytes, name, options)),
  'keras-json': (bytes, name, fileName, options) =>
    withoutNotes(importKerasJson(parseJson(bytes, fileName, 'keras'), name, options)),
  tfjs: (bytes, name, _, options) => {
    const model = readTfjs(bytes, options);
    if (model.kind === 'graph') return withoutNotes(importTfjsGraph(model, name, options));
    const version = versionOf(model.kerasVersion);
    return withoutNotes(importKerasModel(model.config, version, () => flatScope(model.weights), name, options));
  },
};

const withoutNotes = (graph: Graph): Imported => ({ graph, notes: [] });

/** Layers of Keras and TensorFlow.js become several tensors, which have no names of the user's own to cut at. */
function refuseCut({ inputs, outputs }: ImportOptions): void {
  const problems = [...inputs.map((name) => `--inputs ${name}`), ...outputs.map((name) => `--outputs ${name}`)].map(
    (where) => ({
      code: 'cut-format',
      where,
      what: 'only ONNX and TFLite models are cut',
      advice: 'cut the model in its framework, or export it as TFLite',
    }),
  );
  if (problems.length > 0) throw new ProblemError(problems);
}

function refuseFixed({ fixed }: ImportOptions): void {
  const problems = [...fixed.keys()].map((name) => ({
    code: 'fix-format',
    where: `--fix ${name}`,
    what: 'only inputs of ONNX models are fixed',
    advice: 'make it a constant of the model in its framework',
  }));
  if (problems.length > 0) throw new ProblemError(problems);
}

/** TFLite files leave no shape open. */
function refuseShapes({ shapes, dims }: ImportOptions): void {
  const names = [
    ...[...shapes.keys()].map((name) => `--shape ${name}`),
    ...[...dims.keys()].map((name) => `--dim ${name}`),
  ];
  if (names.length === 0) return;
  throw new ProblemError(
    names.map((where) => ({
      code: 'fixed-shape',
      where,
      what: 'a TFLite model has fixed shapes',
      advice: 'leave the option out',
    })),
  );
}

/** The file name without folders and ending. */
export function modelName(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? '';
  return base.replace(/\.[A-Za-z0-9]+$/, '') || 'model';
}
