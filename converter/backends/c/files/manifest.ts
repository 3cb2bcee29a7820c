import { createHash } from 'node:crypto';
import { preprocessingEntry } from '../../../ir/preprocessing.ts';
import { int4Of, type ProgramPort, type Step } from '../../../plan/program.ts';
import { byteSize } from '../../../tensor/tensor.ts';
import { storageText } from '../../../tensor/weight-storage.ts';
import type { Artifact } from '../../artifact.ts';
import { memoryUse } from '../memory-use.ts';
import type { COptions } from '../options.ts';
import type { CPackageModel } from '../package.ts';
import type { Feed } from '../stream/feed.ts';
import { feedWork } from './feed.ts';

/** `thimble.json`: what the package was made from and what is in it, with a hash of every other file. */
export function manifest(
  model: CPackageModel,
  options: COptions,
  files: readonly Artifact[],
  entries: Readonly<Record<string, unknown>>,
): string {
  const { program, plan } = model;
  const work = feedWork(model);
  return JSON.stringify(
    {
      tool: { name: 'thimble', version: options.toolVersion, commandLine: options.commandLine },
      model: { name: program.name, producer: program.producer, sha256: options.modelSha256 },
      prefix: model.prefix,
      rounding: program.rounding,
      ...(options.cpu === null ? {} : { cpu: options.cpu }),
      inputs: program.inputs.map((port) => ({
        ...portEntry(port),
        ...(work === null ? {} : { fed: fedEntry(work.feed) }),
      })),
      outputs: program.outputs.map(portEntry),
      layers: program.steps.map((step) => ({
        ...{ index: step.index, operator: step.op.type, name: step.name },
        ...weightsEntry(step),
      })),
      ...preprocessingEntry(options.preprocessing),
      ...kernelEntries(options),
      macs: model.macs,
      memory: memoryUse(model, options.cpu),
      plan: {
        arenaBytes: plan.arenaBytes,
        ...(plan.stateBytes === 0 ? {} : { stateBytes: plan.stateBytes }),
        arenaAlignment: plan.arenaAlignment,
        lowerBoundBytes: plan.lowerBoundBytes,
        ...(plan.banks.length === 0 ? {} : { banks: plan.banks }),
        buffers: plan.placements.map(({ buffer, lifetime, offset, bank }) => ({
          ...{ name: buffer.name, kind: buffer.kind, ...(plan.banks.length === 0 ? {} : { bank }) },
          ...{ offset, bytes: buffer.bytes },
          ...{ firstStep: lifetime.start, endStep: lifetime.end },
        })),
      },
      ...entries,
      files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length, sha256: sha256(bytes) })),
    },
    null,
    2,
  );
}

/** How each layer is written that could be written in another way; nothing where none was chosen. */
function kernelEntries({ kernels: { choices, decisions } }: COptions) {
  if (choices.size === 0) return {};
  return { kernels: decisions.filter(({ by }) => by !== 'usual') };
}

/** How the weights of a layer are kept, where they have 4 bits. */
function weightsEntry(step: Step): { readonly weights?: string } {
  const storage = int4Of(step);
  return storage === null ? {} : { weights: storageText(storage) };
}

function fedEntry({ rows, rowBytes, rowElements, keptRows }: Feed) {
  return { rows, rowBytes, rowElements, keptRows };
}

function portEntry({ name, operand: { type } }: ProgramPort) {
  return { name, dtype: type.dtype, shape: type.shape, bytes: byteSize(type), quantization: type.quantization };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
