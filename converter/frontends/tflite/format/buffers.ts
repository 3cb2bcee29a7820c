import type { ProblemList } from './problems.ts';
import type { Decoded } from './schema/schema.ts';

/** Bytes that lie behind the FlatBuffer proper, in files too large for 32-bit offsets. Offsets 0 and 1 stand for none. */
export interface OuterRange {
  readonly offset: number;
  readonly size: number;
}

/** The file and its buffer table. */
export interface BufferTable {
  readonly file: Uint8Array;
  readonly buffers: readonly Decoded<'Buffer'>[];
}

/** A view on a range outside the FlatBuffer; null when the range is not used, or faulty (told to `problems`). */
export function outerBytes(
  file: Uint8Array,
  range: OuterRange,
  place: string,
  problems: ProblemList,
): Uint8Array | null {
  if (range.offset <= 1 || range.size === 0) return null;
  if (range.offset + range.size > file.length) {
    problems.add({
      code: 'tflite-truncated',
      where: place,
      what: `its data lies at bytes ${range.offset} to ${range.offset + range.size}, but the file has ${file.length}`,
      advice: 'the file is damaged or was cut short: download or export it again',
    });
    return null;
  }
  return file.subarray(range.offset, range.offset + range.size);
}

/** A view on the bytes of buffer `index`; null when it holds none, or is faulty (told to `problems`). */
export function bufferBytes(
  { file, buffers }: BufferTable,
  index: number,
  place: string,
  problems: ProblemList,
): Uint8Array | null {
  const buffer = buffers[index];
  if (buffer === undefined) {
    // Files written by hand leave the table out when no tensor has data; 0 stands for no data anyway.
    if (index === 0) return null;
    problems.add({
      code: 'tflite-index',
      where: place,
      what: `it refers to buffer ${index}, but the model has ${buffers.length} buffers`,
      advice: 'the file is damaged: download or export it again',
    });
    return null;
  }
  if (buffer.data.length > 0) return buffer.data;
  return outerBytes(file, buffer, place, problems);
}
