import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, valueById } from '../../../converter/ir/graph.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { elementCount } from '../../../converter/tensor/shape.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { floats, type NodeDraft, type TensorDraft, writeModel } from './draft.ts';

type Attributes = NonNullable<NodeDraft['attributes']>;
type Shapes = Readonly<Record<string, readonly number[]>>;

const int = (name: string, i: number) => ({ name, type: 2, i });
const real = (name: string, f: number) => ({ name, type: 1, f });
const text = (name: string, s: string) => ({ name, type: 3, s: Buffer.from(s) });

interface Draft {
  readonly inputs: Shapes;
  readonly initializers?: Readonly<Record<string, TensorDraft>>;
  readonly attributes?: Attributes;
  readonly operands?: readonly string[];
  readonly opset?: number;
}

function graphOf(op: string, { inputs, initializers = {}, attributes = [], operands, opset = 17 }: Draft): Graph {
  const [domain = '', name = ''] = op.includes(':') ? op.split(':') : ['', op];
  const node = { op: name, domain, inputs: operands ?? Object.keys(inputs), outputs: ['y'], attributes };
  return importOnnx(writeModel({ inputs, initializers, outputs: ['y'], nodes: [node], opset }), 'm');
}

/** Elements that are all different and exact in sums: 1, 2, 3, ... with changing signs. */
const pattern = (count: number) => Array.from({ length: count }, (_, i) => (i % 3 === 1 ? -1 : 1) * ((i % 11) + 1));

function resultOf(graph: Graph, given: readonly (readonly number[])[] = []): { shape: readonly number[]; y: number[] } {
  const inputs = graph.inputs.map(({ value }, i) => {
    const { shape } = valueById(graph, value).type;
    return { type: tensorType('float32', shape), data: Float32Array.from(given[i] ?? pattern(elementCount(shape))) };
  });
  const [result] = evaluateGraph(graph, inputs);
  return { shape: result?.type.shape ?? [], y: Array.from(result?.data ?? [], Number) };
}

const types = (graph: Graph) => graph.nodes.map(({ op }) => op.type);

/** The sum over all labels that the output lacks, by the definition. */
function einsumByDefinition(equation: string, shapes: readonly (readonly number[])[]): number[] {
  const [left = '', output = ''] = equation.split('->');
  const terms = left.split(',');
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    [...term].forEach((label, axis) => {
      sizes.set(label, shapes[i]?.[axis] ?? 1);
    });
  });
  const labels = [...sizes.keys()];
  const data = shapes.map((shape) => pattern(elementCount(shape)));
  const place = (term: string, at: ReadonlyMap<string, number>) =>
    [...term].reduce((sum, label) => sum * (sizes.get(label) ?? 1) + (at.get(label) ?? 0), 0);
  const result = new Array<number>([...output].reduce((product, label) => product * (sizes.get(label) ?? 1), 1)).fill(
    0,
  );
  const walk = (rest: readonly string[], at: ReadonlyMap<string, number>): void => {
    const [label, ...others] = rest;
    if (label === undefined) {
      const product = terms.reduce((value, term, i) => value * (data[i]?.[place(term, at)] ?? 0), 1);
      result[place(output, at)] = (result[place(output, at)] ?? 0) + product;
      return;
    }
    for (let i = 0; i < (sizes.get(label) ?? 1); i++) walk(others, new Map([...at, [label, i]]));
  };
  walk(labels, new Map());
  return result;
}

describe('Einsum', () => {
  const sizes: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 5, i: 3, j: 2, k: 4 };
  test.each([
    'ab->ba',
    'ab->',
    'aab->ab',
    'aa->',
    'ab,bc->ac',
    'ab,cb->ac',
    'ba,bc->ac',
    'ab,ab->',
    'ab,cd->acbd',
    'abc,abd->acd',
    'abc,adc->abd',
    'abcd,bd->ac',
    'abc,b->ac',
    'ab,bc,cd->ad',
    'ijk,jik->ki',
    'ab,a->b',
  ])('%s', (equation) => {
    const terms = (equation.split('->')[0] ?? '').split(',');
    const shapes = terms.map((term) => [...term].map((label) => sizes[label] ?? 1));
    const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, shape]));
    const graph = graphOf('Einsum', { inputs, attributes: [text('equation', equation)] });
    expect(resultOf(graph).y).toEqual(einsumByDefinition(equation, shapes));
  });

  test.each([
    ['...ab,...bc->...ac', 'iab,ibc->iac', [3, 2, 3], [3, 3, 4]],
    ['a...->...', 'ab->b', [2, 3], null],
    ['ba,ac', 'ba,ac->bc', [2, 3], [3, 4]],
    ['b a', 'ba->ab', [2, 3], null],
  ] as const)('%s is %s', (equation, plain, a, b) => {
    const inputs = b === null ? { x: a } : { x: a, z: b };
    const graph = graphOf('Einsum', { inputs, attributes: [text('equation', equation)] });
    expect(resultOf(graph).y).toEqual(einsumByDefinition(plain, Object.values(inputs)));
  });

  test('an ellipsis repeats axes of size 1', () => {
    const attributes = [text('equation', '...ab,...b->...a')];
    const graph = graphOf('Einsum', { inputs: { x: [1, 2, 2], z: [3, 2] }, attributes });
    const { shape, y } = resultOf(graph, [
      [1, 2, 3, 4],
      [1, 0, 0, 1, 1, 1],
    ]);
    expect([shape, y]).toEqual([
      [3, 2],
      [1, 3, 2, 4, 3, 7],
    ]);
  });

  test.each([
    ['ab,bc->ad', 'has one of its own'],
    ['ab->a->b', 'does not fit'],
    ['a,b,c->abc', 'does not fit'],
    ['ab,ab->ab', 'stands for the sizes'],
    ['...,...->', 'lacks the ellipsis'],
  ])('%s is refused: %s', (equation, why) => {
    const graph = () =>
      graphOf('Einsum', { inputs: { x: [2, 3], z: [3, 4] }, attributes: [text('equation', equation)] });
    expect(graph).toThrow(ProblemError);
    expect(graph).toThrow(why);
  });
});

describe('MatMul', () => {
  test.each([
    [[3], [3], 'a,a->', []],
    [[3], [2, 3, 4], 'b,cbd->cd', [2, 4]],
    [[2, 4, 3], [3], 'cdb,b->cd', [2, 4]],
    [[2, 3, 4], [2, 4, 2], 'abc,acd->abd', [2, 3, 2]],
    [[2, 3, 4], [4, 5], 'abc,cd->abd', [2, 3, 5]],
  ] as const)('%j by %j', (a, b, equation, shape) => {
    const graph = graphOf('MatMul', { inputs: { x: a, z: b } });
    expect(resultOf(graph)).toEqual({ shape, y: einsumByDefinition(equation, [a, b]) });
  });

  test('one constant matrix on the right is weights, a stack of them is not', () => {
    const weights = floats([4, 5], pattern(20));
    const one = graphOf('MatMul', { inputs: { x: [2, 3, 4] }, initializers: { w: weights }, operands: ['x', 'w'] });
    expect(types(one)).toEqual(['reshape', 'fully-connected', 'reshape']);
    expect(resultOf(one).y).toEqual(
      einsumByDefinition('abc,cd->abd', [
        [2, 3, 4],
        [4, 5],
      ]),
    );
    const stack = floats([2, 4, 5], pattern(40));
    const many = graphOf('MatMul', { inputs: { x: [2, 3, 4] }, initializers: { w: stack }, operands: ['x', 'w'] });
    expect(types(many)).toEqual(['matmul']);
  });
});

describe('Gemm with computed operands', () => {
  test('scales, transposes and adds', () => {
    const attributes = [real('alpha', 2), real('beta', -1), int('transA', 1), int('transB', 1)];
    const graph = graphOf('Gemm', { inputs: { a: [3, 2], b: [4, 3], c: [2, 1] }, attributes });
    const c = [10, 20];
    const product = einsumByDefinition('ba,cb->ac', [
      [3, 2],
      [4, 3],
    ]);
    const given = [pattern(6), pattern(12), c];
    expect(resultOf(graph, given).y).toEqual(product.map((value, i) => 2 * value - (c[Math.floor(i / 4)] ?? 0)));
  });

  test('a computed C behind constant weights', () => {
    const initializers = { b: floats([2, 2], [1, 2, 3, 4]) };
    const graph = graphOf('Gemm', { inputs: { a: [1, 2], c: [2] }, initializers, operands: ['a', 'b', 'c'] });
    expect(
      resultOf(graph, [
        [1, 1],
        [0.5, -0.5],
      ]).y,
    ).toEqual([4.5, 5.5]);
  });
});

describe('fused products of onnxruntime', () => {
  test('FusedMatMul moves the first axis', () => {
    const attributes = [int('transBatchA', 1), real('alpha', 0.5)];
    const graph = graphOf('com.microsoft:FusedMatMul', { inputs: { a: [2, 3, 4], b: [3, 4, 5] }, attributes });
    const product = einsumByDefinition('bac,acd->abd', [
      [2, 3, 4],
      [3, 4, 5],
    ]);
    expect(resultOf(graph).y).toEqual(product.map((value) => value / 2));
  });

  test('FusedGemm ends in its activation, and refuses one that it does not know', () => {
    const draft = { inputs: { a: [1, 1], b: [1, 2] }, attributes: [text('activation', 'Relu')] };
    expect(resultOf(graphOf('com.microsoft:FusedGemm', draft), [[2], [3, -4]]).y).toEqual([6, 0]);
    const other = { ...draft, attributes: [text('activation', 'Mystery')] };
    expect(() => graphOf('com.microsoft:FusedGemm', other)).toThrow('activation=Mystery');
  });

  test('Gelu and its approximation', () => {
    const exact = resultOf(graphOf('Gelu', { inputs: { x: [2] }, opset: 20 }), [[1, -0.5]]).y;
    expect(exact[0]).toBeCloseTo(0.841344746, 6);
    expect(exact[1]).toBeCloseTo(-0.154268769, 6);
    const fast = resultOf(graphOf('com.microsoft:FastGelu', { inputs: { x: [1], b: [1] } }), [[0.75], [0.25]]).y;
    expect(fast[0]).toBeCloseTo(0.841192, 5);
  });
});

describe('Conv with computed weights', () => {
  test.each([
    { x: [1, 4, 5, 6], w: [6, 2, 3, 2], group: 2, strides: [2, 1], pads: [1, 0, 0, 1], dilations: [1, 2] },
    { x: [2, 3, 7], w: [3, 1, 3], group: 3, strides: [1], pads: [1, 1], dilations: [1] },
    { x: [1, 3, 4, 4], w: [2, 3, 1, 1], group: 1, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] },
  ])('$x by $w gives what constant weights give', ({ x, w, group, ...window }) => {
    const ints = (name: string, values: readonly number[]) => ({ name, type: 7, ints: values });
    const attributes = [int('group', group), ...Object.entries(window).map(([name, values]) => ints(name, values))];
    const weights = floats(w, pattern(elementCount(w)));
    const constant = graphOf('Conv', { inputs: { x }, initializers: { w: weights }, operands: ['x', 'w'], attributes });
    const computed = graphOf('Conv', { inputs: { x, w }, attributes });
    expect(resultOf(computed)).toEqual(resultOf(constant));
  });
});

describe('Attention', () => {
  const shape = [1, 1, 2, 1];
  test('a hidden row gives zeros, a hidden key counts for nothing', () => {
    const graph = graphOf('Attention', { inputs: { q: shape, k: shape, v: shape, m: [2, 2] }, opset: 23 });
    const hidden = Number.NEGATIVE_INFINITY;
    const { y } = resultOf(graph, [
      [1, 1],
      [5, 7],
      [3, 9],
      [0, hidden, hidden, hidden],
    ]);
    expect(y).toEqual([3, 0]);
  });

  test('the lowest finite bias hides nothing by itself', () => {
    const graph = graphOf('Attention', { inputs: { q: shape, k: shape, v: shape, m: [1, 2] }, opset: 23 });
    const lowest = -3.4028234663852886e38;
    expect(
      resultOf(graph, [
        [0, 0],
        [0, 0],
        [3, 9],
        [lowest, lowest],
      ]).y,
    ).toEqual([6, 6]);
  });

  test('heads share keys', () => {
    const draft = { inputs: { q: [1, 1, 4], k: [1, 2, 2], v: [1, 2, 2] }, opset: 23 };
    const graph = graphOf('Attention', { ...draft, attributes: [int('q_num_heads', 4), int('kv_num_heads', 2)] });
    // Scores of 0 and -infinity pick one key each.
    const { y } = resultOf(graph, [
      [100, -100, 100, -100],
      [1, 1, -1, -1],
      [1, 2, 3, 4],
    ]);
    expect(y).toEqual([1, 3, 2, 4]);
    expect(() =>
      graphOf('Attention', { ...draft, attributes: [int('q_num_heads', 4), int('kv_num_heads', 3)] }),
    ).toThrow('does not split');
  });
});
