import { ProblemError } from '../../converter/problem.ts';

/**
 * A reader of UF2 files: what a loader would make of one. Source: microsoft/uf2, README, "File format": blocks of 512 bytes, little-endian,
 * with three magic numbers, flags, address, payload size, number of the block, number of blocks and family.
 */
export interface Uf2File {
  /** Families of the blocks, as in `uf2families.json`; empty where the file says none. */
  readonly families: readonly number[];
  /** The lowest address that is written. */
  readonly address: number;
  /** Bytes that are written. */
  readonly bytes: number;
  readonly blocks: number;
}

export const uf2BlockBytes = 512;

const MAGIC_START = 0x0a324655;
const MAGIC_SECOND = 0x9e5d5157;
const MAGIC_END = 0x0ab16f30;
const [NOT_MAIN_FLASH, HAS_FAMILY] = [0x0000_0001, 0x0000_2000];

/** Reads a UF2 file. Throws `uf2-broken` for what a loader would not take. */
export function readUf2(bytes: Uint8Array, where: string): Uf2File {
  const fault = (what: string): never => {
    throw new ProblemError({ code: 'uf2-broken', where, what, advice: 'build the firmware again' });
  };
  if (bytes.length === 0 || bytes.length % uf2BlockBytes !== 0) fault(`${bytes.length} bytes are no UF2 blocks of 512`);
  const families = new Set<number>();
  const seen = new Set<number>();
  const count = bytes.length / uf2BlockBytes;
  let [address, total] = [Number.POSITIVE_INFINITY, 0];
  for (let index = 0; index < count; index++) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + index * uf2BlockBytes, uf2BlockBytes);
    const word = (at: number) => view.getUint32(at, true);
    if (word(0) !== MAGIC_START || word(4) !== MAGIC_SECOND || word(508) !== MAGIC_END)
      fault(`block ${index} has not the magic numbers`);
    const [flags, target, size, number, blocks] = [word(8), word(12), word(16), word(20), word(24)];
    if (size === 0 || size > 476) fault(`block ${index} holds ${size} bytes`);
    if (blocks !== count || number >= count || seen.has(number))
      fault(`block ${index} is number ${number} of ${blocks}, in a file of ${count}`);
    seen.add(number);
    if ((flags & NOT_MAIN_FLASH) !== 0) continue;
    if ((flags & HAS_FAMILY) !== 0) families.add(word(28));
    address = Math.min(address, target);
    total += size;
  }
  if (total === 0) fault('no block is for the flash');
  return { families: [...families], address, bytes: total, blocks: count };
}
