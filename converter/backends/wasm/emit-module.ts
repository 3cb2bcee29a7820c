import { at } from '../../ops/definition.ts';
import { type MemoryPlan, operandOffset } from '../../plan/plan.ts';
import { type ArenaOperand, type Program, workOf } from '../../plan/program.ts';
import { invariant, ProblemError } from '../../problem.ts';
import { toBytes } from '../../tensor/dtype.ts';
import { byteSize, type TensorType } from '../../tensor/tensor.ts';
import { abiOf, abiSection } from './abi.ts';
import { encodeModule, ModuleBuilder, type WasmModule } from './assembler/index.ts';
import { ConstantPool, equalBytes, roundUp } from './constant-pool.ts';
import { emitCalls } from './define-calls.ts';
import { defineEntryPoints, emitWork } from './emit-work.ts';
import { alignmentBytes, type PendingCall, readSlackBytes } from './kernel.ts';
import { wasmKernelNeeds, wasmProblems } from './needs.ts';
import { outputOf } from './operand.ts';
import { defineReset } from './reset.ts';
import { Library } from './routine.ts';
import { defineExpand, type ShippedConstants, shippedConstants } from './storage/shipped.ts';
import { controlBytes, defineThreads } from './threads/define-threads.ts';
import { importedMemory, ownMemory, sharedFlagAt } from './threads/memory.ts';
import { isDivided, type ThreadLimits, threadLimits } from './threads/parts.ts';
import { type Variant, variantSection, variants } from './variant.ts';

/** Bytes of a page of WebAssembly memory. */
const pageBytes = 65536;

/** The words of threads begin at a cache line. */
const controlAlignment = 64;

/** A tensor in linear memory. */
export interface TensorPlace {
  readonly name: string;
  readonly type: TensorType;
  /** Address in linear memory, a multiple of 16; what is copied into a part of a concat is a multiple of its elements' size. */
  readonly address: number;
  readonly bytes: number;
}

/** Where everything lies in the linear memory of an emitted module. */
export interface ModuleLayout {
  /** Pages of the memory; it neither grows nor shrinks. */
  readonly pages: number;
  /** Bytes of weights and tables, which lie in front of the arena. */
  readonly constantBytes: number;
  /** Where what is shipped of them is put: 0, or behind what `expand` makes of it. */
  readonly weightAddress: number;
  readonly arenaAddress: number;
  readonly arenaBytes: number;
  /** Where the words lie by which threads share a run; null where the model is too small for threads, or streams rows. */
  readonly controlAddress: number | null;
  /** Bytes at the start of the arena that stay from run to run; the module exports `reset` where there are any. */
  readonly stateBytes: number;
  readonly inputs: readonly TensorPlace[];
  readonly outputs: readonly TensorPlace[];
  /**
   * The output of every step, in order: valid after `step(i)` until a later step overwrites it. Null for what passes through a
   * stream row by row. The first step of a stream does all of it, the others do nothing.
   */
  readonly steps: readonly (TensorPlace | null)[];
}

/** A module that exports `memory`, `run()`, `step(index)`, with states `reset()`, and perhaps `signed()` and `expand()`, with the places of its tensors. */
export interface EmittedModule {
  readonly variant: Variant;
  /** The module with its weights in it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly module: WasmModule;
  readonly layout: ModuleLayout;
}

/** The modules of a model, which share weights and places. */
export interface EmittedVariants {
  readonly layout: ModuleLayout;
  /** Weights and tables: what is put to `layout.weightAddress` before a module runs, or before it expands them. */
  readonly constants: Uint8Array;
  /** The modules, the quickest first. Code that would be that of a plainer variant is left out. */
  readonly modules: readonly VariantModule[];
}

/** A module without weights. */
export interface VariantModule {
  readonly variant: Variant;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly module: WasmModule;
  /** The byte that is 1 where the memory, which is imported then, is not shared, and 3 where it is; null without threads. */
  readonly sharedFlagAt: number | null;
}

/**
 * Emits the model as one module with its weights. `run()` computes the outputs from the inputs in memory; `step(i)` computes one step
 * alone, so that `verify` can look at what lies between. `signed()`, where it is there, must be called once where the dot product takes
 * both operands as signed. Throws ProblemError with everything that has no kernel.
 */
export function emitWasmModule(
  program: Program,
  plan: MemoryPlan,
  variant: Variant = 'simd128',
  limits: ThreadLimits = threadLimits,
): EmittedModule {
  refuse(program);
  const constants = new ConstantPool();
  const divide = isDivided(program, plan, wasmKernelNeeds, limits) ? limits : null;
  const choice = { variant, divide, hasWeights: true, importsMemory: false };
  const pending = emitWorks(program, plan, constants, choice);
  const shipped = shippedConstants(constants);
  const layout = layoutOf(program, plan, constants.end, shipped, false);
  const module = pending.finish(layout, shipped);
  return { variant, bytes: encodeModule(module), module, layout };
}

/** Emits the model once for each variant. Throws ProblemError with everything that has no kernel. */
export function emitWasmVariants(
  program: Program,
  plan: MemoryPlan,
  wanted: readonly Variant[] = variants,
  limits: ThreadLimits = threadLimits,
): EmittedVariants {
  refuse(program);
  const constants = new ConstantPool();
  const divide = isDivided(program, plan, wasmKernelNeeds, limits) ? limits : null;
  // A shared memory is made by the embedder, for all threads.
  const pending = pendingVariants(program, plan, constants, { wanted, divide, importsMemory: divide !== null });
  const shipped = shippedConstants(constants);
  const layout = layoutOf(program, plan, constants.end, shipped, divide !== null);
  return { layout, constants: shipped.bytes, modules: withoutTwins(pending.finish(layout, shipped)) };
}

/** The modules of all variants, which are there when the addresses are known. */
export interface PendingVariants {
  finish(layout: ModuleLayout, shipped: ShippedConstants): readonly VariantModule[];
}

/** What modules without weights are written for. */
export interface VariantsChoice {
  readonly wanted: readonly Variant[];
  /** How work is divided; null where it is not. */
  readonly divide: ThreadLimits | null;
  /** Whether the embedder makes the memory. */
  readonly importsMemory: boolean;
}

/** Emits each of the wanted variants; their weights go to `constants`. */
export function pendingVariants(
  program: Program,
  plan: MemoryPlan,
  constants: ConstantPool,
  { wanted, divide, importsMemory }: VariantsChoice,
): PendingVariants {
  const pending = variants
    .filter((variant) => wanted.includes(variant))
    .map((variant) => {
      const choice = { variant, divide, hasWeights: false, importsMemory };
      return { variant, works: emitWorks(program, plan, constants, choice) };
    });
  return {
    finish: (layout, shipped) =>
      pending.map(({ variant, works }) => {
        const module = works.finish(layout, shipped);
        const bytes = encodeModule(module, { names: false });
        return { variant, bytes, module, sharedFlagAt: divide === null ? null : sharedFlagAt(module, bytes) };
      }),
  };
}

/** The modules whose code is not that of a plainer variant. */
export function withoutTwins(modules: readonly VariantModule[]): readonly VariantModule[] {
  const codes = modules.map(({ module }) => encodeModule({ ...module, customs: [] }, { names: false }));
  return modules.filter((_, i) => !codes.slice(i + 1).some((other) => equalBytes(at(codes, i), other)));
}

/** Throws ProblemError with everything that has no kernel. */
export function refuse(program: Program): void {
  const problems = wasmProblems(program);
  if (problems.length > 0) throw new ProblemError(problems);
}

/** The code of a variant, which is there when the addresses are known. */
interface PendingModule {
  finish(layout: ModuleLayout, constants: ShippedConstants): WasmModule;
}

interface ModuleChoice {
  readonly variant: Variant;
  /** How work is divided; null where it is not. */
  readonly divide: ThreadLimits | null;
  /** Whether the module itself puts the constants into its memory; else the embedder does, and calls `expand`. */
  readonly hasWeights: boolean;
  /** Whether the embedder makes the memory. */
  readonly importsMemory: boolean;
}

function emitWorks(
  program: Program,
  plan: MemoryPlan,
  constants: ConstantPool,
  { variant, divide, hasWeights, importsMemory }: ModuleChoice,
): PendingModule {
  const builder = new ModuleBuilder(program.name);
  const library = new Library(builder, variant);
  if (importsMemory) builder.importMemory('thimble', 'memory', { minPages: 0 });
  else builder.memory('memory', { minPages: 0 });
  builder.exportMemory('memory');
  const signed: PendingCall[] = [];
  const pending = emitWork({ program, plan, library, constants, signed }, divide);
  const initials = program.states.map(({ initial }) => (initial === null ? null : constants.add(toBytes(initial))));
  return {
    finish(layout, shipped) {
      const { pages, arenaAddress, controlAddress } = layout;
      const work = pending.map(({ define }) => define(builder, arenaAddress));
      defineEntryPoints(builder, program.steps.length, work);
      if (controlAddress !== null) defineThreads(builder, work, controlAddress);
      const states = program.states.map(({ operand }, i) => {
        const address = arenaAddress + operandOffset(plan, operand);
        return { address, bytes: byteSize(operand.type), initial: initials[i] ?? null };
      });
      if (states.length > 0) defineReset(builder, states);
      if (signed.length > 0) defineSigned(builder, signed, library);
      const expand = shipped.isStream ? defineExpand(builder, library, shipped) : null;
      if (hasWeights && shipped.bytes.length > 0) builder.data('constants', shipped.bytes, shipped.address);
      if (hasWeights && expand !== null) builder.start(expand);
      builder.custom(variantSection, new TextEncoder().encode(variant));
      if (!hasWeights) builder.custom(abiSection, new TextEncoder().encode(abiOf(layout, shipped.bytes)));
      return importsMemory ? importedMemory(builder.build(), pages) : ownMemory(builder.build(), pages);
    },
  };
}

/**
 * `signed`: makes the module fit a dot product that takes both operands as signed; of instances that share a memory, only
 * the first one changes the weights.
 */
function defineSigned(builder: ModuleBuilder, calls: readonly PendingCall[], library: Library): void {
  builder.function('signed', { params: { withWeights: 'i32' }, export: 'signed' }, (f, { withWeights }) => {
    library.emitSigned(f);
    f.if(withWeights, () => emitCalls(f, calls, 0));
  });
}

/** Where everything lies behind `constantBytes` of weights and tables, in an arena of `arenaBytes`. */
export function layoutOf(
  program: Program,
  plan: MemoryPlan,
  constantBytes: number,
  { bytes, address: weightAddress }: ShippedConstants,
  hasThreads: boolean,
  arenaBytes: number = plan.arenaBytes,
): ModuleLayout {
  const arenaAddress = roundUp(constantBytes, alignmentBytes);
  const arenaEnd = roundUp(arenaAddress + arenaBytes + readSlackBytes, controlAlignment);
  const end = hasThreads ? arenaEnd + controlBytes(workOf(program).length) : arenaEnd;
  const pages = Math.ceil(Math.max(end, weightAddress + bytes.length + readSlackBytes) / pageBytes);
  invariant(pages <= 65536, `a memory of ${pages} pages does not exist`);
  const place = (name: string, operand: ArenaOperand): TensorPlace => {
    const { type } = operand;
    return { name, type, address: arenaAddress + operandOffset(plan, operand), bytes: byteSize(type) };
  };
  return {
    pages,
    constantBytes,
    weightAddress,
    arenaAddress,
    arenaBytes,
    controlAddress: hasThreads ? arenaEnd : null,
    stateBytes: plan.stateBytes,
    inputs: program.inputs.map(({ name, operand }) => place(name, operand)),
    outputs: program.outputs.map(({ name, operand }) => place(name, operand)),
    steps: program.steps.map((step) => {
      const output = outputOf(step);
      return plan.placements.some(({ buffer }) => buffer.id === output.buffer) ? place(output.name, output) : null;
    }),
  };
}
