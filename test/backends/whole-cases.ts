import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import type { Comparison } from '../../converter/ops/compare.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import type { Op } from '../../converter/ops/op.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { binary, constant, theVariable, unary } from '../../converter/ops/scalar-expression.ts';
import type { ZipFunction } from '../../converter/ops/zip.ts';
import { allocate, type DType } from '../../converter/tensor/dtype.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import type { Shape } from '../../converter/tensor/shape.ts';
import { storeElement, type Tensor, tensorType } from '../../converter/tensor/tensor.ts';

/** A graph with inputs, to be run on a back end and on the reference. */
export interface WholeCase {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
}

/** Dtypes of whole numbers that the back ends compute with. */
const wholeDtypes: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'];

/** Ends of every width, numbers around the widths of shifts, and small ones of both signs. */
const edges: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 5n, 7n, 8n, 15n, 16n, 17n, 31n, 32n, 33n, 63n, 64n, 65n, 100n],
  ...[7n, 8n, 15n, 16n, 31n, 32n, 63n].flatMap((bits) => [(1n << bits) - 1n, 1n << bits]),
  ...[-1n, -2n, -3n, -7n, -33n, -128n, -32768n, -(1n << 31n), -(1n << 63n), 0x123456789abcdefn],
];

/** Every edge as the dtype has it, each once. */
function edgesOf(dtype: DType, shape: (count: number) => Shape): Tensor {
  const data = allocate(dtype, edges.length);
  edges.forEach((edge, i) => {
    storeElement(data, i, dtype.endsWith('int64') ? edge : BigInt.asIntN(32, edge));
  });
  const distinct = [...new Set<number | bigint>(Array.from<number | bigint>(data))];
  const own = allocate(dtype, distinct.length);
  distinct.forEach((value, i) => {
    storeElement(own, i, value);
  });
  return { type: tensorType(dtype, shape(distinct.length)), data: own };
}

const column = (count: number): Shape => [count, 1];
const row = (count: number): Shape => [count];

function caseOf(name: string, op: Op, inputs: readonly Tensor[], dtype: DType): WholeCase {
  const builder = new GraphBuilder();
  const ids = inputs.map(({ type }, i) => builder.input(`x${i}`, type));
  const types = inputs.map(({ type }) => type);
  const [shape = []] = outputShapes(op, types);
  builder.output('y', builder.node(`${op.type} under test`, op, ids, tensorType(dtype, shape), 'y'));
  return { name, graph: builder.build(name, 'a test', 'exact'), inputs };
}

const zipFunctions: readonly ZipFunction[] = [
  ...(['add', 'sub', 'mul', 'div', 'max', 'min', 'floor-div', 'floor-mod', 'rem', 'pow'] as const),
  ...(['and', 'or', 'xor', 'shift-left', 'shift-right'] as const),
];

/** Every function of every pair of edges. */
export const zipCases: readonly WholeCase[] = [
  ...wholeDtypes.flatMap((dtype) =>
    zipFunctions.map((fn) => {
      const op: Op = { type: 'zip', attributes: { fn, clamp: noClamp } };
      return caseOf(`${fn} ${dtype}`, op, [edgesOf(dtype, column), edgesOf(dtype, row)], dtype);
    }),
  ),
  ...(['and', 'or', 'xor'] as const).map((fn) => {
    const op: Op = { type: 'zip', attributes: { fn, clamp: noClamp } };
    const bools = (shape: Shape): Tensor => ({ type: tensorType('bool', shape), data: Uint8Array.of(0, 1) });
    return caseOf(`${fn} bool`, op, [bools([2, 1]), bools([2])], 'bool');
  }),
  caseOf(
    'rem int32 with a clamp',
    { type: 'zip', attributes: { fn: 'rem', clamp: { min: -2, max: 20 } } },
    [edgesOf('int32', column), edgesOf('int32', row)],
    'int32',
  ),
];

const relations: readonly Comparison[] = ['equal', 'not-equal', 'less', 'less-equal', 'greater', 'greater-equal'];

function quantizedBytes(dtype: 'int8' | 'uint8', scale: number, zeroPoint: number, shape: Shape): Tensor {
  const data = dtype === 'int8' ? new Int8Array(256) : new Uint8Array(256);
  for (let i = 0; i < 256; i++) data[i] = dtype === 'int8' ? i - 128 : i;
  return { type: tensorType(dtype, shape, perTensor(Math.fround(scale), zeroPoint)), data };
}

/** Comparisons of every pair of edges, and of quantized bytes of two scales. */
export const compareCases: readonly WholeCase[] = relations.flatMap((relation) => {
  const op: Op = { type: 'compare', attributes: { relation } };
  const quantized = [quantizedBytes('int8', 0.03, 5, [256, 1]), quantizedBytes('int8', 0.0021, -100, [256])];
  const bytes = [quantizedBytes('uint8', 0.001, 128, [256, 1]), quantizedBytes('uint8', 0.001, 128, [256])];
  return [
    ...wholeDtypes.map((dtype) =>
      caseOf(`${relation} ${dtype}`, op, [edgesOf(dtype, column), edgesOf(dtype, row)], 'bool'),
    ),
    caseOf(`${relation} quantized int8`, op, quantized, 'bool'),
    caseOf(`${relation} quantized uint8`, op, bytes, 'bool'),
  ];
});

const expressions = [
  unary('neg', theVariable),
  unary('abs', theVariable),
  unary('sign', unary('neg', theVariable)),
  unary('square', theVariable),
  binary('sub', constant(-1), theVariable),
  binary(
    'min',
    binary('max', binary('add', binary('mul', theVariable, constant(3)), constant(200)), constant(2)),
    constant(99),
  ),
];

/** Functions of every edge. */
export const mapCases: readonly WholeCase[] = wholeDtypes.flatMap((dtype) =>
  expressions.map((expression, i) => {
    return caseOf(`map ${i} ${dtype}`, { type: 'map', attributes: { expression } }, [edgesOf(dtype, row)], dtype);
  }),
);

/** Reductions over each axis and all of them. */
export const reduceCases: readonly WholeCase[] = [...wholeDtypes, 'bool' as const].flatMap((dtype) => {
  const kinds = dtype === 'bool' ? (['max', 'min'] as const) : (['sum', 'product', 'max', 'min', 'mean'] as const);
  const values = edgesOf(dtype === 'bool' ? 'uint8' : dtype, row);
  const data = allocate(dtype, 24);
  for (let i = 0; i < 24; i++) {
    const value = values.data[i % values.data.length] ?? 0;
    storeElement(data, i, dtype === 'bool' ? Number(value) & 1 : value);
  }
  const input: Tensor = { type: tensorType(dtype, [2, 3, 4]), data };
  return kinds.flatMap((kind) =>
    (dtype.endsWith('int64') && kind === 'mean' ? [] : [[1], [0, 2], [0, 1, 2]]).map((axes) => {
      const op: Op = { type: 'reduce', attributes: { kind, axes, keepDims: false } };
      return caseOf(`${kind} ${dtype} over ${axes}`, op, [input], dtype);
    }),
  );
});

const reals: Tensor = {
  type: tensorType('float32', [23]),
  data: Float32Array.of(
    ...[0, -0, 0.9, -0.9, 1.5, -1.5, 127.9, 128, -128.9, 255.5, 256, 32768, -32769, 65536],
    ...[2147483520, 2147483648, -2147483648, 4294967040, 9.3e18, -9.3e18, 1.9e19, Number.POSITIVE_INFINITY, Number.NaN],
  ),
};

/** Casts between all of them, float32 and bool. */
export const castCases: readonly WholeCase[] = [...wholeDtypes, 'bool' as const, 'float32' as const].flatMap((to) => {
  const op: Op = { type: 'cast', attributes: {} };
  const truths: Tensor = { type: tensorType('bool', [2]), data: Uint8Array.of(0, 1) };
  return [
    ...wholeDtypes.map((from) => caseOf(`cast ${from} to ${to}`, op, [edgesOf(from, row)], to)),
    caseOf(`cast float32 to ${to}`, op, [reals], to),
    caseOf(`cast bool to ${to}`, op, [truths], to),
  ];
});
