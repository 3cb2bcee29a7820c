// @ts-check
/*
 * Files as values of an input: pictures, sound, .npy and raw bytes.
 */

import { frameCount } from '../../../runtime-wasm/features.js';
import { readNpy } from './npy.js';
import { decodeSound, fitted, rateOf } from './sound.js';
import { countOf, fromBytes, storedOf, wholeOf } from './tensors.js';

/** @import { Features } from '../../../runtime-wasm/feature-tables.js' */
/** @import { Feed } from '../../../runtime-wasm/feed.js' */
/** @import { TensorArray, TensorInfo } from '../../../runtime-wasm/tensors.js' */
/** @import { NumberArray } from './npy.js' */

/**
 * What a file gives: something that the feed prepares, or elements as they are stored. `count` samples may be in one file.
 * @typedef {{ readonly note: string } & ({ readonly kind: 'source', readonly source: unknown } | { readonly kind: 'stored', readonly count: number, readonly stored: (sample: number) => TensorArray })} FileValues
 */

/** @typedef {{ readonly name: string, readonly info: TensorInfo, readonly feed: Feed | null }} InputPort */

/**
 * Rejects with one sentence for what the input cannot take.
 * @param {File} file
 * @param {InputPort} port
 * @returns {Promise<FileValues>}
 */
export async function readFile(file, { name, info, feed }) {
  const ending = /\.(\w+)$/.exec(file.name.toLowerCase())?.[1] ?? '';
  if (ending === 'npy') {
    const array = await named(file, async () => readNpy(new Uint8Array(await file.arrayBuffer())));
    return arrayValues(array, name, info, feed, file.name);
  }
  if (ending === 'bin' || ending === 'raw') {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const stored = await named(file, async () => fromBytes(info, bytes));
    return { kind: 'stored', count: 1, stored: () => stored, note: `${file.name}: elements as they are stored` };
  }
  if (feed === null) {
    const what = `input "${name}" is neither a picture nor sound for all that is known`;
    const declare = 'declare the input with --preprocess (docs/features.md has the keys for sound)';
    throw new Error(`${what}: give ${file.name} as .npy or .bin, or ${declare}`);
  }
  if (feed.kind === 'sound') {
    const mono = await decodeSound(await file.arrayBuffer(), rateOf(feed), file.name);
    const seconds = (mono.length / rateOf(feed)).toFixed(2);
    // Sound that gives just the frames that the model takes may have some samples beyond the last.
    const isWhole = feed.features !== null && isClip(mono.length, feed.features);
    const more = isWhole ? 0 : mono.length - feed.samples;
    const cut =
      more === 0 ? '' : more > 0 ? `, without its last ${more} samples` : `, then ${-more} samples of silence`;
    const source = isWhole ? mono : fitted(mono, feed.samples);
    return { kind: 'source', source, note: `${file.name}: ${seconds} s${cut}` };
  }
  return { kind: 'source', source: await decodePicture(file), note: file.name };
}

/**
 * Whether so many samples give just the frames that the model takes.
 * @param {number} samples
 * @param {Features} features
 */
function isClip(samples, features) {
  return frameCount(samples, features) - features.firstFrame === features.frames;
}

/** @param {File} file */
async function decodePicture(file) {
  try {
    return await createImageBitmap(file, { colorSpaceConversion: 'none' });
  } catch {
    throw new Error(`${file.name} is no picture that this browser can decode: give it as .png or .jpg`);
  }
}

/**
 * What `work` throws, with the name of the file.
 * @template T
 * @param {File} file
 * @param {() => Promise<T>} work
 */
async function named(file, work) {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${file.name}: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * Elements of the input's own type are stored ones; bytes of a picture go the way of its pixels; all else are real numbers.
 * @param {NumberArray} array
 * @param {string} name
 * @param {TensorInfo} info
 * @param {Feed | null} feed
 * @param {string} file
 * @returns {FileValues}
 */
export function arrayValues({ kind, shape, data }, name, info, feed, file) {
  const size = countOf(info.shape);
  const count = data.length / size;
  if (!Number.isInteger(count) || count < 1) {
    const what = `${file} has ${data.length} numbers (${shape.join('x')}), and input "${name}" takes ${size}`;
    throw new Error(`${what}: give one sample, or an array of several`);
  }
  const piece = (/** @type {number} */ sample) => Array.from({ length: size }, (_, i) => data[sample * size + i] ?? 0);
  const arithmetic = feed?.arithmetic ?? null;
  const values = (/** @type {readonly number[]} */ numbers) => {
    if (kind === info.dtype && !(kind === 'uint8' && arithmetic !== null)) return wholeOrFloat(name, info, numbers);
    if (kind !== 'uint8' || arithmetic === null) return storedOf(name, info, numbers);
    const { scale, offset, mean, std, stride } = arithmetic;
    const real = numbers.map((value, i) => {
      const channel = Math.floor(i / stride);
      return (value * scale + offset - (mean[channel % mean.length] ?? 0)) / (std[channel % std.length] ?? 1);
    });
    return storedOf(name, info, real);
  };
  const isStored = kind === info.dtype && kind !== 'float32';
  const how = isStored ? 'stored elements' : kind === 'uint8' && arithmetic !== null ? 'pixels' : 'real numbers';
  return { kind: 'stored', count, stored: (sample) => values(piece(sample)), note: `${file}: ${how}` };
}

/**
 * @param {string} name
 * @param {TensorInfo} info
 * @param {readonly number[]} numbers
 */
function wholeOrFloat(name, info, numbers) {
  return info.dtype === 'float32' ? storedOf(name, info, numbers) : wholeOf(name, info, numbers);
}
