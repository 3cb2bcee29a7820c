import type { DecodedInstruction, InstructionClass, MachineInstruction } from '../instructions/instruction.ts';

/**
 * What a core model says: cycles of a straight run of instructions, from the mnemonics alone, with memories that answer at once.
 * One file per core beside this one holds the numbers, each with its source; `sequential.ts` and `in-order.ts` are what they mean.
 */

/** Why a run takes longer than one cycle for each instruction and each further word. */
export const lossKinds = [
  /** The second cycle of a load that nothing overlaps, and the first of LDM and LDRD. */
  'load',
  /** An address that the instruction before computes. */
  'address',
  /** A result that is not there yet. */
  'result',
  /** Refilling the pipeline after a branch that is taken, or mispredicted. */
  'branch',
  /** Loads that are not aligned. */
  'unaligned',
  /** Instructions that take several cycles by themselves. */
  'long',
] as const;

export type LossKind = (typeof lossKinds)[number];

/** Cycles, and those of them that are lost. */
export interface BlockCost {
  readonly cycles: number;
  readonly lost: Readonly<Record<LossKind, number>>;
}

/** An override for the mnemonics that a pattern has. */
export interface MnemonicRule {
  readonly pattern: RegExp;
  readonly cycles: number;
}

/** Cycles beyond those of the instruction itself when a branch is taken. */
export interface TakenBranch {
  /** To an address in the instruction, always. */
  readonly jump: number;
  /** To an address in the instruction, or on. */
  readonly conditional: number;
  /** To an address in a register. */
  readonly register: number;
  /** To an address from memory: POP, LDM, LDR. */
  readonly loaded: number;
}

/** One instruction after the other; only single loads and stores overlap (Cortex-M0+, M3, M4). */
export interface SequentialPipeline {
  readonly kind: 'sequential';
  /** Cycles of an instruction by itself; what moves several words takes one more for each further word. */
  readonly cycles: Readonly<Partial<Record<InstructionClass, number>>>;
  /** The first that fits replaces `cycles`. */
  readonly rules: readonly MnemonicRule[];
  /** Whether a single load or store right after a single load costs one cycle less, unless that load makes its address or moves its base. */
  readonly loadsOverlap: boolean;
  /** Cycles lost when the instruction before, other than a load, makes the address. */
  readonly addressStall: number;
  /** Cycles lost when the instruction before is floating-point arithmetic whose result is read. */
  readonly floatStall: number;
  readonly taken: TakenBranch;
  /** Cycles of each further access of an unaligned load. */
  readonly split: number;
}

/** Several instructions under way, which begin in order and wait for their operands (Cortex-M7, M33, RV32IMC). */
export interface InOrderPipeline {
  readonly kind: 'in-order';
  /** Instructions that may begin in one cycle. */
  readonly width: 1 | 2;
  /** Cycles until the next instruction of the class may begin; 1 where absent. What moves words: for each word. */
  readonly busy: Readonly<Partial<Record<InstructionClass, number>>>;
  /** The first that fits replaces `busy`. */
  readonly busyRules: readonly MnemonicRule[];
  /** Words that LDM, LDRD and their stores move in a cycle. */
  readonly wordsPerCycle: 1 | 2;
  /** Cycles from the beginning of an instruction until another may begin with its result; 1 where absent. */
  readonly latency: Readonly<Partial<Record<InstructionClass, number>>>;
  /** The first that fits replaces `latency`. */
  readonly latencyRules: readonly MnemonicRule[];
  /** An accumulator may be so much later than other operands. */
  readonly accumulatorLate: number;
  /** An address has to be so much earlier. */
  readonly addressEarly: number;
  readonly taken: TakenBranch;
  /** Lost where a conditional branch goes the rarer way; 0 without prediction. */
  readonly mispredicted: number;
  readonly split: number;
}

/** A processor core as far as cycles can be told from instructions. */
export interface CoreModel {
  readonly name: string;
  readonly decode: (instruction: MachineInstruction) => DecodedInstruction;
  readonly pipeline: SequentialPipeline | InOrderPipeline;
  /** Where the numbers come from. */
  readonly sources: readonly string[];
  /** What is not published and was taken to be so. */
  readonly assumed: readonly string[];
}

/** No cycles lost. */
export const nothingLost: Readonly<Record<LossKind, number>> = {
  load: 0,
  address: 0,
  result: 0,
  branch: 0,
  unaligned: 0,
  long: 0,
};

/** The number of the first rule that fits. */
export function ruleFor(rules: readonly MnemonicRule[], mnemonic: string): number | undefined {
  return rules.find(({ pattern }) => pattern.test(mnemonic))?.cycles;
}
