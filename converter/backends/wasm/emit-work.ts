import { type Work, workOf } from '../../plan/program.ts';
import type { FunctionBuilder, ModuleBuilder, Operand } from './assembler/index.ts';
import { type CallBase, defineCalls, definePartCalls } from './define-calls.ts';
import { type EmissionContext, emitStep } from './emit-step.ts';
import { wasmKernelNeeds } from './needs.ts';
import { defineStream } from './stream/define-stream.ts';
import { emitStream } from './stream/emit-stream.ts';
import { emitSwitch } from './switch.ts';
import { partsOf, type ThreadLimits } from './threads/parts.ts';

/** How a piece of work is done: the functions come when the addresses are known. */
export interface PendingWork {
  define(builder: ModuleBuilder, base: CallBase): DefinedWork;
}

/** What does step `step` and, in a stream, the steps behind it. */
export interface DefinedWork {
  readonly step: number;
  /** Parts that may be done at the same time, in any order. */
  readonly parts: number;
  /** Calls what does one part; `part` is not read where there is one only. */
  call(f: FunctionBuilder, part: Operand<'i32'>): void;
}

/** The work of a program; `limits` is null where nothing is divided. */
export function emitWork(context: EmissionContext, limits: ThreadLimits | null): readonly PendingWork[] {
  return workOf(context.program).map((work) => emitPiece(work, context, limits));
}

function emitPiece(work: Work, context: EmissionContext, limits: ThreadLimits | null): PendingWork {
  if (work.kind === 'stream') {
    const pending = emitStream(work.stream, context);
    const step = work.stream.first;
    return {
      define(builder, base) {
        const ref = defineStream(builder, pending, base);
        return { step, parts: 1, call: (f) => f.do(f.call(ref, {})) };
      },
    };
  }
  const { step } = work;
  const name = `${step.op.type} ${step.name}`;
  const parts = partsOf(step, context.plan, wasmKernelNeeds, limits).map((part) => {
    return emitStep(part.step, part.places, context);
  });
  const [first = []] = parts;
  return {
    define(builder, base) {
      if (parts.length === 1) {
        const ref = defineCalls(builder, name, first, base);
        return { step: step.index, parts: 1, call: (f) => f.do(f.call(ref, {})) };
      }
      const ref = definePartCalls(builder, name, parts, base);
      return { step: step.index, parts: parts.length, call: (f, part) => f.do(f.call(ref, { part })) };
    },
  };
}

/** `run` does everything in order, `step` one piece; an index without does nothing. */
export function defineEntryPoints(builder: ModuleBuilder, stepCount: number, work: readonly DefinedWork[]): void {
  builder.function('run', { export: 'run' }, (f) => {
    for (const one of work) callAll(f, one);
  });
  builder.function('step', { params: { index: 'i32' }, export: 'step' }, (f, { index }) => {
    const pieces = new Map(work.map((one) => [one.step, one]));
    const cases = Array.from({ length: stepCount }, (_, step) => {
      const piece = pieces.get(step);
      return piece === undefined ? null : () => callAll(f, piece);
    });
    emitSwitch(f, index, cases);
  });
}

/** All parts of a piece, one after the other. */
function callAll(f: FunctionBuilder, work: DefinedWork): void {
  f.for({ from: 0, to: work.parts }, (part) => work.call(f, part));
}
