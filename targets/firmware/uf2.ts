import { fault } from './fault.ts';
import type { MemoryImage } from './image.ts';

/**
 * UF2 (USB Flashing Format, github.com/microsoft/uf2, README.md): blocks of 512 bytes that each say where their 256 bytes of data go, so
 * that a bootloader may take them in any order.
 */

const BLOCK_BYTES = 512;
const DATA_BYTES = 256;
const DATA_OFFSET = 32;
const [MAGIC_0, MAGIC_1, MAGIC_END] = [0x0a32_4655, 0x9e5d_5157, 0x0ab1_6f30];
const HAS_FAMILY = 0x2000;
const NOT_FOR_FLASH = 0x0001;
const ERASED = 0xff;

/** An image as UF2 blocks of a family; the first and the last page are filled up as erased flash. */
export function toUf2({ address, bytes }: MemoryImage, family: number): Uint8Array {
  const before = address % DATA_BYTES;
  const blocks = Math.ceil((before + bytes.length) / DATA_BYTES);
  const padded = new Uint8Array(blocks * DATA_BYTES).fill(ERASED);
  padded.set(bytes, before);
  const file = new Uint8Array(blocks * BLOCK_BYTES);
  const view = new DataView(file.buffer);
  for (let i = 0; i < blocks; i++) {
    const at = i * BLOCK_BYTES;
    const place = address - before + i * DATA_BYTES;
    const words = [MAGIC_0, MAGIC_1, HAS_FAMILY, place, DATA_BYTES, i, blocks, family];
    words.forEach((word, k) => void view.setUint32(at + 4 * k, word, true));
    file.set(padded.subarray(i * DATA_BYTES, (i + 1) * DATA_BYTES), at + DATA_OFFSET);
    view.setUint32(at + BLOCK_BYTES - 4, MAGIC_END, true);
  }
  return file;
}

/** What a UF2 file writes. */
export interface Uf2Contents {
  /** In the order of the file. */
  readonly blocks: readonly MemoryImage[];
  /** Null where no block names one. */
  readonly family: number | null;
}

/** The blocks of a UF2 file for flash. Throws `uf2-broken` with the block at fault; `where` names the file. */
export function fromUf2(file: Uint8Array, where = 'UF2 file'): Uf2Contents {
  if (file.length === 0 || file.length % BLOCK_BYTES !== 0) {
    throw fault('uf2-broken', where, `${file.length} bytes are no whole number of blocks of ${BLOCK_BYTES}`);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = file.length / BLOCK_BYTES;
  let family: number | null = null;
  const blocks: MemoryImage[] = [];
  for (let i = 0; i < count; i++) {
    const wrong = (what: string) => fault('uf2-broken', `${where}, block ${i}`, what);
    const word = (index: number) => view.getUint32(i * BLOCK_BYTES + 4 * index, true);
    if (word(0) !== MAGIC_0 || word(1) !== MAGIC_1 || word(127) !== MAGIC_END) throw wrong('has no magic numbers');
    const [flags, address, bytes] = [word(2), word(3), word(4)];
    if (bytes === 0 || bytes > 476) throw wrong(`says that it has ${bytes} bytes of data`);
    if (word(5) !== i || word(6) !== count)
      throw wrong(`says that it is ${word(5)} of ${word(6)}, not ${i} of ${count}`);
    if ((flags & NOT_FOR_FLASH) !== 0) continue;
    if ((flags & HAS_FAMILY) !== 0) {
      if (family !== null && family !== word(7)) throw wrong('is for another family than those before it');
      family = word(7);
    }
    const start = i * BLOCK_BYTES + DATA_OFFSET;
    blocks.push({ address, bytes: file.subarray(start, start + bytes) });
  }
  if (blocks.length === 0) throw fault('uf2-broken', where, 'no block is for the flash');
  return { blocks, family };
}
