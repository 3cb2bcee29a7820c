import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../converter/ir/graph.ts';
import { rewrite } from '../../converter/ir/rewrite.ts';
import { noClamp } from '../../converter/ops/definition.ts';
import type { Op } from '../../converter/ops/op.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { binary, constant, theVariable } from '../../converter/ops/scalar-expression.ts';
import { hoistTranspose } from '../../converter/passes/layout/hoist.ts';
import { sinkRules } from '../../converter/passes/layout/sink.ts';
import { removeTransposes } from '../../converter/passes/layout.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { expectSameOnRandomInputs } from '../ir/same-results.ts';

const relu: Op = { type: 'map', attributes: { expression: binary('max', theVariable, constant(0)) } };
const transpose = (...permutation: number[]): Op => ({ type: 'transpose', attributes: { permutation } });
const reshape = (...shape: number[]): Op => ({ type: 'reshape', attributes: { shape } });
const slice = (begin: number[], size: number[]): Op => ({
  type: 'slice',
  attributes: { begin, size, strides: begin.map(() => 1) },
});
const pad = (before: number[], after: number[]): Op => ({ type: 'pad', attributes: { before, after, value: 2 } });
const reduce = (axes: number[], keepDims: boolean): Op => ({
  type: 'reduce',
  attributes: { kind: 'max', axes, keepDims },
});
const softmax: Op = { type: 'softmax', attributes: { beta: 1 } };
const add: Op = { type: 'zip', attributes: { fn: 'add', clamp: noClamp } };

/** The operators one after the other; a zip gets a constant of the given shape as its second operand. */
function chain(shape: readonly number[], ops: readonly (Op | readonly [Op, readonly number[]])[]): Graph {
  const builder = new GraphBuilder();
  let value: ValueId = builder.input('x', tensorType('float32', shape));
  ops.forEach((item, i) => {
    const [op, constantShape] = 'type' in item ? [item, null] : item;
    const inputs = [value];
    if (constantShape !== null) {
      const count = constantShape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length: count }, (_, k) => k + 1);
      inputs.push(builder.constant(`c${i}`, { type: tensorType('float32', constantShape), data }));
    }
    const [out] = outputShapes(
      op,
      inputs.map((id) => builder.typeOf(id)),
    );
    value = builder.node(`${op.type} ${i}`, op, inputs, tensorType('float32', out ?? []), `v${i}`);
  });
  builder.output('y', value);
  return builder.build('chain', 'test', 'exact');
}

const count = (graph: Graph) => graph.nodes.filter((node) => node.op.type === 'transpose').length;

test.each<readonly [string, readonly (Op | readonly [Op, readonly number[]])[]]>([
  ['elementwise', [relu]],
  ['a constant per channel', [[add, [3, 1, 1]]]],
  ['a full constant', [[add, [1, 3, 4, 5]]]],
  ['pad', [pad([0, 1, 2, 0], [0, 0, 1, 3])]],
  ['slice', [slice([0, 1, 0, 2], [1, 2, 4, 3])]],
  ['reduce', [reduce([2, 3], true)]],
  ['joined and split axes', [reshape(1, 3, 20), reshape(1, 3, 4, 5)]],
  ['a shuffle of channels', [reshape(1, 3, 1, 4, 5), relu, reshape(1, 3, 4, 5)]],
])('%s between opposite transposes leaves none', (_, ops) => {
  const graph = chain([1, 4, 5, 3], [transpose(0, 3, 1, 2), ...ops, transpose(0, 2, 3, 1)]);
  const { graph: straight } = removeTransposes(graph);
  expect(count(straight)).toBe(0);
  expectSameOnRandomInputs(graph, straight, 'layout');
});

test('a reduction that drops the moved axes leaves none', () => {
  const graph = chain([1, 4, 5, 3], [transpose(0, 3, 1, 2), reduce([2, 3], false)]);
  expect(count(removeTransposes(graph).graph)).toBe(0);
  expectSameOnRandomInputs(graph, removeTransposes(graph).graph, 'layout');
});

test('a softmax over another axis keeps its transpose', () => {
  const graph = chain([1, 4, 5, 3], [transpose(0, 3, 1, 2), softmax]);
  expect(removeTransposes(graph).applied).toEqual([]);
});

test('random chains compute the same, whichever rules move them', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 });
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 });
  const step = fc.oneof(
    order.map((permutation) => ({ kind: 'transpose', permutation }) as const),
    fc.constantFrom('relu', 'pad', 'add', 'softmax', 'merge', 'reduce').map((kind) => ({ kind }) as const),
  );
  fc.assert(
    fc.property(sizes, fc.array(step, { minLength: 2, maxLength: 7 }), (shape, steps) => {
      let current: readonly number[] = shape;
      const ops = steps.flatMap((item): (Op | readonly [Op, readonly number[]])[] => {
        if (item.kind === 'transpose') {
          current = item.permutation.map((axis) => current[axis] ?? 1);
          return [transpose(...item.permutation)];
        }
        if (item.kind === 'relu') return [relu];
        if (item.kind === 'softmax') return [softmax];
        if (item.kind === 'add') return [[add, current.slice(1)]];
        const [a = 1, b = 1, c = 1, d = 1] = current;
        if (item.kind === 'merge') {
          current = [a, b * c, 1, d];
          return [reshape(a, b * c, d), reshape(a, b * c, 1, d)];
        }
        if (item.kind === 'reduce') {
          current = [a, 1, c, d];
          return [reduce([1], true)];
        }
        current = [a, b + 1, c, d];
        return [pad([0, 1, 0, 0], [0, 0, 0, 0])];
      });
      const graph = chain(shape, ops);
      for (const rules of [sinkRules, [hoistTranspose]]) {
        expectSameOnRandomInputs(graph, rewrite(graph, rules).graph, 'rules');
      }
      expectSameOnRandomInputs(graph, removeTransposes(graph).graph, 'layout');
    }),
    { numRuns: 300 },
  );
});
