import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../../cli/input/npy.ts';
import {
  countElements,
  type SampleType,
  sampleDataBytes,
  sampleDataFromBytes,
  sampleTypeBytes,
} from '../../../cli/input/sample.ts';
import { hasShared, readShared, sharedDir } from '../../support/shared.ts';
import { endsWell, mutate, problemsOf } from './helpers.ts';

const where = 'file "x.npy"';

/** An npy file made of a header text and data bytes. */
function npyFile(version: number, header: string, data: readonly number[]): Uint8Array {
  const text = [...new TextEncoder().encode(header)];
  const size = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), version, 0, ...size, ...text, ...data]);
}

const header = (descr: string, order: string, shape: string): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }   \n`;

describe('readNpy', () => {
  test.each([1, 2, 3])('version %i', (version) => {
    const sample = readNpy(npyFile(version, header("'<i2'", 'False', '(2,)'), [1, 0, 0xff, 0xff]), where);
    expect(sample).toEqual({ dtype: 'int16', shape: [2], data: Int16Array.from([1, -1]) });
  });

  test('big endian', () => {
    const bytes = npyFile(1, header("'>f4'", 'False', '(2,)'), [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0]);
    expect([...readNpy(bytes, where).data]).toEqual([1, -2]);
  });

  test('Fortran order of three axes', () => {
    // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)).tobytes('F')
    const column = [0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23];
    const sample = readNpy(npyFile(1, header("'|u1'", 'True', '(2, 3, 4)'), column), where);
    expect([...sample.data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  test('scalars, empty arrays and bool', () => {
    expect(readNpy(npyFile(1, header("'|i1'", 'False', '()'), [5]), where).shape).toEqual([]);
    expect(readNpy(npyFile(1, header("'|i1'", 'True', '(3, 0)'), []), where).data).toHaveLength(0);
    expect([...readNpy(npyFile(1, header("'|b1'", 'False', '(3,)'), [0, 1, 7]), where).data]).toEqual([0, 1, 1]);
  });

  test.each([
    ['npy-type', npyFile(1, header("'|O'", 'False', '(1,)'), [0])],
    ['npy-type', npyFile(1, header("'<c8'", 'False', '(1,)'), [0, 0, 0, 0, 0, 0, 0, 0])],
    ['npy-type', npyFile(1, header("[('a', '<i4')]", 'False', '(1,)'), [0, 0, 0, 0])],
    ['npy-size', npyFile(1, header("'|i1'", 'False', '(3,)'), [0, 0])],
    ['npy-size', npyFile(1, header("'|i1'", 'False', '(3,)'), [0, 0, 0, 0])],
    ['npy-size', npyFile(1, header("'<f8'", 'False', '(4294967296, 4294967296)'), [])],
    ['npy-header', npyFile(1, header("'|i1'", 'False', '(99999999999999999999,)'), [])],
    ['npy-header', npyFile(1, header("'|i1'", 'False', '(-1,)'), [])],
    ['npy-header', npyFile(1, header("'|i1'", 'False', '(3 4)'), [])],
    ['npy-header', npyFile(1, header("'|i1'", 'Maybe', '(3,)'), [])],
    ['npy-header', npyFile(1, '{}', [])],
    ['npy-header', npyFile(1, `${header("'|i1'", 'False', '(1,)')}{}`, [0])],
    ['npy-header', npyFile(1, header("'|i1'", 'False', `(${'1, '.repeat(65)})`), [0])],
    ['npy-version', npyFile(4, '{}', [])],
    ['npy-header', new Uint8Array([1, 2, 3])],
    ['npy-header', npyFile(2, '', []).subarray(0, 11)],
    ['npy-header', npyFile(1, header("'|i1'", 'False', '(1,)'), [0]).subarray(0, 40)],
  ])('%s', (code, bytes) => {
    expect(problemsOf(() => readNpy(bytes, where))[0]).toMatchObject({ code, where });
  });

  test('mutated files end with a problem or an array of the announced size', () => {
    const whole = npyFile(
      1,
      header("'<f4'", 'True', '(2, 3)'),
      Array.from({ length: 24 }, (_, i) => i),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1), { maxLength: 8 }), fc.option(fc.nat()), (choices, cut) => {
        return endsWell(() => {
          const sample = readNpy(mutate(whole, choices, cut), where);
          expect(sample.data).toHaveLength(countElements(sample.shape));
        });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('writeNpy', () => {
  test('has the layout that NumPy writes', () => {
    const bytes = writeNpy({ dtype: 'int8', shape: [2], data: Int8Array.from([1, -1]) });
    expect(bytes.length).toBe(130);
    const text = new TextDecoder('latin1').decode(bytes.subarray(6, 128));
    expect(text.startsWith("\x01\x00\x76\x00{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }  ")).toBe(true);
    expect(text.endsWith(' \n')).toBe(true);
  });

  test('reads back, every type and shape', () => {
    const types = Object.keys(sampleTypeBytes).filter((name): name is SampleType => name in sampleTypeBytes);
    const shapes = fc.array(fc.nat(4), { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...types), shapes, fc.infiniteStream(fc.nat(255)), (dtype, shape, stream) => {
        const size = countElements(shape) * sampleTypeBytes[dtype];
        const bytes = Uint8Array.from(stream.take(size), (byte) => (dtype === 'bool' ? byte & 1 : byte));
        const data = sampleDataFromBytes(dtype, bytes);
        const back = readNpy(writeNpy({ dtype, shape, data }), where);
        expect({ dtype: back.dtype, shape: back.shape }).toEqual({ dtype, shape });
        expect(sampleDataBytes(back.data)).toEqual(bytes);
      }),
    );
  });
});

describe.skipIf(!hasShared)('npy files of the test material', () => {
  test('are read, and written to the same bytes', () => {
    const folders = ['models/golden/tflite', 'examples', 'models/golden/onnx'];
    const all = folders.flatMap((folder) => {
      return readdirSync(sharedDir + folder, { recursive: true }).map((name) => `${folder}/${name}`);
    });
    const paths = all.filter((path) => path.endsWith('.npy')).slice(0, 300);
    expect(paths.length).toBeGreaterThan(100);
    for (const path of paths) {
      const bytes = readShared(path);
      expect(Buffer.compare(writeNpy(readNpy(bytes, path)), bytes), path).toBe(0);
    }
  });
});
