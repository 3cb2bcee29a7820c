import type { TensorData } from '../../tensor/dtype.ts';
import type { HeliumProcessors } from './variants.ts';

/** C types of the elements of a constant table. */
export type CElement =
  | 'int8_t'
  | 'uint8_t'
  | 'int16_t'
  | 'uint16_t'
  | 'int32_t'
  | 'uint32_t'
  | 'int64_t'
  | 'uint64_t'
  | 'float'
  | 'double';

const elementBytes: { readonly [E in CElement]: number } = {
  ...{
    int8_t: 1,
    uint8_t: 1,
    int16_t: 2,
    uint16_t: 2,
    int32_t: 4,
    uint32_t: 4,
    int64_t: 8,
    uint64_t: 8,
    float: 4,
    double: 8,
  },
};

/** A constant array of numbers in read-only memory. Tables of equal type and content are emitted once. */
export interface NumberTable {
  readonly kind: 'numbers';
  /** What it holds, as part of its name: `weights`. */
  readonly stem: string;
  readonly element: CElement;
  readonly data: TensorData | readonly number[];
  /** Whether kernels read it by words, so that it must begin at one. Tables of 32-bit elements do anyway. */
  readonly words?: true;
  /** What stands in its place on processors with Helium: bytes, which begin at a word. */
  readonly helium?: HeliumTable;
  /** What stands in its place on Armv7E-M without Helium: numbers of 16 bits, which begin at a word. */
  readonly wide?: Int16Array;
}

/** A table of bytes for some processors. */
export interface HeliumTable {
  readonly processors: HeliumProcessors;
  readonly data: Int8Array;
}

/** One row of a {@link ChannelTable}: `struct <prefix>_channel` of integer.h. */
export interface ChannelRow {
  readonly bias: number;
  readonly multiplier: number;
  /** To the right; negative means to the left. */
  readonly shift: number;
}

/** What turns the sums of each output channel into outputs. */
export interface ChannelTable {
  readonly kind: 'channels';
  readonly stem: string;
  readonly rows: readonly ChannelRow[];
}

export type CTable = NumberTable | ChannelTable;

/** Bytes of the table in flash: on processors with Helium, or the most that it takes on others. */
export function tableBytes(table: CTable, helium = false): number {
  if (table.kind === 'channels') return 12 * table.rows.length;
  if (helium && table.helium !== undefined) return table.helium.data.length;
  if (!helium && table.wide !== undefined) return 2 * table.wide.length;
  return elementBytes[table.element] * table.data.length;
}
