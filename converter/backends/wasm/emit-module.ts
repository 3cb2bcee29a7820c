import type { OpType } from '../../ops/op.ts';
import { type MemoryPlan, offsetOf, operandOffset } from '../../plan/plan.ts';
import type { ArenaOperand, Operand, Program, Step } from '../../plan/program.ts';
import { InternalError, invariant, ProblemError } from '../../problem.ts';
import { toBytes } from '../../tensor/dtype.ts';
import { byteSize, type TensorType } from '../../tensor/tensor.ts';
import {
  encodeModule,
  type FunctionRef,
  type Label,
  ModuleBuilder,
  type Parameters,
  type WasmModule,
} from './assembler/index.ts';
import { ConstantPool, roundUp } from './constant-pool.ts';
import {
  type Address,
  alignmentBytes,
  type CallValue,
  type PendingCall,
  readSlackBytes,
  type StepEmitter,
} from './kernel.ts';
import { kernelOf } from './kernels/table.ts';
import { wasmProblems } from './needs.ts';
import { inputOf, outputAt, outputOf } from './operand.ts';
import { defineReset } from './reset.ts';
import { Library } from './routine.ts';

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
  /** The output of every step, in order: valid after `step(i)` until a later step overwrites it. */
  readonly steps: readonly TensorPlace[];
}

/** A module that exports `memory`, `run()`, `step(index)` and, with states, `reset()`, with the places of its tensors. */
export interface EmittedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly module: WasmModule;
  readonly layout: ModuleLayout;
}

/**
 * Emits the model as one module. `run()` computes the outputs from the inputs in memory; `step(i)` computes one step
 * alone, so that `verify` can look at what lies between. Throws ProblemError with everything that has no kernel.
 */
export function emitWasmModule(program: Program, plan: MemoryPlan): EmittedModule {
  const problems = wasmProblems(program);
  if (problems.length > 0) throw new ProblemError(problems);
  const builder = new ModuleBuilder(program.name);
  const library = new Library(builder);
  const constants = new ConstantPool();
  builder.memory('memory', { minPages: 0 });
  builder.exportMemory('memory');
  const steps = program.steps.map((step) => emitStep(step, { program, plan, library, constants }));
  const initials = program.states.map(({ initial }) => (initial === null ? null : constants.add(toBytes(initial))));

  const arenaAddress = roundUp(constants.bytes, alignmentBytes);
  const pages = Math.ceil((arenaAddress + plan.arenaBytes + readSlackBytes) / pageBytes);
  invariant(pages <= 65536, `a memory of ${pages} pages does not exist`);
  const resolve = (value: CallValue) => {
    if (typeof value === 'number') return value;
    return value.offset + (value.region === 'arena' ? arenaAddress : 0);
  };
  const stepRefs = steps.map((calls, index) => defineStep(builder, program.steps[index], calls, resolve));
  defineEntryPoints(builder, stepRefs);
  const states = program.states.map(({ operand }, i) => {
    const address = arenaAddress + operandOffset(plan, operand);
    return { address, bytes: byteSize(operand.type), initial: initials[i] ?? null };
  });
  if (states.length > 0) defineReset(builder, states);
  if (constants.bytes > 0) builder.data('constants', constants.image(), 0);
  const memory = { name: 'memory', limits: { minPages: pages, maxPages: pages } };
  const module: WasmModule = { ...builder.build(), memory };
  const place = (name: string, operand: ArenaOperand): TensorPlace => {
    const { type } = operand;
    return { name, type, address: arenaAddress + operandOffset(plan, operand), bytes: byteSize(type) };
  };
  const layout: ModuleLayout = {
    pages,
    constantBytes: constants.bytes,
    arenaAddress,
    arenaBytes: plan.arenaBytes,
    stateBytes: plan.stateBytes,
    inputs: program.inputs.map(({ name, operand }) => place(name, operand)),
    outputs: program.outputs.map(({ name, operand }) => place(name, operand)),
    steps: program.steps.map((step) => place(outputOf(step).name, outputOf(step))),
  };
  return { bytes: encodeModule(module), module, layout };
}

interface EmissionContext {
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly library: Library;
  readonly constants: ConstantPool;
}

/** The calls of one step. */
function emitStep<T extends OpType>(step: Step<T>, context: EmissionContext): readonly PendingCall[] {
  const { program, plan, library, constants } = context;
  const kernel = kernelOf<T>(step.op.type);
  if ('unsupported' in kernel) throw new InternalError(`${step.name} has no kernel`);
  const calls: PendingCall[] = [];
  const constant = (bytes: Uint8Array): Address => ({ region: 'constants', offset: constants.add(bytes) });
  const arena = (offset: number): Address => ({ region: 'arena', offset });
  const place = (operand: Operand) => {
    return operand.kind === 'arena' ? arena(operandOffset(plan, operand)) : constant(toBytes(operand.data));
  };
  const emitter: StepEmitter<T> = {
    step,
    rounding: program.rounding,
    input: (index) => place(inputOf(step, index)),
    output: place(outputOf(step)),
    outputAt: (index) => place(outputAt(step, index)),
    get scratch() {
      if (step.scratch === null) throw new InternalError(`${step.name} has no scratch`);
      return arena(offsetOf(plan, step.scratch));
    },
    constant,
    call(template, config, values) {
      calls.push({ callee: library.get(template, config), values });
    },
  };
  kernel.emit(emitter);
  return calls;
}

function defineStep(
  builder: ModuleBuilder,
  step: Step | undefined,
  calls: readonly PendingCall[],
  resolve: (value: CallValue) => number,
): FunctionRef<Parameters, readonly []> {
  invariant(step !== undefined, 'a step is missing');
  return builder.function(`${step.op.type} ${step.name}`, {}, (f) => {
    for (const { callee, values } of calls) {
      const args = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(value)]));
      f.push(f.call(callee, args));
    }
  });
}

/** `run` calls all steps in order, `step` one of them; an index without step does nothing. */
function defineEntryPoints(builder: ModuleBuilder, steps: readonly FunctionRef<Parameters, readonly []>[]): void {
  builder.function('run', { export: 'run' }, (f) => {
    for (const step of steps) f.do(f.call(step, {}));
  });
  builder.function('step', { params: { index: 'i32' }, export: 'step' }, (f, { index }) => {
    // Blocks within blocks: the innermost one ends before step 0, the outermost before the last step.
    const nest = (count: number, labels: readonly Label[], exit: Label): void => {
      const step = steps[count - 1];
      if (step === undefined) {
        f.brTable(index, labels, exit);
        return;
      }
      f.block((label) => nest(count - 1, [label, ...labels], exit));
      f.do(f.call(step, {}));
      f.br(exit);
    };
    f.block((exit) => nest(steps.length, [], exit));
  });
}
