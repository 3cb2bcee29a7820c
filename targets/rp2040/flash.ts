import { ProblemError } from '../../converter/problem.ts';

/** Bytes with the address in flash at which they lie. */
export interface FlashPart {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const LOAD = 1;

/**
 * What a linked 32-bit program puts into memory at boot: its segments at their load addresses (Executable and Linking Format 1.2, part 1,
 * program header). Throws `elf-broken` for a file that ends too early.
 */
export function loadedParts(elf: Uint8Array): readonly FlashPart[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (elf.byteLength < 52 || view.getUint32(0) !== 0x7f454c46) throw broken('the file does not begin like a program');
  const [table, size, count] = [view.getUint32(28, true), view.getUint16(42, true), view.getUint16(44, true)];
  if (count > 0 && (size < 32 || table + count * size > elf.byteLength))
    throw broken('the segments are not in the file');
  return Array.from({ length: count }, (_, i) => table + i * size).flatMap((at) => {
    const [type, offset, address, bytes] = [at, at + 4, at + 12, at + 16].map((field) => view.getUint32(field, true));
    if (type !== LOAD || offset === undefined || address === undefined || bytes === undefined || bytes === 0) return [];
    if (offset + bytes > elf.byteLength) throw broken(`a segment of ${bytes} bytes at ${offset} is not in the file`);
    return [{ address, bytes: elf.subarray(offset, offset + bytes) }];
  });
}

function broken(what: string): ProblemError {
  return new ProblemError({ code: 'elf-broken', where: 'ELF file', what, advice: 'give the linked program' });
}
