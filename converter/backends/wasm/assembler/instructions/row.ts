import { invariant } from '../../../../problem.ts';
import { writeBytes } from '../byte-writer.ts';
import { type FunctionType, isValueType, type ValueType } from '../value-type.ts';

/** What follows the opcode of an instruction in the byte stream. */
export type ImmediateSpec =
  | { readonly kind: 'none' }
  | { readonly kind: 'i32' }
  | { readonly kind: 'i64' }
  | { readonly kind: 'f32' }
  | { readonly kind: 'f64' }
  | { readonly kind: 'v128' }
  /** Address offset and alignment; atomic accesses must be aligned exactly to `accessBytes`. */
  | { readonly kind: 'memory'; readonly accessBytes: number; readonly atomic: boolean }
  | { readonly kind: 'memory-lane'; readonly accessBytes: number; readonly lanes: number }
  | { readonly kind: 'lane'; readonly lanes: number }
  /** The 16 lane indices of a shuffle, each below 32. */
  | { readonly kind: 'shuffle' }
  /** A data segment, with the index of the memory behind it for `memory.init`. */
  | { readonly kind: 'data'; readonly memoryIndex: boolean };

/** One line of the opcode table. `S` is the signature in words: `'i32 v128 -> v128'`, at most one result. */
export interface Row<S extends string = string, I extends ImmediateSpec = ImmediateSpec> {
  /** The bytes of the instruction up to its immediate (prefix, LEB128 opcode, fixed zero bytes). */
  readonly opcode: readonly number[];
  readonly signature: S;
  readonly immediate: I;
}

type Words<S extends string> = S extends `${infer Head} ${infer Tail}`
  ? Head extends ValueType
    ? [Head, ...Words<Tail>]
    : never
  : S extends ValueType
    ? [S]
    : never;

/** Operand types of a signature in words. */
export type SignatureOperands<S extends string> = S extends `->${string}`
  ? []
  : S extends `${infer Operands} ->${string}`
    ? Words<Operands>
    : never;

/** Result type of a signature in words; `'none'` when there is none. */
export type SignatureResult<S extends string> = S extends `${string}-> ${infer Result extends ValueType}`
  ? Result
  : 'none';

/** The types that a signature in words means. */
export function parseSignature(signature: string): FunctionType {
  const arrow = signature.indexOf('->');
  invariant(arrow >= 0, `signature "${signature}" has no arrow`);
  return { operands: parseTypes(signature.slice(0, arrow)), results: parseTypes(signature.slice(arrow + 2)) };
}

function parseTypes(words: string): ValueType[] {
  return words
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      invariant(isValueType(word), `"${word}" is not a value type`);
      return word;
    });
}

type NoImmediate = { readonly kind: 'none' };
type MemoryImmediate = { readonly kind: 'memory'; readonly accessBytes: number; readonly atomic: boolean };
type LaneImmediate = { readonly kind: 'lane'; readonly lanes: number };
type MemoryLaneImmediate = { readonly kind: 'memory-lane'; readonly accessBytes: number; readonly lanes: number };

const none: NoImmediate = { kind: 'none' };

/** A prefix byte followed by the LEB128 of the sub-opcode. */
export function prefixed(prefix: number, opcode: number): number[] {
  return [prefix, ...writeBytes((writer) => writer.u32(opcode))];
}

/** Single-byte opcode without immediate. */
export function plain<S extends string>(opcode: number, signature: S): Row<S, NoImmediate> {
  return { opcode: [opcode], signature, immediate: none };
}

/** Single-byte opcode of a load or store of `accessBytes`. */
export function access<S extends string>(opcode: number, accessBytes: number, signature: S): Row<S, MemoryImmediate> {
  return { opcode: [opcode], signature, immediate: { kind: 'memory', accessBytes, atomic: false } };
}

/** 0xFC family (saturating truncation, bulk memory); `zeros` index bytes of memory 0 belong to the opcode. */
export function misc<S extends string>(opcode: number, signature: S, zeros = 0): Row<S, NoImmediate> {
  return { opcode: [...prefixed(0xfc, opcode), ...new Array<number>(zeros).fill(0)], signature, immediate: none };
}

/** 0xFD family without immediate. */
export function simd<S extends string>(opcode: number, signature: S): Row<S, NoImmediate> {
  return { opcode: prefixed(0xfd, opcode), signature, immediate: none };
}

/** 0xFD load or store of `accessBytes`. */
export function simdAccess<S extends string>(
  opcode: number,
  accessBytes: number,
  signature: S,
): Row<S, MemoryImmediate> {
  return { opcode: prefixed(0xfd, opcode), signature, immediate: { kind: 'memory', accessBytes, atomic: false } };
}

/** 0xFD load or store of one lane of `accessBytes`. */
export function simdLaneAccess<S extends string>(
  opcode: number,
  accessBytes: number,
  signature: S,
): Row<S, MemoryLaneImmediate> {
  const immediate: MemoryLaneImmediate = { kind: 'memory-lane', accessBytes, lanes: 16 / accessBytes };
  return { opcode: prefixed(0xfd, opcode), signature, immediate };
}

/** 0xFD instruction on one of `lanes` lanes. */
export function simdLane<S extends string>(opcode: number, lanes: number, signature: S): Row<S, LaneImmediate> {
  return { opcode: prefixed(0xfd, opcode), signature, immediate: { kind: 'lane', lanes } };
}

/** 0xFE atomic access of `accessBytes`. */
export function atomic<S extends string>(opcode: number, accessBytes: number, signature: S): Row<S, MemoryImmediate> {
  return { opcode: prefixed(0xfe, opcode), signature, immediate: { kind: 'memory', accessBytes, atomic: true } };
}
