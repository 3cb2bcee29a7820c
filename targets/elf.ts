import { ProblemError } from '../converter/problem.ts';

/**
 * A reader for 32-bit little-endian ELF files: sections and symbols, which is what memory use is computed from.
 * Layout: Tool Interface Standard, Executable and Linking Format 1.2, part 1. Every offset is checked against the file.
 */

/** A section header. Sizes and addresses in bytes. */
export interface ElfSection {
  readonly name: string;
  /** SHT_*: 1 PROGBITS, 2 SYMTAB, 3 STRTAB, 8 NOBITS. */
  readonly type: number;
  /** SHF_*: 1 WRITE, 2 ALLOC, 4 EXECINSTR. */
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** A symbol. On Arm the lowest bit of a function's address (Thumb) is already removed. */
export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly kind: 'none' | 'object' | 'function' | 'section' | 'file' | 'other';
  /** Index into {@link elfSections}; values from 0xff00 are reserved (0xfff1 absolute). */
  readonly section: number;
}

const SECTION_SYMTAB = 2;
const SECTION_NOBITS = 8;
const MACHINE_ARM = 40;
const KINDS = ['none', 'object', 'function', 'section', 'file'] as const;

/** Raw section header: the fields of {@link ElfSection} that need the string table, and the links. */
interface RawSection extends Omit<ElfSection, 'name'> {
  readonly nameOffset: number;
  readonly link: number;
  readonly entrySize: number;
}

function fault(what: string): ProblemError {
  return new ProblemError({
    code: 'elf-broken',
    where: 'ELF file',
    what,
    advice: 'give the linked 32-bit little-endian program',
  });
}

/** A view of `[offset, offset + size)`; throws when any of it lies outside the file. */
function slice(bytes: Uint8Array, offset: number, size: number, what: string): DataView {
  if (offset + size > bytes.byteLength) {
    throw fault(`${what} at byte ${offset} needs ${size} bytes, the file has ${bytes.byteLength}`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset + offset, size);
}

/** The bytes up to the next NUL, as Latin-1. */
function textAt(table: DataView, offset: number): string {
  let text = '';
  for (let at = offset; at < table.byteLength; at++) {
    const code = table.getUint8(at);
    if (code === 0) return text;
    text += String.fromCharCode(code);
  }
  throw fault(`a name at ${offset} of a string table does not end`);
}

function readHeaders(bytes: Uint8Array): { readonly sections: readonly RawSection[]; readonly names: DataView } {
  const header = slice(bytes, 0, 52, 'the file header');
  if (header.getUint32(0) !== 0x7f454c46) throw fault('the file does not begin with the ELF magic number');
  if (header.getUint8(4) !== 1 || header.getUint8(5) !== 1) throw fault('the file is not 32-bit little-endian');
  const [tableOffset, entrySize] = [header.getUint32(32, true), header.getUint16(46, true)];
  const [count, nameIndex] = [header.getUint16(48, true), header.getUint16(50, true)];
  if (count > 0 && entrySize < 40) throw fault(`section headers of ${entrySize} bytes are too short`);
  const table = slice(bytes, tableOffset, count * entrySize, 'the section table');
  const sections = Array.from({ length: count }, (_, index): RawSection => {
    const word = (field: number) => table.getUint32(index * entrySize + field, true);
    return {
      nameOffset: word(0),
      type: word(4),
      flags: word(8),
      address: word(12),
      offset: word(16),
      size: word(20),
      link: word(24),
      entrySize: word(36),
    };
  });
  return { sections, names: contents(bytes, sections[nameIndex], 'the section names') };
}

function contents(bytes: Uint8Array, section: RawSection | undefined, what: string): DataView {
  if (section === undefined) throw fault(`${what}: no such section`);
  return slice(bytes, section.offset, section.type === SECTION_NOBITS ? 0 : section.size, what);
}

/** All sections in the order of the file, the null section first. Throws `elf-broken` for anything malformed. */
export function elfSections(bytes: Uint8Array): readonly ElfSection[] {
  const { sections, names } = readHeaders(bytes);
  return sections.map(({ nameOffset, type, flags, address, offset, size }) => {
    return { name: textAt(names, nameOffset), type, flags, address, offset, size };
  });
}

/** A copy of the file with a little-endian word at a byte offset. Throws `elf-broken` where that is outside the file. */
export function withSectionWord(bytes: Uint8Array, offset: number, word: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  slice(copy, offset, 4, 'a word').setUint32(0, word, true);
  return copy;
}

const MACHINES: Readonly<Record<number, string>> = { 40: 'Arm', 83: 'AVR', 94: 'Xtensa', 243: 'RISC-V' };

/** The processors that a program is for: Arm, RISC-V, AVR, Xtensa, or `machine 62`. Throws `elf-broken` for a file without header. */
export function elfMachine(bytes: Uint8Array): string {
  const header = slice(bytes, 0, 20, 'the file header');
  if (header.getUint32(0) !== 0x7f454c46) throw fault('the file does not begin with the ELF magic number');
  const number = header.getUint16(18, true);
  return MACHINES[number] ?? `machine ${number}`;
}

/** Whether the program is for Arm in its 32-bit states. Throws `elf-broken` for a file without header. */
export function isForArm(bytes: Uint8Array): boolean {
  return slice(bytes, 18, 2, 'the machine').getUint16(0, true) === MACHINE_ARM;
}

/** All symbols of the symbol table; empty for a stripped program. Throws `elf-broken` for anything malformed. */
export function elfSymbols(bytes: Uint8Array): readonly ElfSymbol[] {
  const { sections } = readHeaders(bytes);
  const table = sections.find(({ type }) => type === SECTION_SYMTAB);
  if (table === undefined) return [];
  if (table.entrySize < 16) throw fault(`symbols of ${table.entrySize} bytes are too short`);
  const arm = isForArm(bytes);
  const view = contents(bytes, table, 'the symbol table');
  const names = contents(bytes, sections[table.link], 'the symbol names');
  return Array.from({ length: Math.floor(table.size / table.entrySize) }, (_, index): ElfSymbol => {
    const at = index * table.entrySize;
    const kind = KINDS[view.getUint8(at + 12) & 15] ?? 'other';
    const value = view.getUint32(at + 4, true);
    return {
      name: textAt(names, view.getUint32(at, true)),
      address: arm && kind === 'function' ? value - (value & 1) : value,
      size: view.getUint32(at + 8, true),
      kind,
      section: view.getUint16(at + 14, true),
    };
  });
}

/** The address of a symbol; throws `elf-broken` when the program has none of that name. */
export function symbolAddress(symbols: readonly ElfSymbol[], name: string): number {
  const symbol = symbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) throw fault(`there is no symbol ${name}`);
  return symbol.address;
}
