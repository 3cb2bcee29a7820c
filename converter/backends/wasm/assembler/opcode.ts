import { ByteReader } from './byte-reader.ts';
import { controlOpcode } from './instructions/parametric.ts';
import { type Instruction, instructions } from './instructions/table.ts';

/** Opcode bytes that announce a second part. */
const prefixes: ReadonlySet<number> = new Set([0xfc, 0xfd, 0xfe]);

/** Reads an opcode as one number, both parts of it. */
export function opcodeKey(reader: ByteReader): number {
  const first = reader.byte();
  return prefixes.has(first) ? first * 0x1_0000 + reader.u32() : first;
}

/** Instructions with a fixed type. */
export const instructionByOpcode: ReadonlyMap<number, Instruction> = new Map(
  [...instructions.values()].map((instruction) => [
    opcodeKey(new ByteReader(Uint8Array.from(instruction.opcode))),
    instruction,
  ]),
);

/** Instructions whose type depends on the control stack. */
export const controlName: ReadonlyMap<number, string> = new Map(
  Object.entries(controlOpcode).map(([name, opcode]) => [opcode, name]),
);

/** Instructions on variables. */
export const variableName: ReadonlyMap<number, 'local.get' | 'local.set' | 'local.tee' | 'global.get' | 'global.set'> =
  new Map([
    [0x20, 'local.get'],
    [0x21, 'local.set'],
    [0x22, 'local.tee'],
    [0x23, 'global.get'],
    [0x24, 'global.set'],
  ]);

/** Length of an opcode without the zero bytes that follow it. */
export function encodedLength(opcode: readonly number[]): number {
  const [first] = opcode;
  if (first === undefined || !prefixes.has(first)) return 1;
  return opcode.findIndex((byte, index) => index > 0 && byte < 0x80) + 1;
}
