import { type MemoryPlan, operandOffset } from '../../plan/plan.ts';
import { type ArenaOperand, type Program, type Step, type Work, workOf } from '../../plan/program.ts';
import { invariant, ProblemError } from '../../problem.ts';
import { toBytes } from '../../tensor/dtype.ts';
import { byteSize, type TensorType } from '../../tensor/tensor.ts';
import {
  encodeModule,
  type FunctionBuilder,
  type FunctionRef,
  ModuleBuilder,
  type Parameters,
  type WasmModule,
} from './assembler/index.ts';
import { ConstantPool, equalBytes, roundUp } from './constant-pool.ts';
import { type EmissionContext, emitStep, wholePlaces } from './emit-step.ts';
import { alignmentBytes, type CallValue, type PendingCall, readSlackBytes } from './kernel.ts';
import { wasmProblems } from './needs.ts';
import { outputOf } from './operand.ts';
import { defineReset } from './reset.ts';
import { Library } from './routine.ts';
import { defineStream } from './stream/define-stream.ts';
import { emitStream } from './stream/emit-stream.ts';
import { emitSwitch } from './switch.ts';
import { type Variant, variantSection, variants } from './variant.ts';

/** Bytes of a page of WebAssembly memory. */
const pageBytes = 65536;

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
  readonly arenaAddress: number;
  readonly arenaBytes: number;
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

/** A module that exports `memory`, `run()`, `step(index)`, with states `reset()`, and perhaps `signed()`, with the places of its tensors. */
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
  /** Weights and tables: what stands at the start of the memory before a module runs. */
  readonly constants: Uint8Array;
  /** The modules, the quickest first. Code that would be that of a plainer variant is left out. */
  readonly modules: readonly VariantModule[];
}

/** A module without weights. */
export interface VariantModule {
  readonly variant: Variant;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Emits the model as one module with its weights. `run()` computes the outputs from the inputs in memory; `step(i)` computes one step
 * alone, so that `verify` can look at what lies between. `signed()`, where it is there, must be called once where the dot product takes
 * both operands as signed. Throws ProblemError with everything that has no kernel.
 */
export function emitWasmModule(program: Program, plan: MemoryPlan, variant: Variant = 'simd128'): EmittedModule {
  refuse(program);
  const constants = new ConstantPool();
  const pending = emitWorks(program, plan, variant, constants);
  const layout = layoutOf(program, plan, constants.bytes);
  const module = pending.finish(layout, constants.image());
  return { variant, bytes: encodeModule(module), module, layout };
}

/** Emits the model once for each variant. Throws ProblemError with everything that has no kernel. */
export function emitWasmVariants(
  program: Program,
  plan: MemoryPlan,
  wanted: readonly Variant[] = variants,
): EmittedVariants {
  refuse(program);
  const constants = new ConstantPool();
  const chosen = variants.filter((variant) => wanted.includes(variant));
  const pending = chosen.map((variant) => ({ variant, works: emitWorks(program, plan, variant, constants) }));
  const layout = layoutOf(program, plan, constants.bytes);
  const finished = pending.map(({ variant, works }) => ({ variant, module: works.finish(layout, null) }));
  const codes = finished.map(({ module }) => encodeModule({ ...module, customs: [] }, { names: false }));
  const modules = finished.flatMap(({ variant, module }, i): VariantModule[] => {
    const code = codes[i];
    const isPlainer = codes.slice(i + 1).some((other) => code !== undefined && equalBytes(code, other));
    return isPlainer ? [] : [{ variant, bytes: encodeModule(module, { names: false }) }];
  });
  return { layout, constants: constants.image(), modules };
}

function refuse(program: Program): void {
  const problems = wasmProblems(program);
  if (problems.length > 0) throw new ProblemError(problems);
}

/** The code of a variant, which is there when the addresses are known. */
interface PendingModule {
  /** @param constants what the module itself puts into its memory; null where the embedder does */
  finish(layout: ModuleLayout, constants: Uint8Array | null): WasmModule;
}

function emitWorks(program: Program, plan: MemoryPlan, variant: Variant, constants: ConstantPool): PendingModule {
  const builder = new ModuleBuilder(program.name);
  const library = new Library(builder, variant);
  builder.memory('memory', { minPages: 0 });
  builder.exportMemory('memory');
  const signed: PendingCall[] = [];
  const pending = workOf(program).map((work) => emitWork(work, { program, plan, library, constants, signed }));
  const initials = program.states.map(({ initial }) => (initial === null ? null : constants.add(toBytes(initial))));
  return {
    finish({ pages, arenaAddress }, image) {
      const work = pending.map(({ step, define }) => ({ step, ref: define(builder, arenaAddress) }));
      defineEntryPoints(builder, program.steps.length, work);
      const states = program.states.map(({ operand }, i) => {
        const address = arenaAddress + operandOffset(plan, operand);
        return { address, bytes: byteSize(operand.type), initial: initials[i] ?? null };
      });
      if (states.length > 0) defineReset(builder, states);
      if (signed.length > 0) defineSigned(builder, signed, library);
      if (image !== null && image.length > 0) builder.data('constants', image, 0);
      builder.custom(variantSection, new TextEncoder().encode(variant));
      const memory = { name: 'memory', limits: { minPages: pages, maxPages: pages } };
      return { ...builder.build(), memory };
    },
  };
}

/** `signed`: makes the module fit a dot product that takes both operands as signed. */
function defineSigned(builder: ModuleBuilder, calls: readonly PendingCall[], library: Library): void {
  builder.function('signed', { export: 'signed' }, (f) => {
    library.emitSigned(f);
    emitCalls(f, calls, 0);
  });
}

function layoutOf(program: Program, plan: MemoryPlan, constantBytes: number): ModuleLayout {
  const arenaAddress = roundUp(constantBytes, alignmentBytes);
  const pages = Math.ceil((arenaAddress + plan.arenaBytes + readSlackBytes) / pageBytes);
  invariant(pages <= 65536, `a memory of ${pages} pages does not exist`);
  const place = (name: string, operand: ArenaOperand): TensorPlace => {
    const { type } = operand;
    return { name, type, address: arenaAddress + operandOffset(plan, operand), bytes: byteSize(type) };
  };
  return {
    pages,
    constantBytes,
    arenaAddress,
    arenaBytes: plan.arenaBytes,
    stateBytes: plan.stateBytes,
    inputs: program.inputs.map(({ name, operand }) => place(name, operand)),
    outputs: program.outputs.map(({ name, operand }) => place(name, operand)),
    steps: program.steps.map((step) => {
      const output = outputOf(step);
      return plan.placements.some(({ buffer }) => buffer.id === output.buffer) ? place(output.name, output) : null;
    }),
  };
}

/** How a piece of work is done: the function comes when the addresses are known. */
interface PendingWork {
  /** The step, or the first one of the stream. */
  readonly step: number;
  define(builder: ModuleBuilder, base: number): FunctionRef<Parameters, readonly []>;
}

function emitWork(work: Work, context: EmissionContext): PendingWork {
  if (work.kind === 'stream') {
    const pending = emitStream(work.stream, context);
    return { step: work.stream.first, define: (builder, base) => defineStream(builder, pending, base) };
  }
  const { step } = work;
  const calls = emitStep(step, wholePlaces(step, context.plan), context);
  return { step: step.index, define: (builder, base) => defineStep(builder, step, calls, base) };
}

function defineStep(
  builder: ModuleBuilder,
  step: Step,
  calls: readonly PendingCall[],
  base: number,
): FunctionRef<Parameters, readonly []> {
  return builder.function(`${step.op.type} ${step.name}`, {}, (f) => emitCalls(f, calls, base));
}

function emitCalls(f: FunctionBuilder, calls: readonly PendingCall[], base: number): void {
  const resolve = (value: CallValue) => {
    if (typeof value === 'number') return value;
    return value.offset + (value.region === 'arena' ? base : 0);
  };
  for (const { callee, values } of calls) {
    const args = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(value)]));
    f.push(f.call(callee, args));
  }
}

/** What does step `step` and, in a stream, the steps behind it. */
interface DefinedWork {
  readonly step: number;
  readonly ref: FunctionRef<Parameters, readonly []>;
}

/** `run` does everything in order, `step` one piece; an index without does nothing. */
function defineEntryPoints(builder: ModuleBuilder, stepCount: number, work: readonly DefinedWork[]): void {
  builder.function('run', { export: 'run' }, (f) => {
    for (const { ref } of work) f.do(f.call(ref, {}));
  });
  builder.function('step', { params: { index: 'i32' }, export: 'step' }, (f, { index }) => {
    const refs = new Map(work.map(({ step, ref }) => [step, ref]));
    const cases = Array.from({ length: stepCount }, (_, step) => {
      const ref = refs.get(step);
      return ref === undefined ? null : () => f.do(f.call(ref, {}));
    });
    emitSwitch(f, index, cases);
  });
}
