import { describe, expect, test } from 'vitest';
import { importOnnxWithNotes } from '../../../converter/frontends/onnx/import.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { floats, int64s, intAttribute, type ModelDraft, type TensorDraft, writeModel } from './draft.ts';
import { outputsOf, problemsOf } from './evaluate.ts';

const add: ModelDraft = {
  inputs: { x: [2] },
  outputs: ['y'],
  nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
};

const stored = (w: TensorDraft): ModelDraft => ({ ...add, initializers: { w } });

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe('side files', () => {
  const external = (entries: Readonly<Record<string, string>>): ModelDraft => {
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return stored({ dims: [2], dataType: 1, dataLocation: 1, externalData });
  };
  const file = bytesOf(Float32Array.of(9, 10, 20));
  const options = { ...noImportOptions, sideFile: (name: string) => (name === 'weights/w.bin' ? file : null) };

  test('hold the elements of a tensor', () => {
    const model = external({ location: 'weights/w.bin', offset: '4', length: '8' });
    expect(outputsOf(model, [1, 2], options)).toEqual([[11, 22]]);
    expect(outputsOf(external({ location: 'weights/w.bin' }), [1, 2], options)).toEqual([[10, 12]]);
  });

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['a part beyond the end', { location: 'weights/w.bin', offset: '8', length: '8' }],
    ['an offset that is huge', { location: 'weights/w.bin', offset: '999999999999999', length: '8' }],
    ['an offset that is no number', { location: 'weights/w.bin', offset: '-4', length: '8' }],
    ['another length', { location: 'weights/w.bin', length: '4' }],
    ['no name', {}],
    ['a path upwards', { location: '../w.bin' }],
    ['a path upwards on Windows', { location: 'a\\..\\..\\w.bin' }],
    ['an absolute path', { location: '/etc/passwd' }],
    ['a drive', { location: 'C:w.bin' }],
    ['a URL', { location: 'https://example.org/w.bin' }],
    ['a NUL', { location: 'w.bin\0' }],
  ])('%s is a problem', (_, entries) => {
    expect(problemsOf(external(entries), options).map(({ code }) => code)).toEqual(['onnx-external-data']);
  });

  test('that are missing are a problem each, with the tensor and the file', () => {
    const w = { dims: [2], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] };
    const model: ModelDraft = { ...add, initializers: { w, v: w } };
    expect(problemsOf(model).map(({ where, what }) => `${where} ${what}`)).toEqual([
      'tensor "w" its elements (and those of 1 more) are in the file "w.bin", which is not there',
    ]);
  });
});

describe('sparse initializers', () => {
  const sparse = (dims: readonly number[], indices: TensorDraft, values: readonly number[]): ModelDraft => {
    return { ...add, sparse: [{ dims, indices, values: { name: 'w', ...floats([values.length], values) } }] };
  };

  test.each<readonly [string, ModelDraft]>([
    ['one number for each place', sparse([2, 2], int64s([2], [1, 2]), [5, 7])],
    ['one number for each dimension', sparse([2, 2], int64s([2, 2], [0, 1, 1, 0]), [5, 7])],
  ])('become dense: %s', (_, model) => {
    expect(outputsOf(model, [10, 20])).toEqual([[10, 25, 17, 20]]);
  });

  test.each<readonly [string, ModelDraft]>([
    ['a place outside', sparse([2], int64s([1], [2]), [5])],
    ['a negative place', sparse([2], int64s([1], [-1]), [5])],
    ['a place twice', sparse([2], int64s([2], [1, 1]), [5, 6])],
    ['fewer places than values', sparse([2], int64s([1], [1]), [5, 6])],
    ['places of another rank', sparse([2, 2], int64s([1, 1], [1]), [5])],
    ['more elements than are unfolded', sparse([2 ** 30, 2 ** 20], int64s([1], [1]), [5])],
  ])('%s is a problem', (_, model) => {
    expect(problemsOf(model).map(({ code }) => code)).toContain('onnx-damaged');
  });
});

describe('element types', () => {
  const half = [0x3c00, 0xc100]; // 1, -2.5
  test.each<readonly [string, TensorDraft]>([
    ['float16 in a list', { dims: [2], dataType: 10, int32Data: half }],
    ['float16 raw', { dims: [2], dataType: 10, rawData: bytesOf(Uint16Array.from(half)) }],
    ['bfloat16 in a list', { dims: [2], dataType: 16, int32Data: [0x3f80, 0xc020] }],
    ['bfloat16 raw', { dims: [2], dataType: 16, rawData: bytesOf(Uint16Array.of(0x3f80, 0xc020)) }],
    ['double in a list', { dims: [2], dataType: 11, doubleData: [1, -2.5] }],
    ['double raw', { dims: [2], dataType: 11, rawData: bytesOf(Float64Array.of(1, -2.5)) }],
  ])('%s is float32 inside, which a note tells', (_, w) => {
    expect(outputsOf(stored(w), [0, 0])).toEqual([[1, -2.5]]);
    const { notes } = importOnnxWithNotes(writeModel(stored(w)), 'm', noImportOptions);
    expect(notes.map(({ code }) => code)).toEqual(['onnx-narrowed']);
  });

  test('a double beyond float32 stays finite, infinity stays what it is', () => {
    const w = { dims: [2], dataType: 11, doubleData: [-1e300, Number.POSITIVE_INFINITY] };
    expect(outputsOf(stored(w), [0, 0])).toEqual([[-3.4028234663852886e38, Number.POSITIVE_INFINITY]]);
  });

  test('inputs of float16 and double are float32', () => {
    for (const elemType of [10, 11]) {
      const model: ModelDraft = {
        inputs: { x: [2] },
        elemType,
        outputs: ['y'],
        nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
      };
      expect(outputsOf(model, [-1, 2])).toEqual([[0, 2]]);
    }
  });

  test.each<readonly [string, TensorDraft, readonly number[]]>([
    ['int4', { dims: [3], dataType: 22, rawData: Uint8Array.of(0xf7, 0x08) }, [7, -1, -8]],
    ['uint4', { dims: [3], dataType: 21, int32Data: [0xf7, 0x08] }, [7, 15, 8]],
  ])('%s is unpacked where its values are cast', (_, w, expected) => {
    const nodes = [{ op: 'Cast', inputs: ['w'], outputs: ['y'], attributes: [intAttribute('to', 1)] }];
    expect(outputsOf({ inputs: {}, outputs: ['y'], opset: 21, initializers: { w }, nodes }, [])).toEqual([expected]);
  });

  test.each<readonly [string, TensorDraft, string]>([
    ['int4', { dims: [2], dataType: 22, rawData: Uint8Array.of(0x21) }, 'the dtype int4 of "w" is not supported'],
    [
      'float8',
      { dims: [2], dataType: 17, rawData: Uint8Array.of(1, 2) },
      'the dtype float8e4m3fn of "w" is not supported',
    ],
    [
      'strings',
      { dims: [2], dataType: 8, stringData: [Uint8Array.of(65), Uint8Array.of(66)] },
      'the dtype string of "w" is not supported',
    ],
    ['complex64', { dims: [1], dataType: 14, floatData: [1, 2] }, 'the dtype complex64 of "w" is not supported'],
  ])('%s is refused by name where an operator reads it, and of no matter elsewhere', (_, w, what) => {
    expect(problemsOf(stored(w)).map((problem) => problem.what)).toEqual([what]);
    const unread: ModelDraft = { ...stored(w), nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }] };
    expect(problemsOf(unread)).toEqual([]);
  });
});
