import type { OpType } from '../../ops/op.ts';
import { type MemoryPlan, offsetOf, operandOffset } from '../../plan/plan.ts';
import type { ArenaOperand, BufferId, Program, Step } from '../../plan/program.ts';
import { InternalError } from '../../problem.ts';
import { toBytes } from '../../tensor/dtype.ts';
import type { ConstantPool } from './constant-pool.ts';
import type { Address, PendingCall, StepEmitter } from './kernel.ts';
import { kernelOf } from './kernels/table.ts';
import { inputOf, outputAt } from './operand.ts';
import type { Library } from './routine.ts';

/** What steps are emitted into. */
export interface EmissionContext {
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly library: Library;
  readonly constants: ConstantPool;
  /** Calls that make the module fit a dot product of signed numbers; steps add theirs. */
  readonly signed: PendingCall[];
}

/** Where a step finds its operands. Constants are where the model has them. */
export interface StepPlaces {
  /** Input `index`, which is not constant. */
  input(index: number): Address;
  output(index: number): Address;
  readonly scratch: Address | null;
}

/** The place of a buffer. */
export function arenaAddress(plan: MemoryPlan, buffer: BufferId): Address {
  return { region: 'arena', offset: offsetOf(plan, buffer) };
}

function operandAddress(plan: MemoryPlan, operand: ArenaOperand): Address {
  return { region: 'arena', offset: operandOffset(plan, operand) };
}

/** The places of a step that works on whole tensors. */
export function wholePlaces(step: Step, plan: MemoryPlan): StepPlaces {
  return {
    input(index) {
      const operand = inputOf(step, index);
      if (operand.kind === 'constant') throw new InternalError(`input ${index} of ${step.name} is constant`);
      return operandAddress(plan, operand);
    },
    output: (index) => operandAddress(plan, outputAt(step, index)),
    scratch: step.scratch === null ? null : arenaAddress(plan, step.scratch),
  };
}

/** The calls of one step. */
export function emitStep<T extends OpType>(
  step: Step<T>,
  places: StepPlaces,
  { program, library, constants, signed }: EmissionContext,
): readonly PendingCall[] {
  const kernel = kernelOf<T>(step.op.type);
  if ('unsupported' in kernel) throw new InternalError(`${step.name} has no kernel`);
  const calls: PendingCall[] = [];
  const constant = (bytes: Uint8Array): Address => ({ region: 'constants', offset: constants.add(bytes) });
  const emitter: StepEmitter<T> = {
    step,
    rounding: program.rounding,
    input(index) {
      const operand = inputOf(step, index);
      return operand.kind === 'arena' ? places.input(index) : constant(toBytes(operand.data));
    },
    output: places.output(0),
    outputAt: (index) => places.output(index),
    get scratch() {
      if (places.scratch === null) throw new InternalError(`${step.name} has no scratch`);
      return places.scratch;
    },
    constant,
    call(template, config, values) {
      calls.push({ callee: library.get(template, config), values });
    },
    variant: library.variant,
    callIfSigned(template, config, values) {
      signed.push({ callee: library.get(template, config), values });
    },
  };
  kernel.emit(emitter);
  return calls;
}
