import { opCost } from '../../ops/registry.ts';
import { type MemoryPlan, offsetOf } from '../../plan/plan.ts';
import type { Operand, Program, ProgramState, Step } from '../../plan/program.ts';
import { InternalError } from '../../problem.ts';
import { byteSize, formatType } from '../../tensor/tensor.ts';
import type { CArgument, CLayer, SupportHeader, SystemHeader } from './kernel.ts';
import { layerOf } from './kernels.ts';
import { commentText } from './literal.ts';
import { elementType } from './operand.ts';
import { spareOf } from './spare.ts';
import { layerStackBytes, layerStaticBytes, type StackParts, type StackUse, stackBoundBytes } from './stack/bound.ts';
import { renamed } from './support.ts';
import type { CTable } from './table.ts';
import { type NamedTable, TablePool } from './tables.ts';
import { wrapCode } from './wrap.ts';

/** A C function that one or more layers call. */
export interface LayerFunction {
  readonly name: string;
  readonly signature: string;
  readonly body: string;
  /** Layers that call it, as comment lines. */
  readonly users: readonly string[];
}

/** All that the files of a package are written from. */
export interface CPackageModel {
  readonly prefix: string;
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly functions: readonly LayerFunction[];
  /** One call per step, `name(arguments);`. */
  readonly calls: readonly string[];
  /** One statement per state that gives it what it holds at first. */
  readonly resets: readonly string[];
  /** One description per step, for comments. */
  readonly descriptions: readonly string[];
  readonly tables: readonly NamedTable[];
  readonly headers: readonly SupportHeader[];
  readonly systemHeaders: readonly SystemHeader[];
  /** Whether the package needs the mathematics library, `-lm`. */
  readonly usesMath: boolean;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** The worst case of the stack of a run on a Cortex-M3, M4, M7 or M33, see `stack/frames.ts`, and variables. */
  readonly stack: StackUse;
}

/** Emits every layer and shares functions and tables that are equal. */
export function packageModel(program: Program, plan: MemoryPlan, prefix: string): CPackageModel {
  const pool = new TablePool(prefix);
  const functions = new Map<string, { name: string; signature: string; body: string; users: string[] }>();
  const headers = new Set<SupportHeader>();
  const systemHeaders = new Set<SystemHeader>();
  const calls: string[] = [];
  const descriptions: string[] = [];
  const stacks: StackParts['layers'][number][] = [];
  let macs = 0;
  for (const step of program.steps) {
    const layer = layerOf(step, { rounding: program.rounding, spareBytes: spareOf(plan, step.index).bytes });
    for (const header of layer.headers) {
      if (header === 'math.h' || header === 'float.h') systemHeaders.add(header);
      else headers.add(header);
    }
    const description = describe(step, plan);
    const stepMacs = macsOf(step);
    macs += stepMacs;
    descriptions.push(description);
    stacks.push({ name: step.name, stackBytes: layerStackBytes(layer), staticBytes: layerStaticBytes(layer) });
    const key = `${layer.stem}(${layer.parameters.map((p) => p.declaration).join()})${layer.body}`;
    const known = functions.get(key);
    if (known === undefined) functions.set(key, functionOf(layer, step.index, prefix, description));
    else known.users.push(description);
    const { name } = functions.get(key) ?? { name: '' };
    const args = layer.parameters.map((p) => argumentText(p.argument, p.declaration, step, plan, pool, prefix));
    calls.push(`${name}(${args.join(', ')});`);
  }
  return {
    ...{ prefix, program, plan, calls, descriptions, macs },
    resets: program.states.map((state) => resetText(state, plan, pool)),
    usesMath:
      systemHeaders.has('math.h') || headers.has('real.h') || headers.has('hybrid.h') || headers.has('recurrent.h'),
    systemHeaders: [...systemHeaders].sort(),
    functions: [...functions.values()],
    tables: pool.all(),
    stack: stackBoundBytes({ layers: stacks, calls }),
    headers: [...headers],
  };
}

function resetText({ operand, initial }: ProgramState, plan: MemoryPlan, pool: TablePool): string {
  const [target, bytes] = [`bytes + ${offsetOf(plan, operand.buffer)}`, byteSize(operand.type)];
  if (initial === null) return `memset(${target}, 0, ${bytes});`;
  const table: CTable = { kind: 'numbers', stem: 'state', element: elementType(operand.type), data: initial };
  return `memcpy(${target}, ${pool.nameOf(table, 0)}, ${bytes});`;
}

function functionOf(layer: CLayer, index: number, prefix: string, user: string) {
  const name = `${prefix}_${layer.stem}_${index}`;
  const parameters = layer.parameters.map((parameter) => renamed(parameter.declaration, prefix)).join(', ');
  return {
    name,
    signature: `void ${name}(${parameters})`,
    body: wrapCode(renamed(layer.body, prefix), 4),
    users: [user],
  };
}

function argumentText(
  argument: CArgument,
  declaration: string,
  step: Step,
  plan: MemoryPlan,
  pool: TablePool,
  prefix: string,
): string {
  switch (argument.kind) {
    case 'table':
      return pool.nameOf(argument.table, step.index);
    case 'operand':
      if (argument.operand.kind === 'constant') throw new InternalError('a constant is passed as a table');
      return arenaAddress(offsetOf(plan, argument.operand.buffer), declaration);
    case 'scratch':
      if (step.scratch === null) throw new InternalError(`${step.name} has no scratch`);
      return arenaAddress(offsetOf(plan, step.scratch), declaration);
    case 'spare':
      return arenaAddress(spareOf(plan, step.index).offset, declaration);
    default:
      argument satisfies never;
      throw new InternalError(`no argument for ${prefix}`);
  }
}

/** `(const int8_t *)(bytes + 64)`; through `void *`, since the plan has aligned it. */
function arenaAddress(offset: number, declaration: string): string {
  const type = declaration.replace(/\w+$/, '').trim();
  return `(${type})${type.startsWith('const') ? '(const void *)' : '(void *)'}(bytes + ${offset})`;
}

/** `layer 3: conv-2d, CONV_2D #3 "stem": int8 1x25x5x64 -> int8 1x25x5x64, 512,000 MACs, arena 0..8000 -> 8000..16000` */
function describe(step: Step, plan: MemoryPlan): string {
  const type = (operand: Operand) => formatType(operand.type);
  const place = (operand: Operand) => {
    if (operand.kind === 'constant') return 'flash';
    const offset = offsetOf(plan, operand.buffer);
    const bytes = plan.placements.find(({ buffer }) => buffer.id === operand.buffer)?.buffer.bytes ?? 0;
    return `${offset}..${offset + bytes}`;
  };
  const data = step.inputs.filter((operand) => operand.kind === 'arena');
  const macs = macsOf(step);
  const parts = [
    `layer ${step.index}: ${step.op.type}, ${step.name}`,
    `${data.map(type).join(', ') || 'constant'} -> ${step.outputs.map(type).join(', ')}`,
    ...(macs === 0 ? [] : [`${macs.toLocaleString('en-US')} MACs`]),
    `arena ${data.map(place).join(', ') || 'flash'} -> ${step.outputs.map(place).join(', ')}`,
  ];
  return commentText(parts.join(', '));
}

function macsOf(step: Step): number {
  return opCost(
    step.op,
    step.inputs.map((operand) => operand.type),
    step.outputs.map((operand) => operand.type),
  ).macs;
}
