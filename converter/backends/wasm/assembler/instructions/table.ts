import type { FunctionType } from '../value-type.ts';
import { atomicRows } from './atomic.ts';
import { memoryRows } from './memory.ts';
import { numericRows } from './numeric.ts';
import { type ImmediateSpec, parseSignature, type Row } from './row.ts';
import { relaxedSimdRows, simdFloatRows } from './simd-float.ts';
import { simdIntegerRows } from './simd-integer.ts';
import { simdMemoryRows } from './simd-memory.ts';

/** The opcode table: every instruction with a fixed type, under its name in the specification. */
export const instructionRows = {
  ...numericRows,
  ...memoryRows,
  ...simdMemoryRows,
  ...simdIntegerRows,
  ...simdFloatRows,
  ...relaxedSimdRows,
  ...atomicRows,
};

/** Name of an instruction with a fixed type. */
export type InstructionName = keyof typeof instructionRows;

/** The table line of one instruction, as a type. */
export type InstructionRow<N extends InstructionName> = (typeof instructionRows)[N];

/** An instruction that can be emitted: its name, bytes, type and what follows its opcode. */
export interface Instruction extends FunctionType {
  readonly name: string;
  readonly opcode: readonly number[];
  readonly immediate: ImmediateSpec;
  /** Whether the module must have a memory. */
  readonly needsMemory: boolean;
}

/** All instructions with a fixed type, by name, in the order of the table. */
export const instructions: ReadonlyMap<string, Instruction> = new Map(
  Object.entries<Row>(instructionRows).map(([name, row]) => [name, toInstruction(name, row)]),
);

function toInstruction(name: string, row: Row): Instruction {
  const kind = row.immediate.kind;
  const needsMemory = kind === 'memory' || kind === 'memory-lane' || name.startsWith('memory.');
  return { name, opcode: row.opcode, immediate: row.immediate, needsMemory, ...parseSignature(row.signature) };
}
