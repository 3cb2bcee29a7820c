import { type MemoryPlan, operandOffset } from '../../plan/plan.ts';
import { type Program, type ProgramState, type Step, streamOf, workOf } from '../../plan/program.ts';
import { spareBytes } from '../../plan/spare.ts';
import { InternalError } from '../../problem.ts';
import { byteSize } from '../../tensor/tensor.ts';
import { bankText, placeText } from './banks.ts';
import { choiceFor, type KernelChoices, usualChoices } from './choice.ts';
import { describe, macsOf } from './describe.ts';
import type { CArgument, CLayer, LayerOf, SupportHeader, SystemHeader } from './kernel.ts';
import { cKernelNeeds, layerOf } from './kernels.ts';
import { type LayerFunction, LayerPool } from './layers.ts';
import { elementType } from './operand.ts';
import { spareOf } from './spare.ts';
import { FEED_LOOP_BYTES, type SramUse, type StreamCode, sramUse } from './stack/bound.ts';
import { type StreamText, streamText } from './stream/stream-text.ts';
import type { CTable } from './table.ts';
import type { NamedTable, TablePool } from './tables.ts';

/** A call of a layer function in `<m>_run`. */
export interface CallText {
  readonly kind: 'call';
  readonly layer: number;
  readonly description: string;
  /** `name(arguments);` */
  readonly call: string;
  /** The function that is called, for counting. */
  readonly code: CLayer;
}

/** All that the files of a package are written from. */
export interface CPackageModel {
  readonly prefix: string;
  /** Beginning of the names of layer functions, tables and support code: `prefix`, or that of the library that several models share. */
  readonly libraryPrefix: string;
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly functions: readonly LayerFunction[];
  /** Functions of streams are `<m>_<streamStem>_<number>`. */
  readonly streamStem: string;
  /** What is to be done, in order. */
  readonly work: readonly (CallText | StreamText)[];
  /** One statement per state that gives it what it holds at first. */
  readonly resets: readonly string[];
  readonly tables: readonly NamedTable[];
  readonly headers: readonly SupportHeader[];
  readonly systemHeaders: readonly SystemHeader[];
  /** Whether the package needs the mathematics library, `-lm`. */
  readonly usesMath: boolean;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** The worst case of the stack of a run, and variables; see `stack/frames.ts` for the processors. */
  readonly sram: SramUse;
}

/** Emits every layer and shares functions and tables that are equal. */
export function packageModel(
  program: Program,
  plan: MemoryPlan,
  prefix: string,
  choices: KernelChoices = usualChoices,
): CPackageModel {
  return packageModelIn(new LayerPool(prefix), program, plan, prefix, choices, layerOf);
}

/** {@link packageModel} of one of several programs that share functions and tables; those of all that were emitted before are in it. */
export function packageModelIn(
  layers: LayerPool,
  program: Program,
  plan: MemoryPlan,
  prefix: string,
  choices: KernelChoices,
  emitLayer: LayerOf,
): CPackageModel {
  const emittedBefore = layers.sram.length;
  const work = workOf(program).map((item) =>
    item.kind === 'step'
      ? callText(item.step, program, plan, layers, prefix, choices, emitLayer)
      : streamText(item.stream, program, plan, layers, prefix, choices, emitLayer),
  );
  const resets = program.states.map((state) => resetText(state, plan, layers.tables));
  const { headers, systemHeaders } = layers;
  const used = sramUse({
    layers: layers.sram.slice(emittedBefore).map((use) => {
      return {
        ...use,
        name: program.steps[use.index]?.name ?? '',
        isStreamed: streamOf(program.streams, use.index) !== undefined,
      };
    }),
    calls: work.flatMap((item) => (item.kind === 'call' ? [item.call] : [])),
    streams: work.flatMap((item) => (item.kind === 'stream' ? [codeOf(item)] : [])),
  });
  const sram = program.fed === null ? used : { ...used, stackBytes: used.stackBytes + FEED_LOOP_BYTES };
  return {
    ...{ prefix, libraryPrefix: layers.prefix, program, plan, work, resets, sram, streamStem: 'stream' },
    macs: program.steps.reduce((sum, step) => sum + macsOf(step), 0),
    usesMath:
      systemHeaders.has('math.h') || headers.has('real.h') || headers.has('hybrid.h') || headers.has('recurrent.h'),
    systemHeaders: [...systemHeaders].sort(),
    functions: layers.functions(),
    tables: layers.tables.all(),
    headers: [...headers, ...(program.streams.length === 0 ? [] : ['stream.h' as const])],
  };
}

function codeOf({ actions, bases }: StreamText): StreamCode {
  return { actions: actions.map(({ body }) => body), bankCount: new Set(bases).size };
}

/** The call of a step, with everything that it takes. */
function callText(
  step: Step,
  program: Program,
  plan: MemoryPlan,
  layers: LayerPool,
  prefix: string,
  choices: KernelChoices,
  emitLayer: LayerOf,
): CallText {
  const spare = spareOf(plan, step, spareBytes(step, cKernelNeeds, 1));
  const description = describe(step, plan);
  const choice = choiceFor(choices, step.index);
  const layer = emitLayer(step, { rounding: program.rounding, spareBytes: spare.bytes, choice });
  const place = (argument: CArgument): string => {
    switch (argument.kind) {
      case 'operand':
        if (argument.operand.kind === 'constant') throw new InternalError('a constant is passed as a table');
        return placeText(plan, argument.operand.buffer, prefix, argument.operand.offset);
      case 'scratch':
        if (step.scratch === null) throw new InternalError(`${step.name} has no scratch`);
        return placeText(plan, step.scratch, prefix);
      case 'spare':
        return `${bankText(plan, spare.bank, prefix)} + ${spare.offset}`;
      default:
        throw new InternalError(`${step.name} has no ${argument.kind}`);
    }
  };
  return {
    kind: 'call',
    layer: step.index,
    description,
    call: layers.call(layer, step.index, description, place),
    code: layer,
  };
}

function resetText({ operand, initial }: ProgramState, plan: MemoryPlan, pool: TablePool): string {
  const [target, bytes] = [`bytes + ${operandOffset(plan, operand)}`, byteSize(operand.type)];
  if (initial === null) return `memset(${target}, 0, ${bytes});`;
  const table: CTable = { kind: 'numbers', stem: 'state', element: elementType(operand.type), data: initial };
  return `memcpy(${target}, ${pool.nameOf(table, 0)}, ${bytes});`;
}
