import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { datasetSpec, openDataset } from '../../../cli/input/dataset.ts';
import { readInputFile } from '../../../cli/input/file.ts';
import { classFinder, labelInName } from '../../../cli/input/labels.ts';
import { writeNpy } from '../../../cli/input/npy.ts';
import { parsePreprocess } from '../../../cli/input/preprocess.ts';
import { defaultReadOptions, fileKind, readSample } from '../../../cli/input/read-sample.ts';
import { openStack } from '../../../cli/input/stack.ts';
import { hasShared, sharedDir } from '../../support/shared.ts';
import { inputSpec, problemsOf, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const options = defaultReadOptions;

function put(path: string, bytes: Uint8Array | string): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, bytes);
  return full;
}

describe('readInputFile', () => {
  test('refuses what is absent, a folder, too large or no regular file', () => {
    const pipe = join(folder, 'pipe.npy');
    execFileSync('mkfifo', [pipe]);
    expect(problemsOf(() => readInputFile(join(folder, 'none')))[0]?.what).toBe('there is no such file');
    expect(problemsOf(() => readInputFile(folder))[0]?.what).toContain('regular file');
    expect(problemsOf(() => readInputFile(pipe))[0]?.what).toContain('regular file');
    expect(problemsOf(() => readInputFile('/dev/zero'))[0]?.what).toContain('regular file');
    expect(problemsOf(() => readInputFile(put('big', new Uint8Array(11)), 10))[0]?.code).toBe('file-too-large');
    expect(problemsOf(() => readInputFile('a\0b'))[0]?.code).toBe('file-unreadable');
  });
});

describe('readSample', () => {
  test('kinds by name', () => {
    expect(['a.NPY', 'a.bin', 'a.JPEG', 't10k-images-idx3-ubyte', 'a'].map(fileKind)).toEqual([
      'npy',
      'raw',
      'picture',
      'idx',
      null,
    ]);
    expect(problemsOf(() => readSample(put('plain', 'abc'), inputSpec([1]), options))[0]?.code).toBe('file-kind');
  });

  test('csv is reshaped', () => {
    const sample = readSample(put('a.csv', '1,2,3\n4,5,6'), inputSpec([1, 3, 2]), options);
    expect(sample).toEqual({ dtype: 'float32', shape: [1, 3, 2], data: Float32Array.from([1, 2, 3, 4, 5, 6]) });
  });

  test('several raw samples are too many for one input', () => {
    const spec = inputSpec([2], { dtype: 'int8', scale: 1, zeroPoint: 0 });
    expect(problemsOf(() => readSample(put('two.bin', new Uint8Array(4)), spec, options))[0]?.what).toContain(
      '2 samples',
    );
  });
});

describe('openDataset', () => {
  const spec = inputSpec([2], { dtype: 'int8', scale: 1, zeroPoint: 0 });

  test('class folders, in order of name, limit and order', () => {
    for (const [i, name] of ['b/1', 'b/0', 'a/5', 'a/6', 'c/2'].entries())
      put(`classes/${name}.bin`, Uint8Array.of(i, i));
    const path = join(folder, 'classes');
    const all = openDataset(datasetSpec(path), spec, options);
    expect(all.items.map((item) => `${item.name} ${item.label}`)).toEqual([
      'a/5.bin 0',
      'a/6.bin 0',
      'b/0.bin 1',
      'b/1.bin 1',
      'c/2.bin 2',
    ]);
    expect(all.classNames).toEqual(['a', 'b', 'c']);
    expect([...(all.items[2]?.load().data ?? [])]).toEqual([1, 1]);
    const even = openDataset(datasetSpec(path, { order: 'by-class', limit: 3, labelOffset: 1 }), spec, options);
    expect(even.items.map((item) => item.label)).toEqual([1, 2, 3]);
    const names = put('names.txt', 'background\nC\nb\na, alpha\n');
    const named = openDataset(datasetSpec(path, { classNamesPath: names, limit: 3 }), spec, options);
    expect(named.items.map((item) => item.label)).toEqual([3, 3, 2]);
    const other = put('other.txt', 'a\nb\n');
    expect(
      problemsOf(() => openDataset(datasetSpec(path, { classNamesPath: other }), spec, options))[0]?.what,
    ).toContain('c');
    expect(problemsOf(() => openDataset(datasetSpec(path, { labelOffset: -1 }), spec, options))[0]?.what).toContain(
      'label is -1',
    );
  });

  test('raw files with several samples, alone and in a folder', () => {
    const file = put('raws/x_7.bin', Uint8Array.of(1, 2, 3, 4, 5, 6));
    put('raws/y_9.bin', Uint8Array.of(9, 9));
    const inFolder = openDataset(datasetSpec(join(folder, 'raws')), spec, options);
    expect(inFolder.items.map((item) => [item.name, item.label, ...[...item.load().data].map(Number)])).toEqual([
      ['x_7.bin#0', 7, 1, 2],
      ['x_7.bin#1', 7, 3, 4],
      ['x_7.bin#2', 7, 5, 6],
      ['y_9.bin', 9, 9, 9],
    ]);
    expect(openDataset(datasetSpec(file, { limit: 2 }), spec, options).items).toHaveLength(2);
  });

  test('npy with labels, csv rows', () => {
    const path = put('t_images.npy', writeNpy({ dtype: 'int8', shape: [2, 1, 2], data: Int8Array.of(1, 2, 3, 4) }));
    const labels = put('t_labels.npy', writeNpy({ dtype: 'int64', shape: [2], data: BigInt64Array.of(4n, 0n) }));
    const found = openDataset(datasetSpec(path), spec, options);
    expect(found.items.map((item) => item.label)).toEqual([4, 0]);
    expect(found.isLabelled).toBe(true);
    expect([...(found.items[1]?.load().data ?? [])]).toEqual([3, 4]);
    const three = put('three.txt', '1\n2\n3\n');
    expect(problemsOf(() => openDataset(datasetSpec(path, { labelsPath: three }), spec, options))[0]?.what).toBe(
      '3 labels for 2 samples',
    );
    const negative = put('negative.txt', '-1 2');
    expect(problemsOf(() => openDataset(datasetSpec(path, { labelsPath: negative }), spec, options))[0]?.code).toBe(
      'labels-form',
    );
    expect(openDataset(datasetSpec(labels), inputSpec([1, 1]), options).items).toHaveLength(2);
    const rows = openDataset(datasetSpec(put('rows.csv', 'u,v\n1,2\n3,4\n5,6')), inputSpec([1, 2]), options);
    expect(rows.items.map((item) => [...item.load().data].map(Number))).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(rows.isLabelled).toBe(false);
    expect(problemsOf(() => openDataset(datasetSpec(path), inputSpec([3]), options))[0]?.code).toBe('sample-shape');
  });

  test('of large npy and raw files one sample is read at a time', () => {
    const count = 2 ** 31 - 1;
    const head = writeNpy({ dtype: 'int8', shape: [1, 2], data: Int8Array.of(0, 0) }).subarray(0, -2);
    const text = new TextDecoder('latin1').decode(head).replace('(1, 2), }          ', `(${count}, 2), }`);
    const path = put(
      'large.npy',
      Uint8Array.from(text.padEnd(head.length), (c) => c.charCodeAt(0)),
    );
    truncateSync(path, head.length + 2 * count);
    const npy = openStack(path, spec, options);
    expect([npy.count, ...[...npy.load(count - 1).data].map(Number)]).toEqual([count, 0, 0]);
    const other = put('large.bin', '');
    truncateSync(other, 2 * count);
    const raw = openStack(other, spec, options);
    expect([raw.count, raw.load(count - 1).shape]).toEqual([count, [2]]);
  });

  test('nothing there, wrong choices', () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    expect(problemsOf(() => openDataset(datasetSpec(join(folder, 'empty')), spec, options))[0]?.code).toBe(
      'dataset-empty',
    );
    expect(problemsOf(() => openDataset(datasetSpec(join(folder, 'no')), spec, options))[0]?.code).toBe(
      'dataset-unreadable',
    );
    expect(problemsOf(() => openDataset(datasetSpec(folder, { limit: 0 }), spec, options))[0]?.code).toBe(
      'dataset-limit',
    );
  });
});

test('labelInName', () => {
  expect(['tst_000000_Stop_7', 'a-12', '0009', 'n01_x', 'x_1234567'].map((name) => labelInName(name, 'end'))).toEqual([
    7,
    12,
    null,
    null,
    null,
  ]);
  expect(labelInName('0_lucas_9', 'start')).toBe(0);
  expect(labelInName('0_lucas_9', 'none')).toBeNull();
});

test('classFinder prefers whole lines, then first names', () => {
  const find = classFinder(['ship, crane', 'crane', 'maillot', 'maillot, tank suit', 'Acorn Squash']);
  expect(['crane', 'maillot', 'tank_suit', 'n07717410_acorn_squash', 'none', '']).toHaveLength(6);
  expect(['crane', 'maillot', 'tank_suit', 'n07717410_acorn_squash', 'none', ''].map(find)).toEqual([
    1,
    2,
    3,
    4,
    null,
    null,
  ]);
});

describe.skipIf(!hasShared)('datasets of the test material', () => {
  test('kws01: int8 features as they are', () => {
    const spec = inputSpec([1, 49, 10, 1], { dtype: 'int8', scale: 0.5847029089927673, zeroPoint: 83 });
    const { items, isLabelled } = openDataset(datasetSpec(`${sharedDir}datasets/kws01`), spec, options);
    expect([items.length, isLabelled, items[0]?.label, items[7]?.label]).toEqual([500, true, 7, 11]);
    expect(items.every((item) => item.load().data.length === 490)).toBe(true);
  });

  test('cifar10: class folders with JPEG pictures', () => {
    const spec = inputSpec([1, 32, 32, 3], { dtype: 'int8', scale: 1, zeroPoint: -128 });
    const read = { ...options, preprocess: parsePreprocess({ pixels: '0..255' }) };
    const { items, classNames } = openDataset(
      datasetSpec(`${sharedDir}datasets/cifar10`, { order: 'by-class', limit: 20 }),
      spec,
      read,
    );
    expect(classNames?.[3]).toBe('cat');
    expect(items.map((item) => item.label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const uint8 = { ...spec, dtype: 'uint8' as const, scale: 1, zeroPoint: 0 };
    const same = openDataset(
      datasetSpec(`${sharedDir}datasets/cifar10`, { order: 'by-class', limit: 20 }),
      uint8,
      options,
    );
    const shifted = [...(same.items[4]?.load().data ?? [])].map((value) => Number(value) - 128);
    expect([...(items[4]?.load().data ?? [])]).toEqual(shifted);
  });

  test('imagenet: files with class names, 1001 classes', () => {
    const spec = inputSpec([1, 128, 128, 3], { dtype: 'uint8', scale: 0.0078125, zeroPoint: 128 });
    const classNamesPath = `${sharedDir}datasets/labels/imagenet_labels.txt`;
    const read = { ...options, fit: 'centre-crop' as const };
    const { items, classNames, isLabelled } = openDataset(
      datasetSpec(`${sharedDir}datasets/imagenet`, { classNamesPath }),
      spec,
      read,
    );
    expect([items.length, isLabelled, classNames?.length]).toEqual([25, true, 1001]);
    const byName = new Map(items.map((item) => [item.name, item.label]));
    expect(byName.get('n01739381_vine_snake.JPEG')).toBe(60);
    expect(byName.get('n03388549_four-poster.JPEG')).toBe(565);
    expect(items[0]?.load().data).toHaveLength(128 * 128 * 3);
  });

  test('mnist: idx pair', () => {
    const spec = inputSpec([1, 28, 28, 1], { dtype: 'int8', scale: 0.003921568859368563, zeroPoint: -128 });
    const read = { ...options, preprocess: parsePreprocess({ pixels: '0..1' }) };
    const { items } = openDataset(
      datasetSpec(`${sharedDir}datasets/mnist/images-idx3-ubyte`, { limit: 500 }),
      spec,
      read,
    );
    const counts = Array.from({ length: 10 }, (_, digit) => items.filter((item) => item.label === digit).length);
    expect(counts.every((count) => count > 30)).toBe(true);
    expect(Math.min(...[...(items[0]?.load().data ?? [])].map(Number))).toBe(-128);
  });

  test('digits: NCHW data with one channel for an NHWC input', () => {
    const path = `${sharedDir}examples/digits/digits_test_images.npy`;
    const { items } = openDataset(datasetSpec(path), inputSpec([1, 8, 8, 1]), options);
    expect([items.length, items.every((item) => item.label !== null)]).toEqual([360, true]);
    expect(items[359]?.load().shape).toEqual([1, 8, 8, 1]);
  });

  test('fsdd: recordings with the class first', () => {
    const read = { ...options, audioLength: 'fit' as const, sampleRateHz: 8000 };
    const { items, isLabelled } = openDataset(
      datasetSpec(`${sharedDir}datasets/fsdd`, { labelPlace: 'start' }),
      inputSpec([1, 8000]),
      read,
    );
    expect(isLabelled).toBe(true);
    expect(items.every((item) => item.load().data.length === 8000)).toBe(true);
    const strict = openDataset(datasetSpec(`${sharedDir}datasets/fsdd`), inputSpec([1, 8000]), {
      ...options,
      sampleRateHz: 16000,
    });
    expect(problemsOf(() => strict.items[0]?.load())[0]?.code).toBe('wav-rate');
  });
});
