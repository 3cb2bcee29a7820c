import { invariant, ProblemError } from '../../converter/problem.ts';
import { loadedParts } from '../rp2040/flash.ts';

/** Bytes that are written to one stretch of memory. */
export interface MemoryImage {
  /** Of the first byte. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Between the segments of a firmware lie at most so many bytes; more of them mean that a segment is not meant for flash. */
const LONGEST_GAP = 1 << 20;

/** What erased flash reads as. */
const ERASED = 0xff;

/**
 * What a linked program puts into flash, in one piece from its lowest address to its highest: the segments at their load addresses, the
 * gaps between them as erased flash. Throws `elf-broken` for a file that is no program, and for segments that overlap or lie far apart.
 */
export function flashImage(elf: Uint8Array): MemoryImage {
  const parts = [...loadedParts(elf)].sort((a, b) => a.address - b.address);
  const [first] = parts;
  if (first === undefined) throw broken('it has no segment that is loaded');
  let end = first.address;
  for (const { address, bytes } of parts) {
    if (address < end) throw broken(`two segments lie at 0x${address.toString(16)}`);
    if (address - end > LONGEST_GAP) throw broken(`a segment at 0x${address.toString(16)} is far from the others`);
    end = address + bytes.length;
  }
  const image = new Uint8Array(end - first.address).fill(ERASED);
  for (const { address, bytes } of parts) image.set(bytes, address - first.address);
  invariant(image.length > 0, 'an image has bytes');
  return { address: first.address, bytes: image };
}

function broken(what: string): ProblemError {
  return new ProblemError({ code: 'elf-broken', where: 'ELF file', what, advice: 'give the linked program' });
}
