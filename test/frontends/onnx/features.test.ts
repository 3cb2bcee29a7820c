import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { ProblemError } from '../../../converter/problem.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { emit, runModule } from '../../backends/wasm/run-graph.ts';
import { type AttributeDraft, type TensorDraft, writeModel } from './draft.ts';

const floatList = (name: string, floats: readonly number[]): AttributeDraft => ({ name, type: 6, floats });
const intList = (name: string, ints: readonly number[]): AttributeDraft => ({ name, type: 7, ints });
const int = (name: string, i: number): AttributeDraft => ({ name, type: 2, i });
const real = (name: string, f: number): AttributeDraft => ({ name, type: 1, f });

/** One operator of ai.onnx.ml on `values` as shape `shape`, on the reference evaluator and as a WASM module. */
function run(
  op: string,
  kind: 'float' | 'int64',
  shape: readonly number[],
  values: readonly number[],
  attributes: readonly AttributeDraft[],
  initializers: Readonly<Record<string, TensorDraft>> = {},
): [string, ...number[]] {
  const inputs = ['x', ...Object.keys(initializers)];
  const nodes = [{ op, domain: 'ai.onnx.ml', inputs, outputs: ['y'], attributes }];
  const inputTypes = { x: kind === 'float' ? 1 : 7 };
  const graph = importOnnx(writeModel({ inputs: { x: shape }, inputTypes, outputs: ['y'], initializers, nodes }), 'm');
  const given = graph.inputs.map((port): Tensor => {
    const data = kind === 'float' ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
    return { type: typeOf(graph, port.value), data };
  });
  const expected = evaluateGraph(graph, given);
  expect(runModule(emit(graph, 'guarded'), given)).toEqual(expected);
  const [y] = expected;
  return [`${y?.type.dtype} ${y?.type.shape.join('x')}`, ...Array.from<number | bigint, number>(y?.data ?? [], Number)];
}

describe('features of ai.onnx.ml', () => {
  test('Scaler and Binarizer', () => {
    const each = [floatList('offset', [1, 2]), floatList('scale', [2, 3])];
    expect(run('Scaler', 'int64', [2, 2], [1, 2, 3, 4], each)).toEqual(['float32 2x2', 0, 0, 4, 6]);
    expect(run('Scaler', 'float', [3], [1, 2, 3], [floatList('scale', [0.5])])).toEqual(['float32 3', 0.5, 1, 1.5]);
    expect(run('Binarizer', 'float', [3], [1, 2, 3], [real('threshold', 2)])).toEqual(['float32 3', 0, 0, 1]);
  });

  test('ArrayFeatureExtractor and OneHotEncoder', () => {
    const places: TensorDraft = { dims: [2], dataType: 7, int64Data: [2, 0] };
    expect(run('ArrayFeatureExtractor', 'float', [2, 3], [1, 2, 3, 4, 5, 6], [], { places })).toEqual([
      'float32 2x2',
      3,
      1,
      6,
      4,
    ]);
    expect(run('ArrayFeatureExtractor', 'float', [3], [1, 2, 3], [], { places })).toEqual(['float32 1x2', 3, 1]);
    const categories = [intList('cats_int64s', [7, 9])];
    expect(run('OneHotEncoder', 'int64', [3], [9, 7, 8], categories)).toEqual(['float32 3x2', 0, 1, 1, 0, 0, 0]);
    expect(run('OneHotEncoder', 'int64', [1], [2 ** 32 + 9], categories)).toEqual(['float32 1x2', 0, 0]);
  });

  test('FeatureVectorizer', () => {
    expect(run('FeatureVectorizer', 'int64', [2, 1, 2], [1, 2, 3, 4], [intList('inputdimensions', [2])])).toEqual([
      'float32 2x2',
      1,
      2,
      3,
      4,
    ]);
    expect(() => run('FeatureVectorizer', 'int64', [2, 2], [1, 2, 3, 4], [intList('inputdimensions', [3])])).toThrow(
      '2 features as 3',
    );
  });

  test('LabelEncoder gives the value of the first key, or the default', () => {
    const keys = intList('keys_int64s', [5, 6, 5]);
    const reals = [keys, floatList('values_floats', [0.5, 0.25, 9]), real('default_float', -1)];
    expect(run('LabelEncoder', 'int64', [2, 2], [6, 5, 7, 6], reals)).toEqual(['float32 2x2', 0.25, 0.5, -1, 0.25]);
    const wholes = [floatList('keys_floats', [1.5, 2]), intList('values_int64s', [10, 20])];
    expect(run('LabelEncoder', 'float', [3], [2, 1.5, 3], wholes)).toEqual(['int64 3', 20, 10, -1]);
    expect(run('LabelEncoder', 'float', [1], [3], [...wholes, int('default_int64', 4)])).toEqual(['int64 1', 4]);
    expect(() => run('LabelEncoder', 'int64', [1], [3], wholes)).toThrow(ProblemError);
  });
});
