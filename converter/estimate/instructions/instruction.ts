/** A machine instruction as binutils prints it. */
export interface MachineInstruction {
  readonly address: number;
  /** Address of the next one. */
  readonly next: number;
  /** In lower case, without the width `.n` or `.w`. */
  readonly mnemonic: string;
  /** Without comment. */
  readonly operands: string;
}

/** What instructions have in common as to the work they do. */
export const instructionClasses = [
  /** One byte, halfword or word. */
  'load',
  /** LDRD, LDM, POP. */
  'load-multiple',
  'store',
  /** STRD, STM, PUSH. */
  'store-multiple',
  'multiply',
  /** Multiplies and adds to an accumulator, one or two products. */
  'mac',
  'divide',
  /** Arithmetic, logic, shifts, moves, comparisons. */
  'alu',
  /** Lanes of bytes and halfwords: extension, packing, parallel arithmetic, saturation. */
  'pack',
  /** Jumps, calls and returns; also those by loading the program counter. */
  'branch',
  /** IT: conditions for the next one to four. */
  'it',
  /** Starts and ends of low-overhead loops. */
  'loop',
  'vector-load',
  'vector-store',
  'vector-mac',
  'vector-multiply',
  /** All other instructions of Helium. */
  'vector-other',
  /** Scalar arithmetic in floating point; conversions, comparisons, moves. */
  'float',
  'float-mac',
  /** Division and square root. */
  'float-divide',
  'float-load',
  'float-store',
  /** Barriers, hints, NOP. */
  'other',
] as const;

export type InstructionClass = (typeof instructionClasses)[number];

/** How an instruction goes on. */
export type Control =
  | 'next'
  /** To an address in the instruction, always. */
  | 'jump'
  /** To an address in the instruction, or on. */
  | 'conditional'
  /** To an address in a register or from memory. */
  | 'register';

/** What a core model needs to know of an instruction. Registers by the names that are printed: `r0`, `sp`, `s0`, `d0`, `q0`; `a0`. */
export interface DecodedInstruction {
  readonly class: InstructionClass;
  readonly mnemonic: string;
  readonly control: Control;
  /** Registers that it writes, but for the base of an address. */
  readonly writes: readonly string[];
  /** Registers that it reads, those of an address included. */
  readonly reads: readonly string[];
  /** Registers of the address of a load or store. */
  readonly address: readonly string[];
  /** Of these the one that it changes, or null. */
  readonly writesBack: string | null;
  /** Whether the address is the sum of two registers. */
  readonly indexed: boolean;
  /** Words that a load or store moves, at least 1; 0 for all others. */
  readonly words: number;
  readonly sizeBytes: number;
}
