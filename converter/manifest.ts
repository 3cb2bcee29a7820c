import { type Artifact, textArtifact } from './backends/artifact.ts';
import { preprocessingEntry } from './ir/preprocessing.ts';
import type { PackageOptions } from './package-options.ts';
import type { Planning } from './plan/outcome.ts';
import type { MemoryPlan } from './plan/plan.ts';
import { int4Of, type Program, type ProgramPort, type Step } from './plan/program.ts';
import { storageText } from './tensor/weight-storage.ts';

/** The file that marks a folder as written by thimble, and tells where it comes from. */
export const manifestPath = 'thimble.json';

/** The entry `generator` of every `thimble.json`, by which its folder is known as ours. */
export function generator(toolVersion: string): string {
  return `thimble ${toolVersion}`.trimEnd();
}

/** Instructions that each layer executes in a run, as predicted, for each variant of the code. */
export type PredictedInstructions = { readonly [variant: string]: readonly number[] };

/**
 * `thimble.json` of a package: where it comes from, inputs and outputs with their quantization, the memory plan, and what layers execute.
 * The same program, plan and options give the same bytes.
 *
 * @param more further entries
 */
export function manifest(
  kind: 'c' | 'wasm',
  program: Program,
  plan: MemoryPlan,
  planning: Planning,
  options: PackageOptions,
  instructions: PredictedInstructions = {},
  more: Readonly<Record<string, unknown>> = {},
): Artifact {
  const predicted = Object.entries(instructions);
  const value = {
    generator: generator(options.toolVersion),
    command: options.commandLine,
    kind,
    name: options.name,
    model: { sha256: options.modelSha256, producer: program.producer },
    rounding: program.rounding,
    ...storageJson(program),
    inputs: program.inputs.map(portJson),
    outputs: program.outputs.map(portJson),
    labels: options.labels,
    ...preprocessingEntry(options.preprocessing),
    ...(options.webEstimate === null ? {} : { estimate: options.webEstimate }),
    planning,
    plan: {
      arenaBytes: plan.arenaBytes,
      ...(plan.stateBytes === 0 ? {} : { stateBytes: plan.stateBytes }),
      arenaAlignment: plan.arenaAlignment,
      lowerBoundBytes: plan.lowerBoundBytes,
      buffers: plan.placements.map(({ buffer, lifetime, offset }) => {
        return { name: buffer.name, kind: buffer.kind, offset, bytes: buffer.bytes, ...lifetime };
      }),
    },
    ...(predicted.length === 0 ? {} : { instructions: Object.fromEntries(predicted.map(totalOf)) }),
    layers: program.steps.map((step, i) => {
      const own = Object.fromEntries(predicted.map(([variant, layers]) => [variant, layers[i] ?? 0]));
      const counts = predicted.length === 0 ? {} : { instructions: own };
      return { name: step.name, operator: step.op.type, ...weightsEntry(step), ...counts };
    }),
    ...more,
  };
  return textArtifact(manifestPath, `${JSON.stringify(value, null, 2)}\n`);
}

function totalOf([variant, layers]: readonly [string, readonly number[]]): readonly [string, number] {
  return [variant, layers.reduce((sum, count) => sum + count, 0)];
}

/** How the weights of a layer are kept, where they have 4 bits: `"weights": "int4, groups of 32"`. */
function weightsEntry(step: Step): { readonly weights?: string } {
  const storage = int4Of(step);
  return storage === null ? {} : { weights: storageText(storage) };
}

/** How float weights are kept, where they were rounded for it. */
function storageJson({ steps }: Program): { readonly weights?: string } {
  const constants = steps.flatMap(({ inputs }) =>
    inputs.flatMap((input) => (input.kind === 'constant' ? [input] : [])),
  );
  const storage = constants.find(({ storage }) => storage !== null && storage.kind !== 'int4')?.storage;
  return storage === undefined || storage === null ? {} : { weights: storage.kind };
}

function portJson({ name, operand }: ProgramPort) {
  const { dtype, shape, quantization: q } = operand.type;
  const quantized = q.kind === 'per-tensor' ? { scale: q.scale, zeroPoint: q.zeroPoint } : {};
  return { name, dtype, shape, ...quantized };
}
