import { ProblemError } from '../../problem.ts';
import { type DType, fromBytes } from '../../tensor/dtype.ts';
import { float16ToNumber } from '../../tensor/float16.ts';
import { elementCount } from '../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../tensor/tensor.ts';
import type { JsonView } from '../json-view.ts';

/** A weight of a TensorFlow.js model, expanded when it is read. */
export interface ManifestWeight {
  readonly name: string;
  read(): Tensor;
}

/** Weights of a model in bytes, as stored and as expanded. */
const totalLimitBytes = 2 ** 30;

export function tfjsProblem(code: string, where: string, what: string, advice: string): ProblemError {
  return new ProblemError({ code, where, what, advice });
}

const damagedAdvice = 'download or convert the model again, with all of its files';

/**
 * The weights of a `weightsManifest`: groups of weights one after another in the joined bytes of the group's files.
 *
 * @param sideFile bytes of a file in the model's folder; names that lead out of it are refused before
 */
export function readManifest(manifest: JsonView, sideFile: (name: string) => Uint8Array | null): ManifestWeight[] {
  let expandedBytes = 0;
  const names = new Set<string>();
  return manifest.list().flatMap((group) => {
    const bytes = joined(
      group
        .get('paths')
        .list()
        .map((path) => shard(path, sideFile)),
    );
    let at = 0;
    return group
      .get('weights')
      .list()
      .map((view) => {
        const entry = readEntry(view);
        expandedBytes += 4 * entry.elements;
        const end = at + entry.elements * dtypeBytes[entry.stored];
        if (!(expandedBytes <= totalLimitBytes)) {
          throw tfjsProblem('tfjs-too-large', entry.where, 'the weights are larger than 1 GiB', 'use a smaller model');
        }
        if (names.has(entry.name)) throw tfjsProblem('tfjs-damaged', entry.where, 'it is listed twice', damagedAdvice);
        names.add(entry.name);
        if (end > bytes.length) {
          const what = `it ends at byte ${end} of files with ${bytes.length} bytes`;
          throw tfjsProblem('tfjs-damaged', entry.where, what, damagedAdvice);
        }
        const own = bytes.subarray(at, end);
        at = end;
        return { name: entry.name, read: () => expand(entry, own) };
      });
  });
}

/** A file that a manifest names, inside of the model's folder. */
function shard(path: JsonView, sideFile: (name: string) => Uint8Array | null): Uint8Array {
  const name = path.text();
  const where = `weights file ${JSON.stringify(name.slice(0, 200))}`;
  const parts = name.split('/');
  const leaves = parts.some((part) => part === '' || part === '.' || part === '..') || /[\\:\0]/.test(name);
  if (leaves)
    throw tfjsProblem(
      'tfjs-path',
      where,
      "it is not a path inside of the model's folder",
      'put all files of the model into one folder',
    );
  const bytes = sideFile(name);
  if (bytes === null) throw tfjsProblem('tfjs-missing-file', where, 'it is not beside the model', damagedAdvice);
  return bytes;
}

function joined(files: readonly Uint8Array[]): Uint8Array {
  const [only] = files;
  if (only !== undefined && files.length === 1) return only;
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (length > totalLimitBytes)
    throw tfjsProblem('tfjs-too-large', 'the weights', `they have ${length} bytes`, 'use a smaller model');
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const file of files) {
    bytes.set(file, at);
    at += file.length;
  }
  return bytes;
}

type StoredDtype = 'float32' | 'float16' | 'int32' | 'uint8' | 'uint16' | 'bool';

const dtypeBytes: { readonly [D in StoredDtype]: number } = {
  float32: 4,
  float16: 2,
  int32: 4,
  uint8: 1,
  uint16: 2,
  bool: 1,
};

const isStored = (name: string): name is StoredDtype => Object.hasOwn(dtypeBytes, name);

interface Entry {
  readonly name: string;
  readonly where: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** What the weight is. */
  readonly dtype: Extract<DType, 'float32' | 'int32' | 'bool'>;
  /** What stands in the file. */
  readonly stored: StoredDtype;
  /** value = stored * scale + min. */
  readonly scale: number;
  readonly min: number;
}

function readEntry(view: JsonView): Entry {
  const name = view.get('name').text();
  const where = `weight "${name}"`;
  const place = view.at(where);
  const shape = place.get('shape').wholes(0);
  const elements = elementCount(shape);
  if (!(elements <= totalLimitBytes) || shape.length > 8) {
    throw tfjsProblem('tfjs-damaged', where, `it has the shape ${shape.join('x')}`, damagedAdvice);
  }
  const dtype = place.get('dtype').text();
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw tfjsProblem(
      'tfjs-dtype',
      where,
      `the dtype ${dtype} is not supported`,
      'float32, int32 and bool are supported',
    );
  }
  const quantization = place.get('quantization');
  const stored = quantization.isNull ? dtype : quantization.get('dtype').text();
  const isKnown = quantization.isNull || (dtype !== 'bool' && ['uint8', 'uint16', 'float16'].includes(stored));
  if (!isStored(stored) || !isKnown || (stored === 'float16' && dtype !== 'float32')) {
    throw tfjsProblem(
      'tfjs-dtype',
      where,
      `${dtype} stored as ${stored} is not supported`,
      'uint8, uint16 and float16 are supported',
    );
  }
  const isAffine = stored === 'uint8' || stored === 'uint16';
  const scale = isAffine ? quantization.get('scale').number() : 1;
  return { name, where, shape, elements, dtype, stored, scale, min: isAffine ? quantization.get('min').number() : 0 };
}

/** The tensor behind a weight; TensorFlow.js `decodeWeights`, which computes in doubles and rounds whole numbers. */
function expand({ shape, dtype, stored, scale, min }: Entry, bytes: Uint8Array): Tensor {
  const type = tensorType(dtype, shape);
  if (stored === 'float32' || stored === 'int32') return { type, data: fromBytes(stored, bytes) };
  if (stored === 'bool') return { type, data: Uint8Array.from(bytes, (byte) => (byte === 0 ? 0 : 1)) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (i: number) => (stored === 'uint8' ? view.getUint8(i) : view.getUint16(2 * i, true));
  const value = (_: unknown, i: number) => (stored === 'float16' ? float16ToNumber(read(i)) : read(i) * scale + min);
  const length = bytes.length / dtypeBytes[stored];
  if (dtype === 'float32') return { type, data: Float32Array.from({ length }, value) };
  return { type, data: Int32Array.from({ length }, (_, i) => Math.round(value(_, i))) };
}
