import { InternalError, invariant } from '../../../problem.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { ImmediateSpec } from './instructions/row.ts';
import { isLaneShape, type LaneShape, laneBytes } from './v128-literal.ts';
import type { ValueType } from './value-type.ts';

/** Where a load or store goes: `offset` is added to the address; `align` in bytes promises an alignment. */
export interface Memarg {
  /** Bytes, 0 to 2^32 - 1; 0 when absent. */
  readonly offset?: number;
  /** Power of two up to the access size; the access size when absent. A wrong promise may cost time, never the result. */
  readonly align?: number;
}

/** A data segment of the module. */
export interface DataSegment {
  readonly kind: 'data-segment';
  readonly index: number;
  readonly lengthBytes: number;
}

/** A parameter or local variable, as an instruction names it. */
export interface LocalReference {
  readonly type: ValueType;
  readonly name: string;
  readonly index: number;
}

/** What follows an opcode, checked and ready to be encoded. */
export type Immediate =
  | { readonly kind: 'none' }
  | { readonly kind: 'i32'; readonly value: number }
  | { readonly kind: 'i64'; readonly value: bigint }
  | { readonly kind: 'f32'; readonly value: number }
  | { readonly kind: 'f64'; readonly value: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'memory'; readonly alignLog2: number; readonly offset: number }
  | { readonly kind: 'memory-lane'; readonly alignLog2: number; readonly offset: number; readonly lane: number }
  | { readonly kind: 'local'; readonly local: LocalReference }
  | { readonly kind: 'indices'; readonly indices: readonly number[] };

/** The arguments that an immediate takes, after the operands. */
export type ImmediateArguments<I extends ImmediateSpec> = {
  readonly none: [];
  readonly i32: [value: number];
  readonly i64: [value: bigint];
  readonly f32: [value: number];
  readonly f64: [value: number];
  readonly v128:
    | [shape: 'i64x2', lanes: readonly bigint[]]
    | [shape: Exclude<LaneShape, 'i64x2'>, lanes: readonly number[]];
  readonly memory: [memarg?: Memarg];
  readonly 'memory-lane': [lane: number, memarg?: Memarg];
  readonly lane: [lane: number];
  readonly shuffle: [lanes: readonly number[]];
  readonly data: [segment: DataSegment];
}[I['kind']];

/** Any argument of any immediate. */
export type ImmediateArgument =
  | number
  | bigint
  | string
  | readonly (number | bigint)[]
  | Memarg
  | DataSegment
  | undefined;

/** The immediate without content. */
export const noImmediate: Immediate = { kind: 'none' };

/** Checks the arguments `given` to instruction `name` against its table line. Throws `InternalError` on a misfit. */
export function toImmediate(name: string, spec: ImmediateSpec, given: readonly ImmediateArgument[]): Immediate {
  const [first, second] = given;
  switch (spec.kind) {
    case 'none':
      if (given.length > 0) throw new InternalError(`${name}: takes no immediate`);
      return noImmediate;
    case 'i32':
      if (!isIntegerIn(first, -0x8000_0000, 0xffff_ffff)) {
        throw new InternalError(`${name}: ${String(first)} is not a 32-bit integer`);
      }
      return { kind: 'i32', value: first };
    case 'i64':
      invariant(typeof first === 'bigint', `${name}: ${String(first)} is not a bigint`);
      return { kind: 'i64', value: first };
    case 'f32':
    case 'f64':
      invariant(typeof first === 'number', `${name}: ${String(first)} is not a number`);
      return { kind: spec.kind, value: first };
    case 'v128':
      invariant(typeof first === 'string' && isLaneShape(first) && isList(second), `${name}: expected shape and lanes`);
      return { kind: 'bytes', bytes: laneBytes(first, second) };
    case 'memory':
      return { kind: 'memory', ...toAddress(name, spec.accessBytes, spec.atomic, first) };
    case 'memory-lane':
      checkLane(name, first, spec.lanes);
      return { kind: 'memory-lane', lane: first, ...toAddress(name, spec.accessBytes, false, second) };
    case 'lane':
      checkLane(name, first, spec.lanes);
      return { kind: 'bytes', bytes: Uint8Array.of(first) };
    case 'shuffle':
      invariant(isList(first) && first.length === 16, `${name}: expected 16 lanes`);
      return { kind: 'bytes', bytes: Uint8Array.from(first, (lane) => toShuffleLane(name, lane)) };
    case 'data':
      invariant(isDataSegment(first), `${name}: expected a data segment`);
      return { kind: 'indices', indices: spec.memoryIndex ? [first.index, 0] : [first.index] };
    default:
      throw new InternalError(`${name}: unknown immediate ${JSON.stringify(spec satisfies never)}`);
  }
}

/** Writes the immediate as the binary format wants it. */
export function writeImmediate(code: ByteWriter, immediate: Immediate): void {
  switch (immediate.kind) {
    case 'none':
      return;
    case 'i32':
      code.s32(immediate.value);
      return;
    case 'i64':
      code.s64(immediate.value);
      return;
    case 'f32':
      code.f32(immediate.value);
      return;
    case 'f64':
      code.f64(immediate.value);
      return;
    case 'bytes':
      code.bytes(immediate.bytes);
      return;
    case 'memory':
    case 'memory-lane':
      code.byte(immediate.alignLog2);
      code.u32(immediate.offset);
      if (immediate.kind === 'memory-lane') code.byte(immediate.lane);
      return;
    case 'local':
      code.u32(immediate.local.index);
      return;
    case 'indices':
      for (const index of immediate.indices) code.u32(index);
      return;
    default:
      throw new InternalError(`unknown immediate ${JSON.stringify(immediate satisfies never)}`);
  }
}

function toAddress(
  name: string,
  accessBytes: number,
  atomic: boolean,
  memarg: ImmediateArgument,
): { alignLog2: number; offset: number } {
  if (memarg === undefined) return { alignLog2: Math.log2(accessBytes), offset: 0 };
  invariant(isMemarg(memarg), `${name}: expected {offset, align}`);
  const { offset = 0, align = accessBytes } = memarg;
  const alignLog2 = Math.log2(align);
  const reject = (what: string) => new InternalError(`${name}: ${what}`);
  if (!isIntegerIn(offset, 0, 0xffff_ffff)) throw reject(`offset ${offset} is not a u32`);
  if (!Number.isInteger(alignLog2) || alignLog2 < 0) throw reject(`align ${align} is not a power of two`);
  if (align > accessBytes) throw reject(`align ${align} exceeds the ${accessBytes} bytes of the access`);
  if (atomic && align !== accessBytes) throw reject(`an atomic access is aligned to ${accessBytes} bytes`);
  return { alignLog2, offset };
}

function checkLane(name: string, lane: ImmediateArgument, lanes: number): asserts lane is number {
  invariant(isIntegerIn(lane, 0, lanes - 1), `${name}: lane ${String(lane)} is not in 0..${lanes - 1}`);
}

function toShuffleLane(name: string, lane: number | bigint): number {
  checkLane(name, lane, 32);
  return lane;
}

function isIntegerIn(value: ImmediateArgument, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}

function isList(value: ImmediateArgument): value is readonly (number | bigint)[] {
  return Array.isArray(value);
}

function isDataSegment(value: ImmediateArgument): value is DataSegment {
  return typeof value === 'object' && 'kind' in value && value.kind === 'data-segment';
}

function isMemarg(value: ImmediateArgument): value is Memarg {
  return typeof value === 'object' && !Array.isArray(value) && !('kind' in value);
}
