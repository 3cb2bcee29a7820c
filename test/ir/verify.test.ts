import { describe, expect, test } from 'vitest';
import { type Graph, type Value, valueId } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { graphViolations, nodeFaults, verifyGraph } from '../../converter/ir/verify.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';

const graph = parseGraph(`graph "g" producer="" rounding=exact
input %0 "x": int8 1x2 scale=0.5 zero=3
const %1 "w": int8 2x2 axis=0 scales=[0.25,0.125] zeros=[0,0] = [1,-2,3,-4]
const %2 "b": int32 2 = [7,-8]
%3 "h": int8 1x2 scale=0.1 zero=0 = fully-connected(%0, %1, %2) {"clamp":{"max":"inf","min":0},"hybrid":"none"} from "FC"
%4 "y": int8 1x2 scale=0.1 zero=0 = reshape(%3) {"shape":[1,2]} from "RESHAPE"
output "y" %4`);

const withValue = (id: number, change: Partial<Value>): Graph => {
  const value = graph.values.get(valueId(id)) ?? expect.fail(`no value ${id}`);
  return { ...graph, values: new Map(graph.values).set(value.id, { ...value, ...change }) };
};

const withoutValue = (id: number): Graph => ({
  ...graph,
  values: new Map([...graph.values].filter(([key]) => key !== id)),
});

const typeOfValue = (id: number) => graph.values.get(valueId(id))?.type ?? expect.fail(`no value ${id}`);

const [fc, reshape] = graph.nodes;
if (fc === undefined || reshape === undefined) throw new Error('two nodes');

const [x] = graph.inputs;
if (x === undefined) throw new Error('one input');

const cases: readonly (readonly [what: string, broken: Graph, sentences: readonly string[]])[] = [
  ['nodes out of order', { ...graph, nodes: [reshape, fc] }, ['RESHAPE reads %3 before it is computed']],
  ['a value that nothing computes', { ...graph, nodes: [reshape] }, ['RESHAPE reads %3 before it is computed']],
  ['a value computed twice', { ...graph, nodes: [fc, fc, reshape] }, ['FC computes %3 a second time']],
  [
    'a constant computed',
    { ...graph, nodes: [fc, { ...reshape, outputs: [valueId(2)] }], outputs: [] },
    ['RESHAPE computes %2 a second time'],
  ],
  ['a computed value without a type', withoutValue(4), ['RESHAPE computes %4, which has no type']],
  ['an input without a value', withoutValue(0), ['input "x" has no value']],
  ['an input that is a constant', withValue(0, { data: Int8Array.of(1, 2) }), ['input "x" is a constant']],
  ['an input twice', { ...graph, inputs: [x, x] }, ['input "x" is listed twice']],
  ['an output that nothing computes', { ...graph, nodes: [fc] }, ['output "y" is never computed']],
  ['too few elements', withValue(2, { data: Int32Array.of(7) }), ['constant "b" has 1 elements, its shape wants 2']],
  [
    'elements of another kind',
    withValue(2, { data: Int8Array.of(7, 8) }),
    ['constant "b" of int32 has its elements in another kind of array'],
  ],
  [
    'scales per channel that do not fit',
    withValue(1, {
      type: { ...typeOfValue(1), quantization: { kind: 'per-channel', axis: 0, scales: [1], zeroPoints: [0] } },
    }),
    ['"w": 1 scales and 1 zero points along axis 0 do not fit shape 2x2'],
  ],
  [
    'a wrong shape',
    withValue(4, { type: tensorType('int8', [2, 1], perTensor(0.1, 0)) }),
    ['RESHAPE: the output has shape 2x1, but the operator gives 1x2'],
  ],
  [
    'a wrong dtype',
    withValue(4, { type: tensorType('uint8', [1, 2], perTensor(0.1, 0)) }),
    ['RESHAPE: dtypes int8 and uint8 do not go together'],
  ],
  [
    'another quantization',
    withValue(4, { type: tensorType('int8', [1, 2], perTensor(0.2, 0)) }),
    ['RESHAPE: inputs and outputs must have equal scales and zero points; requantize first'],
  ],
  [
    'shapes that do not fit together',
    withValue(0, { type: tensorType('int8', [1, 3], perTensor(0.5, 3)) }),
    ['FC: weights 2x2 do not fit the last axis of input 1x3'],
  ],
];

describe('graphViolations', () => {
  test('finds nothing in a sound graph', () => {
    expect(graphViolations(graph)).toEqual([]);
    verifyGraph(graph, 'test');
  });

  test.each(cases)('%s', (_, broken, sentences) => {
    expect(graphViolations(broken)).toEqual(sentences);
    expect(() => verifyGraph(broken, 'some stage')).toThrow(`internal: after some stage: ${sentences[0]}`);
  });
});

test('an output type with scales that its shape does not have is a fault of the node', () => {
  const quantization = { kind: 'per-channel', axis: 1, scales: [1, 2], zeroPoints: [0, 0] } as const;
  const weights = tensorType('int8', [3, 2], quantization);
  const turned = tensorType('int8', [2, 3], quantization);
  expect(nodeFaults({ type: 'transpose', attributes: { permutation: [1, 0] } }, [weights], [turned])).toEqual([
    '2 scales and 2 zero points along axis 1 do not fit shape 2x3',
  ]);
});
