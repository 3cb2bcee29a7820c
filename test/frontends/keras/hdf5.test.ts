import { readdirSync } from 'node:fs';
// @ts-expect-error the package has no types
import { File } from 'jsfive';
import { describe, expect, test } from 'vitest';
import { Hdf5Bytes } from '../../../converter/frontends/keras/hdf5/cursor.ts';
import { type Hdf5Object, openHdf5 } from '../../../converter/frontends/keras/hdf5/file.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { hasShared, readShared, sharedDir } from '../../support/shared.ts';
import { writeHdf5 } from './write-hdf5.ts';

/** What jsfive, another reader, shows of an object. */
interface Judge {
  readonly keys?: readonly string[];
  readonly shape?: readonly number[];
  readonly value?: ArrayLike<number>;
  get(name: string): Judge;
}

function compare(ours: Hdf5Object, judge: Judge, path: string, seen: { datasets: number }): void {
  if (judge.shape !== undefined) {
    const numbers = ours.numbers();
    expect(numbers?.shape, path).toEqual(judge.shape);
    expect(Array.from(numbers?.data ?? []), path).toEqual(Array.from(judge.value ?? []).map(Number));
    seen.datasets++;
    return;
  }
  expect([...ours.names].sort(), path).toEqual([...(judge.keys ?? [])].sort());
  for (const name of ours.names) {
    const child = ours.find(name);
    if (child === null) throw new Error(`${path}/${name} is lost`);
    compare(child, judge.get(name), `${path}/${name}`, seen);
  }
}

const copy = (bytes: Uint8Array) => bytes.slice().buffer;

describe.skipIf(!hasShared)('real files hold what another reader finds in them', () => {
  const files = hasShared ? readdirSync(`${sharedDir}models/keras`).filter((name) => name.endsWith('.h5')) : [];
  test.each(files)('%s', (name) => {
    const bytes = readShared(`models/keras/${name}`);
    const [root, judge] = [openHdf5(bytes), new File(copy(bytes), name)];
    const weights = root.find('model_weights');
    const seen = { datasets: 0 };
    if (weights === null) compare(root, judge, '', seen);
    else compare(weights, judge.get('model_weights'), '', seen);
    expect(seen.datasets).toBeGreaterThan(3);
    expect(root.texts('keras_version')).toEqual([judge.attrs.keras_version]);
    expect(root.texts('model_config')?.[0]).toBe(judge.attrs.model_config);
  });
});

const values = Array.from({ length: 15 }, (_, i) => i / 4 - 1);

describe('written files', () => {
  const file = writeHdf5({
    attributes: { one: 'text', many: ['a', 'bcd', ''] },
    children: {
      group: {
        children: {
          plain: { data: { shape: [5, 3], values } },
          chunked: { data: { shape: [5, 3], values }, chunkRows: 2 },
        },
      },
    },
  });

  test('attributes, groups and datasets are read', () => {
    const root = openHdf5(file);
    expect(root.texts('one')).toEqual(['text']);
    expect(root.texts('many')).toEqual(['a', 'bcd', '']);
    expect(root.texts('none')).toBeNull();
    expect(root.find('group')?.names).toEqual(['chunked', 'plain']);
    expect(root.find('group/none')).toBeNull();
    for (const name of ['plain', 'chunked']) {
      expect(root.find(`group/${name}`)?.numbers()).toEqual({ shape: [5, 3], data: Float64Array.from(values) });
    }
    expect(root.find('group')?.numbers()).toBeNull();
  });

  test('another reader agrees with the writer', () => {
    compare(openHdf5(file), new File(copy(file), 'x.h5'), '', { datasets: 0 });
  });
});

/** The problem codes of reading everything in a file. */
function codesOf(file: Uint8Array): string[] {
  const visit = (object: Hdf5Object, depth: number): void => {
    object.numbers();
    object.texts('x');
    if (depth > 0) for (const name of object.names) visit(object.find(name) as Hdf5Object, depth - 1);
  };
  try {
    visit(openHdf5(file), 8);
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems.map(({ code }) => code);
  }
}

describe('hostile files', () => {
  const file = writeHdf5({
    attributes: { x: 'y' },
    children: { d: { data: { shape: [5, 3], values }, chunkRows: 2 } },
  });
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer);
  const find = (signature: string) => {
    const text = new TextDecoder('latin1').decode(file);
    return { first: text.indexOf(signature), last: text.lastIndexOf(signature) };
  };
  const header = Number(view(file).getBigUint64(64, true));

  const cases: readonly (readonly [string, (bytes: Uint8Array) => void])[] = [
    [
      'a continuation block that is the header itself',
      (bytes) => {
        view(bytes).setUint16(header + 16, 0x10, true);
        view(bytes).setBigUint64(header + 24, BigInt(header + 16), true);
        view(bytes).setBigUint64(header + 32, 64n, true);
      },
    ],
    ['a header of 4 GiB', (bytes) => view(bytes).setUint32(header + 8, 0xffffffff, true)],
    [
      'a tree that is its own child',
      (bytes) => {
        const tree = find('TREE').last;
        bytes[tree + 5] = 200;
        view(bytes).setUint16(tree + 6, 0xffff, true);
        for (let at = tree + 32; at + 8 <= bytes.length; at += 8) view(bytes).setBigUint64(at, BigInt(tree), true);
      },
    ],
    ['more names than the file has', (bytes) => view(bytes).setUint16(find('SNOD').first + 6, 0xffff, true)],
    [
      'a dataset of 2^40 rows',
      (bytes) => {
        const at = new TextDecoder('latin1').decode(bytes).indexOf('\x05\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0');
        view(bytes).setBigUint64(at, 2n ** 40n, true);
      },
    ],
    [
      'a dataset of 2^24 rows',
      (bytes) => {
        const at = new TextDecoder('latin1').decode(bytes).indexOf('\x05\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0');
        view(bytes).setBigUint64(at, 2n ** 24n, true);
      },
    ],
    ['addresses of 4 bytes', (bytes) => bytes.set([4], 13)],
  ];
  test.each(cases)('%s', (_, damage) => {
    const bytes = file.slice();
    damage(bytes);
    expect(codesOf(bytes)).toEqual([expect.stringMatching(/^hdf5-/)]);
  });

  test('every truncation is a problem', () => {
    expect(codesOf(file)).toEqual([]);
    for (let length = 8; length < file.length; length += 7) {
      const codes = codesOf(file.subarray(0, length));
      // The last structure is padded; what is cut off behind it is not missed.
      if (length < file.length - 48) expect(codes, `${length} bytes`).toEqual(['hdf5-damaged']);
    }
  });

  test('reading ends after a number of steps', () => {
    const bytes = new Hdf5Bytes(new Uint8Array(8), 3);
    for (let i = 0; i < 3; i++) bytes.u8(0);
    expect(() => bytes.u8(0)).toThrow(ProblemError);
  });
});
