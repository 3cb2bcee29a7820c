import onnxProto from 'onnx-proto';
import { describe, expect, test } from 'vitest';
import { type FunctionDraft, floatAttribute, type ModelDraft, type NodeDraft, wireField, writeModel } from './draft.ts';
import { outputsOf, problemsOf } from './evaluate.ts';

const call = (name: string, inputs: readonly string[], outputs: readonly string[], more: Partial<NodeDraft> = {}) => {
  return { op: name, domain: 'local', inputs, outputs, ...more };
};

/** y = leaky(x), where the slope below 0 is the attribute `slope`. */
const leaky: FunctionDraft = {
  name: 'Leaky',
  inputs: ['a'],
  outputs: ['b'],
  attributes: ['slope'],
  nodes: [
    { op: 'LeakyRelu', inputs: ['a'], outputs: ['b'], attributes: [{ name: 'alpha', type: 1, refAttrName: 'slope' }] },
  ],
};

const twice: FunctionDraft = {
  name: 'Twice',
  inputs: ['a'],
  outputs: ['b'],
  attributes: ['slope'],
  nodes: [
    call('Leaky', ['a'], ['t'], { attributes: [{ name: 'slope', type: 1, refAttrName: 'slope' }] }),
    call('Leaky', ['t'], ['b'], { attributes: [floatAttribute('slope', 0.5)] }),
  ],
};

const model = (functions: readonly FunctionDraft[], nodes: readonly NodeDraft[]): ModelDraft => {
  return { inputs: { x: [1, 2] }, outputs: ['y'], functions, nodes };
};

describe('functions of the model', () => {
  test('take attributes of their call, also through other functions', () => {
    const nodes = [call('Twice', ['x'], ['y'], { attributes: [floatAttribute('slope', 0.25)] })];
    expect(outputsOf(model([leaky, twice], nodes), [-8, 3])).toEqual([[-1, 3]]);
  });

  test('leave attributes of operators out that the call does not give', () => {
    // LeakyRelu's own default is 0.01.
    expect(outputsOf(model([leaky], [call('Leaky', ['x'], ['y'])]), [-100, 3])[0]?.[0]).toBeCloseTo(-1);
  });

  test('see neither names of their caller nor of each other', () => {
    const blind: FunctionDraft = { ...leaky, nodes: [{ op: 'Add', inputs: ['a', 'x'], outputs: ['b'] }] };
    expect(problemsOf(model([blind], [call('Leaky', ['x'], ['y'])])).map(({ code }) => code)).toEqual([
      'onnx-dangling',
    ]);
    const nodes = [call('Leaky', ['x'], ['a']), call('Leaky', ['a'], ['b']), call('Leaky', ['b'], ['y'])];
    expect(outputsOf(model([leaky], nodes), [1, 2])).toEqual([[1, 2]]);
  });

  test('have operator sets of their own', () => {
    // Softmax flattens before operator set 13 (axis 1 by default), and takes the last axis since.
    const softmax = {
      name: 'S',
      inputs: ['a'],
      outputs: ['b'],
      nodes: [{ op: 'Softmax', inputs: ['a'], outputs: ['b'] }],
    };
    const sum = (opset: number) => {
      const [values = []] = outputsOf(
        { ...model([{ ...softmax, opset }], [call('S', ['x'], ['y'])]), inputs: { x: [1, 2, 2] } },
        [1, 1, 1, 1],
      );
      return values[0];
    };
    expect([sum(11), sum(13)]).toEqual([0.25, 0.5]);
    expect(problemsOf(model([{ ...leaky, opset: 99 }], [call('Leaky', ['x'], ['y'])])).map(({ code }) => code)).toEqual(
      ['onnx-opset'],
    );
  });

  test('go before an operator of the same name', () => {
    const nodes: NodeDraft[] = [{ op: 'Relu', domain: 'local', inputs: ['x'], outputs: ['y'] }];
    const relu = { ...leaky, name: 'Relu', nodes: [{ op: 'Neg', inputs: ['a'], outputs: ['b'] }] };
    expect(outputsOf(model([relu], nodes), [1, -2])).toEqual([[-1, 2]]);
  });

  test('may have inputs that a call leaves out', () => {
    const clip: FunctionDraft = {
      name: 'C',
      inputs: ['a', 'low', 'high'],
      outputs: ['b'],
      nodes: [{ op: 'Clip', inputs: ['a', 'low', 'high'], outputs: ['b'] }],
    };
    expect(outputsOf(model([clip], [call('C', ['x'], ['y'])]), [-5, 5])).toEqual([[-5, 5]]);
  });

  test('tell where a problem is', () => {
    const odd: FunctionDraft = { ...leaky, nodes: [{ op: 'NoSuchOp', name: 'n', inputs: ['a'], outputs: ['b'] }] };
    expect(problemsOf(model([odd], [call('Leaky', ['x'], ['y'])])).map(({ where }) => where)).toEqual([
      'NoSuchOp "n" in function local:Leaky',
    ]);
  });
});

describe('fields newer than the decoder', () => {
  const { FunctionProto, AttributeProto, NodeProto } = onnxProto.onnx;
  const functionBytes = (value: number, ...more: Uint8Array[]): Uint8Array => {
    const proto = FunctionProto.fromObject({
      name: 'F',
      domain: 'local',
      input: ['a'],
      output: ['b'],
      node: [
        {
          opType: 'LeakyRelu',
          input: ['a'],
          output: ['b'],
          attribute: [{ name: 'alpha', type: 1, refAttrName: 'slope' }],
        },
      ],
      opsetImport: [{ domain: '', version: 17 }],
    });
    const standard = AttributeProto.encode(AttributeProto.fromObject({ name: 'slope', type: 1, f: value })).finish();
    return wireField(
      25,
      Uint8Array.from([
        ...FunctionProto.encode(proto).finish(),
        ...wireField(11, standard),
        ...more.flatMap((m) => [...m]),
      ]),
    );
  };
  const text = (value: string) => new TextEncoder().encode(value);
  const plain = writeModel(model([], [call('F', ['x'], ['y'])]));

  test('default values of attributes', () => {
    expect(outputsOf(Uint8Array.from([...plain, ...functionBytes(0.5)]), [-8, 3])).toEqual([[-4, 3]]);
    const given = writeModel(model([], [call('F', ['x'], ['y'], { attributes: [floatAttribute('slope', 0.125)] })]));
    expect(outputsOf(Uint8Array.from([...given, ...functionBytes(0.5)]), [-8, 3])).toEqual([[-1, 3]]);
  });

  test('overloads', () => {
    // The node goes to the end of the graph message by hand, with its overload.
    const node = NodeProto.encode(
      NodeProto.fromObject({ opType: 'F', domain: 'local', input: ['x'], output: ['y'] }),
    ).finish();
    const called = wireField(1, Uint8Array.from([...node, ...wireField(8, text('second'))]));
    const bare = onnxProto.onnx.ModelProto.decode(writeModel(model([], [])));
    const { graph, ...rest } = bare;
    const graphBytes = onnxProto.onnx.GraphProto.encode(graph ?? {}).finish();
    const head = onnxProto.onnx.ModelProto.encode(rest).finish();
    const file = [
      ...head,
      ...wireField(7, Uint8Array.from([...graphBytes, ...called])),
      ...functionBytes(0.5),
      ...functionBytes(0.25, wireField(13, text('second'))),
    ];
    expect(outputsOf(Uint8Array.from(file), [-8, 3])).toEqual([[-2, 3]]);
  });
});

describe('functions without end', () => {
  test.each([
    ['itself', [{ ...leaky, nodes: [call('Leaky', ['a'], ['b'])] }]],
    [
      'another that calls it',
      [
        { ...leaky, nodes: [call('Twice', ['a'], ['b'])] },
        { ...twice, nodes: [call('Leaky', ['a'], ['b'])] },
      ],
    ],
  ] as const)('a function that calls %s is refused', (_, functions) => {
    const found = problemsOf(model(functions, [call('Leaky', ['x'], ['y'])]));
    expect(found.map(({ code }) => code)).toEqual(functions.map(() => 'onnx-recursion'));
  });

  test('functions that double each other end in a problem', () => {
    const functions = Array.from({ length: 40 }, (_, i): FunctionDraft => {
      const inner = i === 0 ? { op: 'Relu', inputs: ['a'], outputs: ['t'] } : call(`F${i - 1}`, ['a'], ['t']);
      const outer = i === 0 ? { op: 'Relu', inputs: ['t'], outputs: ['b'] } : call(`F${i - 1}`, ['t'], ['b']);
      return { name: `F${i}`, inputs: ['a'], outputs: ['b'], nodes: [inner, outer] };
    });
    expect(problemsOf(model(functions, [call('F39', ['x'], ['y'])])).map(({ code }) => code)).toEqual([
      'onnx-unrolled',
    ]);
  });

  test('a chain of functions that is too deep ends in a problem', () => {
    const functions = Array.from({ length: 3000 }, (_, i): FunctionDraft => {
      const inner = i === 0 ? { op: 'Relu', inputs: ['a'], outputs: ['b'] } : call(`F${i - 1}`, ['a'], ['b']);
      return { name: `F${i}`, inputs: ['a'], outputs: ['b'], nodes: [inner] };
    });
    expect(problemsOf(model(functions, [call('F2999', ['x'], ['y'])])).map(({ code }) => code)).toEqual([
      'onnx-unrolled',
    ]);
  });
});
