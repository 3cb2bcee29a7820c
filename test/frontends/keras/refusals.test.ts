import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { importKerasArchive, importKerasH5 } from '../../../converter/frontends/keras/import.ts';
import { crc32, ZipArchive } from '../../../converter/frontends/keras/zip.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';
import { archive, type LayerDraft, sequential, sequentialH5, weight } from './drafts.ts';
import { writeHdf5 } from './write-hdf5.ts';

function problemsOf(work: () => unknown): readonly Problem[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return [];
}

const bare = (config: unknown) =>
  writeHdf5({ attributes: { model_config: JSON.stringify(config) }, children: { model_weights: {} } });
const refused = (shape: readonly (number | null)[], ...layers: readonly LayerDraft[]) =>
  problemsOf(() => importKerasH5(sequentialH5(shape, layers), 'm'));
const image = [null, 8, 8, 2];

describe('layers that are refused', () => {
  const each: readonly (readonly [string, LayerDraft, readonly (number | null)[], RegExp])[] = [
    ['a layer that is not known', { className: 'Lambda', config: {} }, [null, 4], /Python code/],
    ['QKeras', { className: 'QDense', config: {} }, [null, 4], /QKeras/],
    ['an option that is not known', { className: 'Flatten', config: { turn: 'left' } }, [null, 4], /turn is not known/],
    [
      'an activation that is not known',
      { className: 'Activation', config: { activation: 'my_relu' } },
      [null, 4],
      /my_relu/,
    ],
    [
      'half precision',
      { className: 'Flatten', config: { dtype: { class_name: 'DTypePolicy', config: { name: 'mixed_float16' } } } },
      [null, 4],
      /mixed_float16/,
    ],
    ['no weights', { className: 'Dense', config: { units: 3 } }, [null, 4], /no weights/],
    [
      'a missing bias',
      { className: 'Dense', config: { units: 3 }, weights: { kernel: weight(4, 3) } },
      [null, 4],
      /kernel, bias/,
    ],
    [
      'a weight too much',
      { className: 'Flatten', config: {}, weights: { kernel: weight(4, 3) } },
      [null, 4],
      /weights that such a layer does not have/,
    ],
    [
      'a kernel that does not fit',
      { className: 'Dense', config: { units: 3, use_bias: false }, weights: { kernel: weight(5, 3) } },
      [null, 4],
      /do not fit/,
    ],
    [
      'other units than the kernel',
      { className: 'Dense', config: { units: 2, use_bias: false }, weights: { kernel: weight(4, 3) } },
      [null, 4],
      /2 units/,
    ],
    [
      'a binary weight of 0',
      {
        className: 'BinaryDense',
        config: { units: 1, use_bias: false },
        weights: { kernel: { shape: [2, 1], values: [0, 1] } },
      },
      [null, 2],
      /sign is not certain/,
    ],
    ['a huge UpSampling2D', { className: 'UpSampling2D', config: { size: [2 ** 30, 2] } }, image, /rows or columns/],
    ['a huge ZeroPadding2D', { className: 'ZeroPadding2D', config: { padding: 2 ** 30 } }, image, /bytes/],
    ['a stride of 0', { className: 'MaxPooling2D', config: { strides: 0 } }, image, /whole number/],
    ['an absurd stride', { className: 'MaxPooling2D', config: { strides: 1e300 } }, image, /whole number/],
    ['text for a number', { className: 'Dense', config: { units: 'many' } }, [null, 4], /a number is expected/],
    [
      'a Reshape that does not fit',
      { className: 'Reshape', config: { target_shape: [3, 5] } },
      [null, 4],
      /does not fit/,
    ],
    [
      'a window larger than its input',
      { className: 'AveragePooling2D', config: { pool_size: 9 } },
      image,
      /does not fit/,
    ],
    ['a Cropping2D of everything', { className: 'Cropping2D', config: { cropping: 4 } }, image, /leaves nothing/],
    [
      'masks',
      {
        className: 'Embedding',
        config: { input_dim: 3, output_dim: 1, mask_zero: true },
        weights: { embeddings: weight(3, 1) },
      },
      [null, 4],
      /mask_zero/,
    ],
  ];
  test.each(each)('%s', (_, layer, shape, text) => {
    const problems = refused(shape, layer);
    expect(problems.length).toBe(1);
    expect(problems[0]?.where).toContain(layer.className);
    expect(`${problems[0]?.what}; ${problems[0]?.advice}`).toMatch(text);
  });

  test('all of them at once', () => {
    const lambda = { className: 'Lambda', config: {} };
    expect(refused([null, 4], lambda, { className: 'Flatten', config: {} }, lambda).length).toBe(2);
  });
});

describe('shapes', () => {
  const open = sequentialH5([null, null, 4], [{ className: 'ReLU', config: {} }]);
  const shapeOf = (graph: Graph) => typeOf(graph, graph.inputs[0]?.value ?? expect.fail('no input')).shape;

  test('an open batch is 1, other open dimensions are asked for', () => {
    expect(shapeOf(importKerasH5(sequentialH5([null, 4], [{ className: 'ReLU', config: {} }]), 'm'))).toEqual([1, 4]);
    expect(problemsOf(() => importKerasH5(open, 'm'))).toEqual([
      expect.objectContaining({ code: 'keras-open-dimension' }),
    ]);
    expect(shapeOf(importKerasH5(open, 'm', { ...noImportOptions, shapes: new Map([['input', [2, 7, 4]]]) }))).toEqual([
      2, 7, 4,
    ]);
  });

  test.each([
    { shapes: new Map([['other', [1, 7, 4]]]) },
    { shapes: new Map([['input', [1, 7, 5]]]) },
    { shapes: new Map([['input', [1, 7]]]) },
    { shapes: new Map([['input', [1, 0, 4]]]) },
    { shapes: new Map([['input', [1, 7, 4]]]), dims: new Map([['time', 3]]) },
  ])('a wrong option is refused: %o', (options) => {
    const codes = problemsOf(() => importKerasH5(open, 'm', { ...noImportOptions, ...options })).map(
      ({ code }) => code,
    );
    expect(codes).toContain('keras-shape-option');
  });
});

describe('models that are refused', () => {
  test('a subclassed model', () => {
    expect(problemsOf(() => importKerasH5(bare({ class_name: 'MyModel', config: {} }), 'm'))[0]?.code).toBe(
      'keras-model-class',
    );
  });

  test('models nested too deep', () => {
    let config: object = sequential([null, 4], []);
    for (let i = 0; i < 20; i++) config = { class_name: 'Sequential', config: { name: `m${i}`, layers: [config] } };
    expect(problemsOf(() => importKerasH5(bare(config), 'm'))[0]?.code).toBe('keras-nested');
  });

  test('models that call each other again and again', () => {
    const dropout = (calls: readonly string[]) => ({
      class_name: 'Dropout',
      name: 'd',
      config: { name: 'd', rate: 0.5 },
      inbound_nodes: calls.map((name) => [[name, 0, 0, {}]]),
    });
    const input = {
      class_name: 'InputLayer',
      name: 'x',
      config: { name: 'x', batch_input_shape: [null, 4] },
      inbound_nodes: [],
    };
    const functional = (layers: readonly object[], last: string) => ({
      class_name: 'Functional',
      name: last === 'd' ? 'm' : `of_${last}`,
      config: { name: 'm', layers: [input, ...layers], input_layers: [['x', 0, 0]], output_layers: [[last, 0, 0]] },
    });
    let inner: { name: string; class_name: string; config: object } = functional([dropout(['x'])], 'd');
    for (let level = 0; level < 12; level++) {
      const calls = Array.from({ length: 10 }, () => [['x', 0, 0, {}]]);
      inner = functional([{ ...inner, inbound_nodes: calls }], inner.name);
    }
    expect(problemsOf(() => importKerasH5(bare(inner), 'm')).map(({ code }) => code)).toEqual(['keras-too-large']);
  });

  test('JSON nested too deep', () => {
    const file = writeHdf5({
      attributes: { model_config: `${'['.repeat(20_000)}${']'.repeat(20_000)}` },
      children: { model_weights: {} },
    });
    expect(problemsOf(() => importKerasH5(file, 'm'))[0]?.code).toBe('keras-json');
  });

  test('layers in a circle', () => {
    const add = (name: string, from: string) => ({
      class_name: 'ReLU',
      name,
      config: { name },
      inbound_nodes: [[[from, 0, 0, {}]]],
    });
    const config = {
      class_name: 'Functional',
      config: { name: 'm', layers: [add('a', 'b'), add('b', 'a')], input_layers: [], output_layers: [['a', 0, 0]] },
    };
    expect(problemsOf(() => importKerasH5(bare(config), 'm'))[0]?.what).toMatch(/computed from itself/);
  });

  test('no Keras model at all', () => {
    expect(problemsOf(() => importKerasH5(writeHdf5({}), 'm'))[0]?.code).toBe('keras-no-network');
  });
});

describe('archives', () => {
  const bytes = zipSync({
    'a.txt': new TextEncoder().encode('aaaa'.repeat(1000)),
    'b.txt': [new Uint8Array(10), { level: 0 }],
  });
  const withField = (offset: number, value: number) => {
    const damaged = bytes.slice();
    const view = new DataView(damaged.buffer);
    const directory = view.getUint32(damaged.length - 22 + 16, true);
    view.setUint32(directory + offset, value, true);
    return damaged;
  };

  test('files are unpacked and checked', () => {
    expect(new ZipArchive(bytes).file('a.txt')?.length).toBe(4000);
    expect(new ZipArchive(bytes).file('b.txt')).toEqual(new Uint8Array(10));
    expect(new ZipArchive(bytes).file('c.txt')).toBeNull();
    // The check value of CRC-32 in its catalogues.
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  test.each([
    ['more than it declares', 24, 3999],
    ['less than it declares', 24, 4001],
    ['far less than it declares', 24, 2 ** 30],
    ['a size beyond the limit', 24, 2 ** 31],
    ['another checksum', 16, 1],
    ['an unknown method', 10, 99],
    ['a place outside of the file', 42, 2 ** 31],
  ])('%s', (_, offset, value) => {
    const codes = problemsOf(() => new ZipArchive(withField(offset, value)).file('a.txt')).map(({ code }) => code);
    expect(codes).toEqual([expect.stringMatching(/^zip-/)]);
  });

  test('an archive without a model', () => {
    expect(problemsOf(() => importKerasArchive(bytes, 'm'))[0]?.what).toMatch(/config\.json/);
  });

  test('a bomb is not unpacked: it may have no more than is asked for', () => {
    const bomb = zipSync({ 'config.json': new Uint8Array(2 ** 22) });
    expect(bomb.length).toBeLessThan(2 ** 14);
    expect(problemsOf(() => new ZipArchive(bomb).file('config.json', 2 ** 20))[0]?.code).toBe('zip-too-large');
  });

  test('weights of another layer', () => {
    const config = sequential([null, 1], [{ className: 'Dense', config: { units: 1 } }]);
    const weights = { 'layers/dense_1/vars/0': weight(1, 1), 'layers/dense_1/vars/1': weight(1) };
    expect(problemsOf(() => importKerasArchive(archive(config, weights), 'm'))[0]?.code).toBe('keras-weights');
  });
});
