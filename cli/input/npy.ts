import { fail } from './file.ts';
import { type NpyHeader, parseNpyHeader } from './npy-header.ts';
import {
  allocateSampleData,
  countElements,
  type Sample,
  type SampleData,
  type SampleType,
  sampleDataBytes,
  sampleDataFromBytes,
  sampleTypeBytes,
  showShape,
} from './sample.ts';

/** `\x93NUMPY` */
const magic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Longest header that is read; NumPy's own limit for untrusted files is 10000. */
const maxHeaderBytes = 65536;

/** From this many bytes at the beginning of an npy file its header can be read. */
export const npyHeadBytes: number = maxHeaderBytes + 12;

/**
 * The array in an npy file of version 1, 2 or 3, in either byte order, in C or Fortran order; the result is in C order.
 * `where` names the file in problems. Throws ProblemError for anything malformed, cut short or followed by more bytes.
 */
export function readNpy(bytes: Uint8Array, where: string): Sample {
  const { header, dataStart } = readNpyHeader(bytes, where);
  const { dtype, shape } = header;
  const count = countElements(shape);
  const wantedBytes = count * sampleTypeBytes[dtype];
  const foundBytes = bytes.length - dataStart;
  if (wantedBytes !== foundBytes) {
    const advice = wantedBytes > foundBytes ? 'the file is cut short; copy it again' : 'save one array per file';
    const what = `${dtype} ${showShape(shape)} needs ${wantedBytes} bytes but ${foundBytes} follow the header`;
    fail('npy-size', where, what, advice);
  }
  const data = sampleDataFromBytes(dtype, bytes.subarray(dataStart), header.bigEndian);
  if (dtype === 'bool') for (let i = 0; i < count; i++) data[i] = data[i] === 0 ? 0 : 1;
  return { dtype, shape, data: header.fortranOrder ? toRowMajor(data, dtype, shape) : data };
}

/** What the first bytes of an npy file say, see {@link npyHeadBytes}, and where its data begins. Throws ProblemError. */
export function readNpyHeader(bytes: Uint8Array, where: string): { header: NpyHeader; dataStart: number } {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    return fail('npy-header', where, 'this is not an npy file', 'write it with numpy.save');
  }
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) {
    return fail('npy-version', where, `npy version ${version} is unknown`, 'write it anew with numpy.save');
  }
  const wide = version > 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (wide && bytes.length < 12) return fail('npy-header', where, 'the header is cut short', 'copy the file again');
  const headerBytes = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = wide ? 12 : 10;
  if (headerBytes > maxHeaderBytes || start + headerBytes > bytes.length) {
    return fail('npy-header', where, `a header of ${headerBytes} bytes is too long`, 'write it with numpy.save');
  }
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + headerBytes));
  return { header: parseNpyHeader(text, where), dataStart: start + headerBytes };
}

/** Elements of a column-major array in row-major order. */
function toRowMajor(data: SampleData, dtype: SampleType, shape: readonly number[]): SampleData {
  const out = allocateSampleData(dtype, data.length);
  const strides: number[] = [];
  let stride = 1;
  for (const dimension of shape) {
    strides.push(stride);
    stride *= dimension;
  }
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    out[to] = data[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        from += step;
        break;
      }
      index[axis] = 0;
      from -= step * (next - 1);
    }
  }
  return out;
}

const descriptions: { readonly [T in SampleType]: string } = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  int8: '|i1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  uint16: '<u2',
  uint32: '<u4',
  uint64: '<u8',
  bool: '|b1',
};

/** `sample` as an npy file, version 1.0, little-endian, C order, data aligned to 64 bytes as NumPy writes it. */
export function writeNpy(sample: Sample): Uint8Array {
  const dimensions = sample.shape.length === 1 ? `${sample.shape[0]},` : sample.shape.join(', ');
  const entries = `{'descr': '${descriptions[sample.dtype]}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const total = Math.ceil((10 + entries.length + 1) / 64) * 64;
  const header = `${entries.padEnd(total - 11)}\n`;
  const data = sampleDataBytes(sample.data);
  const bytes = new Uint8Array(total + data.length);
  bytes.set([...magic, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(data, total);
  return bytes;
}
