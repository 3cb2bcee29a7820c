/** A machine instruction as a disassembler prints it. */
export interface Instruction {
  readonly address: number;
  /** Address of the next one. */
  readonly next: number;
  /** In lower case, without the width `.n` or `.w`. */
  readonly mnemonic: string;
  /** Without comment. */
  readonly operands: string;
}

/** Where control goes after an instruction. */
export type Flow =
  | { readonly kind: 'next' | 'return' | 'stop' }
  /** `conditional`: or to the next instruction. */
  | { readonly kind: 'jump'; readonly target: number; readonly conditional: boolean }
  | { readonly kind: 'call'; readonly target: number }
  /** Calls what a register holds; `tail` jumps there. */
  | { readonly kind: 'call-register'; readonly tail: boolean }
  /** Jumps by a table or an address computed before, within the function. */
  | { readonly kind: 'jump-computed' };

/** What an instruction does to the stack pointer. */
export type StackEffect =
  /** Grows the stack by `bytes`; negative frees. */
  | { readonly kind: 'grows'; readonly bytes: number }
  /** Takes the stack pointer back to what the frame pointer kept: never deeper than before. */
  | { readonly kind: 'restores' }
  /** By an amount that the instruction does not tell. */
  | { readonly kind: 'unknown' };

/** All that matters of an instruction. A conditional one may also do nothing. */
export interface Effect {
  readonly stack: StackEffect;
  readonly flow: Flow;
  readonly conditional: boolean;
}

const CONDITIONS = 'eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le';
const ENDS_CONDITIONAL = new RegExp(`(?:${CONDITIONS})$`);

/** Whether the mnemonic is one of `names`, perhaps with a condition. */
function is(mnemonic: string, names: string): boolean {
  return new RegExp(`^(?:${names})(?:${CONDITIONS})?$`).test(mnemonic);
}

/** Registers of a list `{r4, r5, lr}` or `{d8-d11}`, and whether the program counter is one. Bytes: 8 for d, 4 else. */
function listOf(operands: string): { readonly bytes: number; readonly loadsPc: boolean } {
  const items = (/\{([^}]*)\}/.exec(operands)?.[1] ?? '').split(',').map((item) => item.trim());
  let bytes = 0;
  for (const item of items.filter((text) => text !== '')) {
    const range = /^([a-z])(\d+)-[a-z](\d+)$/.exec(item);
    const count = range === null ? 1 : Number(range[3]) - Number(range[2]) + 1;
    bytes += count * (item.startsWith('d') ? 8 : 4);
  }
  return { bytes, loadsPc: items.includes('pc') };
}

/** With `sp` as the first operand these only read it. */
const READS_SP = 'cmp|cmn|tst|teq|str|ldm|ldmia|ldmfd|ldmdb|stm|stmia|stmea|stmdb|vldmia|vstmia';

const grows = (bytes: number): StackEffect => ({ kind: 'grows', bytes });
const UNKNOWN: StackEffect = { kind: 'unknown' };

/** The effect of an instruction of Thumb-2 (Armv7-M Architecture Reference Manual, A7) in GNU syntax. */
export function effectOf(instruction: Instruction): Effect {
  const { mnemonic, operands } = instruction;
  return {
    stack: stackEffect(mnemonic, operands),
    flow: flowOf(mnemonic, operands),
    conditional: ENDS_CONDITIONAL.test(mnemonic) && !is(mnemonic, 'b'),
  };
}

function stackEffect(mnemonic: string, operands: string): StackEffect {
  if (is(mnemonic, 'push|vpush')) return grows(listOf(operands).bytes);
  if (is(mnemonic, 'pop|vpop')) return grows(-listOf(operands).bytes);
  if (/^sp!/.test(operands)) {
    if (is(mnemonic, 'stmdb|stmfd|vstmdb|fstmdbx')) return grows(listOf(operands).bytes);
    return is(mnemonic, 'ldmia|ldm|ldmfd|vldmia|fldmiax') ? grows(-listOf(operands).bytes) : UNKNOWN;
  }
  const before = /\[sp, #(-?\d+)\]!$/.exec(operands);
  const after = /\[sp\], #(-?\d+)$/.exec(operands);
  if (before !== null || after !== null) return grows(-Number((before ?? after)?.[1]));
  if (/\[sp[^\]]*\]!|\[sp\],/.test(operands)) return UNKNOWN;
  if (!/^sp\b/.test(operands) || is(mnemonic, READS_SP)) return grows(0);
  const amount = /^sp, (?:sp, )?#(\d+)$/.exec(operands)?.[1];
  if (amount !== undefined && is(mnemonic, 'subs?|subw')) return grows(Number(amount));
  if (amount !== undefined && is(mnemonic, 'adds?|addw')) return grows(-Number(amount));
  return is(mnemonic, 'mov') && operands === 'sp, r7' ? { kind: 'restores' } : UNKNOWN;
}

function flowOf(mnemonic: string, operands: string): Flow {
  const target = Number.parseInt(/(?:^|, )(?:0x)?([0-9a-f]+)(?: <|$)/.exec(operands)?.[1] ?? '', 16);
  if (is(mnemonic, 'bl') || (is(mnemonic, 'blx') && !/^(?:r\d|lr|ip|sl|fp|sb)/.test(operands))) {
    return { kind: 'call', target };
  }
  if (is(mnemonic, 'blx')) return { kind: 'call-register', tail: false };
  if (is(mnemonic, 'bx')) return operands === 'lr' ? { kind: 'return' } : { kind: 'call-register', tail: true };
  if (is(mnemonic, 'b')) return { kind: 'jump', target, conditional: mnemonic !== 'b' };
  if (/^cbn?z$/.test(mnemonic)) return { kind: 'jump', target, conditional: true };
  if (/^tb[bh]$/.test(mnemonic)) return { kind: 'jump-computed' };
  if (mnemonic === 'udf') return { kind: 'stop' };
  if (is(mnemonic, 'pop|ldmia|ldm|ldmfd') && listOf(operands).loadsPc) return { kind: 'return' };
  if (!/^pc\b/.test(operands) || is(mnemonic, 'cmp|cmn|tst|teq|str|push')) return { kind: 'next' };
  if (is(mnemonic, 'mov') && operands === 'pc, lr') return { kind: 'return' };
  if (is(mnemonic, 'ldr') && /\[sp\], #4$/.test(operands)) return { kind: 'return' };
  if (is(mnemonic, 'ldr') && /^pc, \[(?:sp|pc)/.test(operands)) return { kind: 'jump-computed' };
  return is(mnemonic, 'add') ? { kind: 'jump-computed' } : { kind: 'call-register', tail: true };
}
