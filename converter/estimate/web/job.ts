import { encodeModule, type WasmModule } from '../../backends/wasm/assembler/index.ts';
import { instructionClasses } from '../../backends/wasm/counts/instructions.ts';
import {
  type EmittedVariants,
  emitWasmVariants,
  type ModuleLayout,
  type VariantModule,
} from '../../backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../backends/wasm/needs.ts';
import { wasmNeedsFor } from '../../backends/wasm/threads/needs-for.ts';
import { threadLimits } from '../../backends/wasm/threads/parts.ts';
import { type Variant, variants } from '../../backends/wasm/variant.ts';
import { latencyPlan } from '../../plan/options.ts';
import { planProgram } from '../../plan/plan-program.ts';
import { type WebLayer, webLayers } from './layers.ts';
import { chainProbe, loadProbe, type Probe } from './probes.ts';
import {
  type SyntheticKind,
  syntheticArithmetics,
  syntheticKinds,
  syntheticLayers,
  syntheticNetwork,
} from './synthetic.ts';

/** Where bytes lie behind the header. */
export type Span = readonly [offset: number, length: number];

/** One code of one layer. */
export interface JobLayer {
  readonly kind: WebLayer['kind'];
  readonly arithmetic: WebLayer['arithmetic'];
  /** The variant that the code is made for, which decides whether an engine runs it. */
  readonly variant: Variant;
  /** The variants that this is the code of. */
  readonly serves: readonly Variant[];
  /** In the order of `instructionClasses`. */
  readonly counts: readonly number[];
  readonly macs: number;
  readonly constantBytes: number;
  readonly activationBytes: number;
  readonly module: Span;
  readonly constants: Span;
  /** Pages of memory that it needs. */
  readonly pages: number;
  readonly weightAddress: number;
  readonly inputs: readonly { readonly address: number; readonly bytes: number; readonly isFloat: boolean }[];
}

/** A model that is timed beside the layers, to see how well it is predicted. */
export interface JobModel
  extends Omit<JobLayer, 'kind' | 'arithmetic' | 'serves' | 'counts' | 'macs' | 'constantBytes' | 'activationBytes'> {
  readonly id: string;
}

/** Layers that several threads share: a module that imports a shared memory, for the loader's threads. */
export interface JobThreads extends Omit<JobModel, 'id'> {
  /** Address of the words by which threads share a run. */
  readonly control: number;
  /** The byte of the module that is 3 where its memory is shared. */
  readonly sharedFlagAt: number;
}

/** A loop that shows what the device can do at most. */
export interface JobProbe {
  readonly module: Span;
  /** What `run(1)` does: instructions of a chain, or bytes. */
  readonly amount: number;
}

/** What a device is asked to time: `cli/profile/device/measure.js` reads it. */
export interface Job {
  readonly format: 'thimble-profile-job';
  readonly version: 1;
  readonly layers: readonly JobLayer[];
  readonly models: readonly JobModel[];
  /** Empty, or the codes of one network, the quickest first. */
  readonly threads: readonly JobThreads[];
  readonly chain: JobProbe;
  readonly loads: readonly JobProbe[];
}

/** For modules that run in one thread whatever their size. */
export const neverDivided = { ...threadLimits, modelNs: Number.POSITIVE_INFINITY };

/** What is timed. */
export interface JobSize {
  readonly kinds: readonly SyntheticKind[];
  /** Layers of each kind and arithmetic. */
  readonly count: number;
  readonly withThreads: boolean;
}

export const wholeJob: JobSize = { kinds: syntheticKinds, count: 14, withThreads: true };

/** A job of a few seconds, for tests. */
export const shortJob: JobSize = { kinds: ['pointwise', 'depthwise', 'add'], count: 3, withThreads: false };

/** Sizes that loads go over: within caches of all levels, and beyond them. */
const loadSizes: readonly number[] = [2 ** 14, 2 ** 17, 2 ** 19, 2 ** 21, 2 ** 23, 2 ** 25];

/** A model for {@link webJob}. */
export interface ModelToTime {
  readonly id: string;
  readonly emitted: EmittedVariants;
}

/** The job and the bytes that it refers to, with models that are timed in the same rounds. */
export function webJob(
  { kinds, count, withThreads }: JobSize,
  models: readonly ModelToTime[] = [],
): { readonly job: Job; readonly bytes: Uint8Array<ArrayBuffer> } {
  const pieces = new Pieces();
  const layers = kinds.flatMap((kind) =>
    syntheticArithmetics.flatMap((arithmetic) =>
      syntheticLayers(kind, arithmetic, count).flatMap(({ graph }) => jobLayers(graph, pieces)),
    ),
  );
  const probe = ({ module, amount }: Probe): JobProbe => ({ module: pieces.add(module), amount });
  const loads = loadSizes.map((bytes) => probe(loadProbe(bytes)));
  const job: Job = {
    format: 'thimble-profile-job',
    version: 1,
    layers,
    models: models.flatMap(({ id, emitted }) => {
      const constants = pieces.add(emitted.constants);
      return emitted.modules.map((module) => ({ id, constants, ...placesOf(emitted.layout, module, pieces) }));
    }),
    threads: withThreads ? jobThreads(pieces) : [],
    chain: probe(chainProbe()),
    loads,
  };
  return { job, bytes: pieces.joined() };
}

function jobLayers(graph: Parameters<typeof planProgram>[0], pieces: Pieces): readonly JobLayer[] {
  const { program, plan } = planProgram(graph, wasmKernelNeeds);
  const emitted = emitWasmVariants(program, plan, variants, neverDivided);
  const constants = pieces.add(emitted.constants);
  return emitted.modules.flatMap((module, i): JobLayer[] => {
    const [layer, ...others] = webLayers(program, module.module);
    // A layer that the planner has made several steps of, or none, says nothing of its kind.
    if (layer === undefined || others.length > 0) return [];
    return [
      {
        ...layerEntry(layer),
        ...placesOf(emitted.layout, module, pieces),
        constants,
        serves: served(emitted.modules, i),
      },
    ];
  });
}

function jobThreads(pieces: Pieces): readonly JobThreads[] {
  const graph = syntheticNetwork();
  const { program, plan } = planProgram(graph, wasmNeedsFor(graph, latencyPlan));
  const { layout, constants: weights, modules } = emitWasmVariants(program, plan);
  const { controlAddress, pages } = layout;
  if (controlAddress === null) return [];
  const constants = pieces.add(weights);
  return modules.flatMap((module): JobThreads[] => {
    const { sharedFlagAt } = module;
    if (sharedFlagAt === null) return [];
    const code = { module: pieces.add(module.bytes), constants, pages };
    return [{ ...placesOf(layout, module, pieces), ...code, control: controlAddress, sharedFlagAt }];
  });
}

function layerEntry({ kind, arithmetic, counts, macs, constantBytes, activationBytes }: WebLayer) {
  return {
    kind,
    arithmetic,
    counts: instructionClasses.map((name) => counts[name]),
    macs,
    constantBytes,
    activationBytes,
  };
}

/**
 * The module with the memory of the embedder, which all layers have in turns: a page cannot have hundreds of memories, as engines keep
 * gigabytes of addresses for each.
 */
function memoryImported({ memory: _, ...module }: WasmModule, pages: number): WasmModule {
  const name = { module: 'thimble', field: 'memory', name: 'memory' };
  return { ...module, imports: [{ kind: 'memory', ...name, limits: { minPages: pages } }] };
}

function placesOf({ pages, weightAddress, inputs }: ModuleLayout, { variant, module }: VariantModule, pieces: Pieces) {
  return {
    variant,
    module: pieces.add(encodeModule(memoryImported(module, pages), { names: false })),
    pages,
    weightAddress,
    inputs: inputs.map((input) => {
      return { address: input.address, bytes: input.bytes, isFloat: input.type.dtype === 'float32' };
    }),
  };
}

/** A code that is missing is that of the next plainer variant. */
function served(modules: readonly VariantModule[], index: number): readonly Variant[] {
  const before = modules[index - 1];
  const from = before === undefined ? 0 : variants.indexOf(before.variant) + 1;
  const own = modules[index];
  return variants.slice(from, own === undefined ? from : variants.indexOf(own.variant) + 1);
}

/** Bytes one after the other. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  add(bytes: Uint8Array): Span {
    const span = [this.#length, bytes.length] as const;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    return span;
  }

  joined(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}
