import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { type ImportOptions, noImportOptions } from '../../../converter/frontends/options.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { floats, type ModelDraft, type NodeDraft, writeModel } from './draft.ts';
import { outputsOf, problemsOf } from './evaluate.ts';

const node = (op: string, inputs: readonly string[], outputs: readonly string[]): NodeDraft => ({
  op,
  inputs,
  outputs,
});

/** x, z -> NoSuchOp -> a; a -> b -> c, with a branch d of b. */
const model: ModelDraft = {
  inputs: { x: [1, 2], z: ['batch', 2] },
  outputs: ['c'],
  initializers: { w: floats([1, 2], [10, 20]) },
  nodes: [
    node('Add', ['x', 'z'], ['a']),
    node('Add', ['a', 'w'], ['b']),
    node('Neg', ['b'], ['c']),
    node('Concat', ['b', 'x'], ['d']),
  ].map((one) => (one.op === 'Concat' ? { ...one, attributes: [{ name: 'axis', type: 2, i: 0 }] } : one)),
};

const cut = (more: Partial<ImportOptions>): ImportOptions => ({ ...noImportOptions, ...more });

const codes = (more: Partial<ImportOptions>, draft = model) => problemsOf(draft, cut(more)).map(({ code }) => code);

const ports = (more: Partial<ImportOptions>, draft = model) => {
  const graph = importOnnx(writeModel(draft), 'm', cut(more));
  const text = ({ name, value }: (typeof graph.inputs)[number]) => `${name} ${typeOf(graph, value).shape.join('x')}`;
  return [graph.inputs.map(text), graph.outputs.map(text)];
};

describe('cutting at named tensors', () => {
  test('gives the part between them, with shapes that are computed', () => {
    expect(ports({ inputs: ['a'], outputs: ['b'] })).toEqual([['a 1x2'], ['b 1x2']]);
    expect(outputsOf(model, [1, 2], cut({ inputs: ['a'] }))).toEqual([[-11, -22]]);
  });

  test('keeps the inputs of the file that the outputs need', () => {
    expect(ports({ outputs: ['a'] })).toEqual([['x 1x2', 'z 1x2'], ['a 1x2']]);
    expect(ports({ inputs: ['b', 'x'], outputs: ['d'] })[0]).toEqual(['b 1x2', 'x 1x2']);
  });

  test('needs only what is between to be known', () => {
    const odd = { ...model, nodes: [node('NoSuchOp', ['x', 'z'], ['a']), ...model.nodes.slice(1)] };
    expect(ports({ inputs: ['a'], shapes: new Map([['a', [3, 2]]]) }, odd)).toEqual([['a 3x2'], ['c 3x2']]);
    expect(problemsOf(odd, cut({ inputs: ['a'] })).map(({ advice }) => advice)).toEqual([
      'give it, for example --shape a=1,3,96,96',
    ]);
  });

  test('takes options for dimensions of the file before the cut', () => {
    const batched = { ...model, inputs: { x: ['batch', 2], z: ['batch', 2] } };
    expect(ports({ inputs: ['b'], outputs: ['c'], dims: new Map([['batch', 5]]) }, batched)[0]).toEqual(['b 5x2']);
  });

  test('a node that makes a start beside something needed does not overwrite it', () => {
    const split: ModelDraft = {
      inputs: { x: [1, 4] },
      outputs: ['y'],
      nodes: [
        { ...node('Split', ['x'], ['l', 'r']), attributes: [{ name: 'axis', type: 2, i: 1 }] },
        node('Add', ['l', 'r'], ['y']),
      ],
    };
    const graph = importOnnx(writeModel(split), 'm', cut({ inputs: ['x', 'l'] }));
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x', 'l']);
    expect(graph.nodes.map(({ op }) => op.type)).toEqual(['slice', 'slice', 'zip']);
  });

  test.each<readonly [string, Partial<ImportOptions>, readonly string[]]>([
    [
      'names that are not there, all at once',
      { inputs: ['ghost'], outputs: ['spirit'] },
      ['cut-unknown-tensor', 'cut-unknown-tensor'],
    ],
    ['inputs that do not suffice', { inputs: ['b'], outputs: ['d'] }, ['cut-missing-input']],
    ['inputs that do nothing', { inputs: ['a', 'x'], outputs: ['c'] }, ['cut-unused-input']],
  ])('%s are problems', (_, more, expected) => {
    expect(codes(more)).toEqual(expected);
  });

  test('the nearest name and the missing inputs are told', () => {
    const named = { ...model, outputs: ['logits'], nodes: [...model.nodes, node('Abs', ['c'], ['logits'])] };
    expect(problemsOf(named, cut({ outputs: ['logit'] }))[0]?.advice).toBe('did you mean "logits"?');
    expect(problemsOf(model, cut({ inputs: ['b'], outputs: ['d'] }))[0]?.what).toBe('the outputs also depend on "x"');
  });
});
