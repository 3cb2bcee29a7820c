import { numberToFloat16 } from '../../../tensor/float16.ts';
import { runMultipliers } from './nibbles.ts';
import { byteOf, type Run } from './runs.ts';

/** The low bits of the first word of a run in the stream; the number of words or scales stands above. */
export const runKinds = { raw: 0, float16: 1, int8: 2, int4: 3 } as const;

/** Bits of the kind. */
export const kindBits = 2;

/** Expanding writes whole vectors, so it may write so far behind the last word of a run. */
const overshootBytes = 16;

/**
 * The constants as they are kept in the module: runs, one after the other, each a word with its kind and number of words, then
 *
 * - raw: the words,
 * - float16: the halves, up to a multiple of 4,
 * - int8: a word with the number of scales, the scales, the bytes up to a multiple of 4,
 * - int4: a word with the span, 8 bytes of multipliers, then 8 bytes for each 16: the numbers and 8, of bytes 0 to 7 in the low halves, of
 *   bytes 8 to 15 in the high ones.
 */
export interface WeightStream {
  readonly bytes: Uint8Array;
  /** The least address at which the stream can lie when it is expanded to address 0 on, from front to back. */
  readonly leastAddress: number;
}

/** Puts the runs of an image of the constants into a stream. The image is made of whole words. */
export function weightStream(image: Uint8Array, runs: readonly Run[]): WeightStream {
  const source = new DataView(image.buffer, image.byteOffset, image.length);
  const target = new DataView(new ArrayBuffer(runs.reduce((sum, run) => sum + streamBytes(run), 0)));
  let [read, written, least] = [0, 0, 0];
  for (const run of runs) {
    const start = read;
    target.setUint32(read, (run.words << kindBits) | runKinds[run.kind], true);
    read += 4;
    const at = (i: number) => source.getFloat32(written + 4 * i, true);
    switch (run.kind) {
      case 'raw':
        for (let i = 0; i < run.words; i++)
          target.setUint32(read + 4 * i, source.getUint32(written + 4 * i, true), true);
        break;
      case 'float16':
        for (let i = 0; i < run.words; i++) target.setUint16(read + 2 * i, numberToFloat16(at(i)), true);
        break;
      case 'int8': {
        const { scales } = run;
        target.setUint32(read, scales.length, true);
        scales.forEach((scale, i) => {
          target.setFloat32(read + 4 + 4 * i, scale, true);
        });
        const first = read + 4 + 4 * scales.length;
        for (let i = 0; i < run.words; i++) target.setInt8(first + i, byteOf(at(i), scales[i % scales.length] ?? 0));
        break;
      }
      case 'int4':
        target.setUint32(read, run.span, true);
        run.multipliers.forEach((multiplier, i) => {
          target.setUint8(read + 4 + i, multiplier);
        });
        for (let i = 0; i < 4 * run.words; i++) {
          const at = read + 4 + runMultipliers + 8 * (i >> 4) + (i & 7);
          const multiplier = run.multipliers[Math.floor(i / run.span) % runMultipliers] ?? 1;
          const nibble = source.getInt8(written + i) / multiplier + 8;
          target.setUint8(at, target.getUint8(at) | (nibble << ((i & 8) >> 1)));
        }
        break;
      default:
        run satisfies never;
    }
    read = start + streamBytes(run);
    written += 4 * run.words;
    // Nothing of a run may be overwritten before the whole run is expanded; what is copied as it is may overlap itself.
    least = Math.max(least, written + overshootBytes - (run.kind === 'raw' ? read : start));
  }
  return { bytes: new Uint8Array(target.buffer), leastAddress: Math.ceil(least / 16) * 16 };
}

/** Bytes that a run takes in the stream. */
function streamBytes(run: Run): number {
  switch (run.kind) {
    case 'raw':
      return 4 + 4 * run.words;
    case 'float16':
      return 4 + 8 * Math.ceil(run.words / 4);
    case 'int8':
      return 8 + 4 * run.scales.length + 4 * Math.ceil(run.words / 4);
    case 'int4':
      return 8 + runMultipliers + 8 * Math.ceil(run.words / 4);
    default:
      return run satisfies never;
  }
}
