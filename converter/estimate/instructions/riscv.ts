import type { Control, DecodedInstruction, InstructionClass, MachineInstruction } from './instruction.ts';

/** Reads instructions of RV32IMC with the names of binutils (RISC-V Assembly Programmer's Manual, pseudoinstructions). */

/** The class of an instruction. */
export function riscvClass({ mnemonic }: MachineInstruction): InstructionClass {
  if (/^l[bhw]u?$/.test(mnemonic)) return 'load';
  if (/^s[bhw]$/.test(mnemonic)) return 'store';
  if (/^mul/.test(mnemonic)) return 'multiply';
  if (/^(?:div|rem)/.test(mnemonic)) return 'divide';
  if (controlOf(mnemonic) !== 'next') return 'branch';
  return /^(?:nop|fence|ecall|ebreak|csr|unimp|wfi|mret)/.test(mnemonic) ? 'other' : 'alu';
}

function controlOf(mnemonic: string): Control {
  if (/^b(?:eq|ne|lt|ge|gt|le)u?z?$/.test(mnemonic)) return 'conditional';
  if (mnemonic === 'j' || mnemonic === 'jal') return 'jump';
  return /^(?:jr|jalr|ret|tail|call)$/.test(mnemonic) ? 'register' : 'next';
}

/** Reads one instruction; what is not known counts as arithmetic that writes its first register. */
export function decodeRiscv(instruction: MachineInstruction): DecodedInstruction {
  const { mnemonic, operands, address: place, next } = instruction;
  const kind = riscvClass(instruction);
  const all: readonly string[] = operands.match(/\b(?:zero|ra|sp|gp|tp|[tsa]\d+)\b/g) ?? [];
  const base = { class: kind, mnemonic, control: controlOf(mnemonic), sizeBytes: next - place };
  const none = { address: [], writesBack: null, indexed: false, words: 0 };
  if (kind === 'load') {
    return { ...base, ...none, address: all.slice(1), reads: all.slice(1), writes: all.slice(0, 1), words: 1 };
  }
  if (kind === 'store') return { ...base, ...none, address: all.slice(1), reads: all, writes: [], words: 1 };
  if (base.control === 'conditional' || base.control === 'register')
    return { ...base, ...none, reads: all, writes: [] };
  return { ...base, ...none, reads: all.slice(1), writes: all.slice(0, 1) };
}
