import { expect, test } from 'vitest';
import { optionsOf } from '../../../../converter/frontends/tflite/format/operator.ts';
import { readTfliteModel } from '../../../../converter/frontends/tflite/format/read.ts';
import { readChanged, smallModel } from './small-model.ts';
import { writeTflite } from './write-tflite.ts';

test('a correct model is read with its names, shapes, parameters and options', () => {
  const model = readChanged(() => {});
  const graph = model.subgraphs[0];
  expect(model).toMatchObject({ version: 3, description: 'made by a test' });
  expect(graph).toMatchObject({ name: 'main', inputs: [0], outputs: [4] });
  expect(graph?.tensors[0]).toEqual({
    index: 0,
    name: 'x',
    dtype: 'int8',
    shape: [1, 7, 9, 2],
    shapeSignature: null,
    quantization: { kind: 'affine', scales: [0.5], zeroPoints: [3], axis: 0 },
    isVariable: false,
    data: null,
    sparsity: false,
  });
  expect(Array.from(graph?.tensors[1]?.data ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(graph?.operators[0]).toMatchObject({ name: 'CONV_2D', customCode: null, version: 2, inputs: [0, 1, 2] });
  expect(graph?.operators[0]?.options).toMatchObject({ padding: 'VALID', stride_w: 1, dilation_w_factor: 1 });
});

test('scales are the exact float32 values', () => {
  const weights = readChanged(() => {}).subgraphs[0]?.tensors[1];
  const scales = weights?.quantization.kind === 'affine' ? weights.quantization.scales : [];
  expect(scales).toEqual([0.1, 0.2, 0.3, 0.4].map(Math.fround));
});

test('options are typed by table, with defaults where the operator has none', () => {
  const operators = readChanged(() => {}).subgraphs[0]?.operators ?? [];
  const [conv, relu] = operators;
  if (conv === undefined || relu === undefined) throw new Error('operators');
  expect(optionsOf(conv, 'Conv2DOptions').fused_activation_function).toBe('RELU6');
  expect(optionsOf(relu, 'LeakyReluOptions')).toEqual({ alpha: 0 });
  expect(() => optionsOf(conv, 'Pool2DOptions')).toThrow(/CONV_2D #0.*"Conv2DOptions".*"Pool2DOptions"/);
});

test('an option table newer than the schema is named but not decoded', () => {
  const model = readChanged(({ operators }) => {
    Object.assign(operators[0] ?? {}, { builtin_options: { type: 'unknown-200', value: {} } });
  });
  expect(model.subgraphs[0]?.operators[0]).toMatchObject({ optionsType: 'unknown-200', options: null });
});

test('the larger of the two operator codes counts', () => {
  const model = readChanged(({ model }) => {
    model.operator_codes = [
      { deprecated_builtin_code: 3, builtin_code: 'ADD' },
      { deprecated_builtin_code: 127, builtin_code: 'GELU' },
    ];
  });
  expect(model.subgraphs[0]?.operators.map((operator) => operator.name)).toEqual(['CONV_2D', 'GELU']);
});

test('custom operators carry their name and their options', () => {
  const model = readChanged(({ model, operators }) => {
    model.operator_codes = [{ deprecated_builtin_code: 3 }, { deprecated_builtin_code: 32, custom_code: 'MyOp' }];
    Object.assign(operators[1] ?? {}, { custom_options: [1, 2, 3] });
  });
  const operator = model.subgraphs[0]?.operators[1];
  expect(operator).toMatchObject({ name: 'CUSTOM', customCode: 'MyOp' });
  expect(Array.from(operator?.customOptions ?? [])).toEqual([1, 2, 3]);
});

test('an absent optional input is -1', () => {
  const model = readChanged(({ operators }) => Object.assign(operators[0] ?? {}, { inputs: [0, 1, -1] }));
  expect(model.subgraphs[0]?.operators[0]?.inputs).toEqual([0, 1, -1]);
});

test('dynamic dimensions are in the signature', () => {
  const model = readChanged(({ tensors }) => Object.assign(tensors[0] ?? {}, { shape_signature: [-1, 7, 9, 2] }));
  expect(model.subgraphs[0]?.tensors[0]).toMatchObject({ shape: [1, 7, 9, 2], shapeSignature: [-1, 7, 9, 2] });
});

test('a tensor without a shape is a scalar', () => {
  const model = readChanged(({ tensors }) => delete tensors[0]?.shape);
  expect(model.subgraphs[0]?.tensors[0]?.shape).toEqual([]);
});

test('int4 constants are two to a byte, odd counts rounded up', () => {
  const model = readChanged(({ tensors, model }) => {
    tensors[1] = { name: 'w', shape: [3, 5], type: 'INT4', buffer: 1 };
    model.buffers = [{}, { data: [1, 2, 3, 4, 5, 6, 7, 8] }, { data: new Array(16).fill(1) }];
  });
  expect(model.subgraphs[0]?.tensors[1]).toMatchObject({ dtype: 'int4', shape: [3, 5] });
});

test('an empty constant has data, an absent one has none', () => {
  const model = readChanged(({ tensors, model, operators }) => {
    tensors.push({ name: 'shape of a scalar', shape: [0], type: 'INT32', buffer: 3 });
    model.buffers = [...(model.buffers as unknown[]), {}];
    Object.assign(operators[1] ?? {}, { inputs: [3, 5] });
  });
  expect(model.subgraphs[0]?.tensors[5]?.data).toEqual(new Uint8Array(0));
  expect(model.subgraphs[0]?.tensors[0]?.data).toBeNull();
});

test('variables are read before anything writes them', () => {
  const model = readChanged(({ tensors, operators }) => {
    tensors.push({ name: 'state', shape: [4], type: 'INT8', buffer: 0, is_variable: true });
    Object.assign(operators[1] ?? {}, { inputs: [3, 5] });
  });
  expect(model.subgraphs[0]?.tensors[5]?.isVariable).toBe(true);
});

test('per-channel parameters of a vector run along its only dimension, whatever the file says', () => {
  const model = readChanged(({ tensors }) => {
    const parameters = { scale: [1, 2, 3, 4], zero_point: [0, 0, 0, 0], quantized_dimension: 3 };
    Object.assign(tensors[2] ?? {}, { quantization: parameters });
  });
  expect(model.subgraphs[0]?.tensors[2]?.quantization).toMatchObject({ kind: 'affine', axis: 0 });
});

test('one scale needs no dimension', () => {
  const model = readChanged(({ tensors }) => {
    Object.assign(tensors[0] ?? {}, { quantization: { scale: [1], zero_point: [0], quantized_dimension: 9 } });
  });
  expect(model.subgraphs[0]?.tensors[0]?.quantization).toMatchObject({ kind: 'affine', axis: 0 });
});

test('other quantization schemes are named', () => {
  const details = { type: 'BlockwiseQuantization', value: { scales: 1, zero_points: 2, block_size: 32 } };
  const model = readChanged(({ tensors }) => Object.assign(tensors[0] ?? {}, { quantization: { details } }));
  expect(model.subgraphs[0]?.tensors[0]?.quantization).toEqual({ kind: 'other', scheme: 'BlockwiseQuantization' });
});

test('metadata and signatures are resolved', () => {
  const model = readChanged(({ model }) => {
    model.metadata = [{ name: 'min_runtime_version', buffer: 1 }];
    model.signature_defs = [
      {
        signature_key: 'serving',
        inputs: [{ name: 'image', tensor_index: 0 }],
        outputs: [{ name: 'out', tensor_index: 4 }],
      },
    ];
  });
  expect(model.metadata[0]).toMatchObject({ name: 'min_runtime_version' });
  expect(model.metadata[0]?.data.length).toBe(8);
  expect(model.signatureDefs).toEqual([
    {
      key: 'serving',
      subgraphIndex: 0,
      inputs: [{ name: 'image', tensorIndex: 0 }],
      outputs: [{ name: 'out', tensorIndex: 4 }],
    },
  ]);
});

test('the file may lie anywhere in a larger buffer', () => {
  const file = writeTflite(smallModel().model);
  const shifted = new Uint8Array(file.length + 7);
  shifted.set(file, 3);
  expect(readTfliteModel(shifted.subarray(3, 3 + file.length))).toEqual(readTfliteModel(file));
});
