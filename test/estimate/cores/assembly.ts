import type { MachineInstruction } from '../../../converter/estimate/instructions/instruction.ts';

/** Instructions from lines such as `ldr r0, [r1]`, in the form in which binutils prints them, of four bytes each. */
export function assembly(text: string): readonly MachineInstruction[] {
  const lines = text
    .split(/[\n;]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line, i) => {
    const [mnemonic = '', ...rest] = line.split(' ');
    return { address: 4 * i, next: 4 * (i + 1), mnemonic, operands: rest.join(' ') };
  });
}
