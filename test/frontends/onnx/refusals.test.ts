import { describe, expect, test } from 'vitest';
import { importOnnx, importOnnxWithNotes } from '../../../converter/frontends/onnx/import.ts';
import { type ImportOptions, noImportOptions } from '../../../converter/frontends/options.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';
import { floats, type ModelDraft, writeModel } from './draft.ts';

function problemsOf(draft: ModelDraft | Uint8Array, options: ImportOptions = noImportOptions): readonly Problem[] {
  try {
    importOnnx(draft instanceof Uint8Array ? draft : writeModel(draft), 'm', options);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return [];
}

const codes = (...args: Parameters<typeof problemsOf>) => problemsOf(...args).map(({ code }) => code);

const relu = { op: 'Relu', inputs: ['x'], outputs: ['y'] } as const;
const simple: ModelDraft = { inputs: { x: [1, 4] }, outputs: ['y'], nodes: [relu] };

const inputShape = (graph: Graph) => graph.inputs.map(({ value }) => typeOf(graph, value).shape);

describe('what is not supported', () => {
  test('is listed all at once, by node name and place', () => {
    const nodes = [
      { op: 'NoSuchOp', name: 'block/first', inputs: ['x'], outputs: ['a'] },
      { op: 'Relu', inputs: ['a'], outputs: ['b'] },
      { op: 'QMoE', inputs: ['b'], outputs: ['c'] },
      { op: 'NoSuchOp', name: 'choice', domain: '', inputs: ['c'], outputs: ['y'] },
    ];
    expect(problemsOf({ ...simple, nodes }).map(({ where }) => where)).toEqual([
      'NoSuchOp "block/first"',
      'QMoE #2 "c"',
      'NoSuchOp "choice"',
    ]);
  });

  test('does not matter where no output needs it', () => {
    const nodes = [relu, { op: 'NoSuchOp', inputs: ['x'], outputs: ['unused'] }];
    expect(problemsOf({ ...simple, nodes })).toEqual([]);
  });

  test('attributes without a meaning', () => {
    const nodes = [{ ...relu, attributes: [{ name: 'mystery', type: 2, i: 1 }] }];
    expect(problemsOf({ ...simple, nodes }).map(({ what }) => what)).toEqual(['the attribute mystery is not known']);
  });

  test.each([
    ['operator sets of the future', { ...simple, opset: 99 }, 'onnx-opset'],
    [
      'operands that have to be constants',
      { inputs: { x: [1, 4], s: [2] }, outputs: ['y'], nodes: [{ op: 'Reshape', inputs: ['x', 's'], outputs: ['y'] }] },
      'onnx-not-constant',
    ],
    [
      'external data',
      {
        ...simple,
        initializers: {
          w: {
            dims: [4],
            dataType: 1,
            dataLocation: 1,
            externalData: [{ key: 'location', value: '../../etc/passwd' }],
          },
        },
      },
      'onnx-external-data',
    ],
  ] as const)('%s', (_, draft, code) => {
    expect(codes(draft)).toEqual([code]);
  });
});

describe('files that do not hang together', () => {
  test.each<readonly [string, Partial<ModelDraft>, string]>([
    ['a name that nothing computes', { nodes: [{ ...relu, inputs: ['ghost'] }] }, 'onnx-dangling'],
    [
      'a cycle',
      {
        nodes: [
          { op: 'Add', inputs: ['x', 'b'], outputs: ['a'] },
          { op: 'Relu', inputs: ['a'], outputs: ['b'] },
          { op: 'Relu', inputs: ['b'], outputs: ['y'] },
        ],
      },
      'onnx-dangling',
    ],
    ['a result computed twice', { nodes: [relu, relu] }, 'onnx-damaged'],
    ['an output that nothing computes', { outputs: ['y', 'z'] }, 'onnx-damaged'],
    ['no outputs', { outputs: [] }, 'onnx-no-output'],
    ['fewer elements than the shape wants', { initializers: { w: floats([3], [1, 2]) } }, 'onnx-damaged'],
    ['absurd dimensions', { initializers: { w: floats([2 ** 31, 2 ** 31], [1]) } }, 'onnx-damaged'],
  ])('%s', (_, change, code) => {
    expect(codes({ ...simple, ...change })).toEqual([code]);
  });

  test('nodes out of order run in an order that works', () => {
    const nodes = [
      { op: 'Relu', inputs: ['a'], outputs: ['y'] },
      { op: 'Neg', inputs: ['x'], outputs: ['a'] },
    ];
    expect(problemsOf({ ...simple, nodes })).toEqual([]);
  });

  test('sub-graphs nested without end', () => {
    // model { graph { node { attribute { g: graph { ... } } } } }, from the inside out.
    let inner = new Uint8Array(0);
    const wrap = (field: number, content: Uint8Array): Uint8Array<ArrayBuffer> => {
      const length: number[] = [];
      for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
        length.push(rest < 128 ? rest : (rest % 128) + 128);
        if (rest < 128) break;
      }
      return Uint8Array.from([field * 8 + 2, ...length, ...content]);
    };
    for (let depth = 0; depth < 400; depth++) inner = wrap(1, wrap(5, wrap(6, inner)));
    expect(problemsOf(wrap(7, inner)).map(({ what }) => what)).toEqual(['its messages nest more than 100 deep']);
  });
});

describe('open dimensions', () => {
  const open: ModelDraft = { ...simple, inputs: { x: ['batch', 'time', 4] } };

  test('the batch is 1, others must be given', () => {
    expect(inputShape(importOnnx(writeModel({ ...simple, inputs: { x: ['batch', 4] } }), 'm'))).toEqual([[1, 4]]);
    const [problem] = problemsOf(open);
    expect(problem?.what).toBe('the file leaves "time" (dimension 1) open');
    expect(problem?.advice).toContain('--shape x=1,N,4 or --dim time=N');
  });

  test('all that are open are listed at once, with what to type', () => {
    const two = { ...simple, inputs: { x: ['batch', 'time', 'width', 4], z: ['batch', 'time'] } };
    expect(problemsOf(two).map(({ advice }) => advice)).toEqual([
      'give --shape x=1,N,N,4 or --dim time=N --dim width=N with numbers for N',
      'give --shape z=1,N or --dim time=N with numbers for N',
    ]);
    const [problem] = problemsOf(two, { ...noImportOptions, dims: new Map([['time', 3]]) });
    expect(problem?.advice).toBe('give --shape x=1,3,N,4 or --dim width=N with numbers for N');
  });

  test('the batch is 1 wherever it stands, which notes tell', () => {
    const two = writeModel({ ...simple, inputs: { x: ['batch', 4], state: [2, 'batch', 4] } });
    const { graph, notes } = importOnnxWithNotes(two, 'm', noImportOptions);
    expect(inputShape(graph)).toEqual([
      [1, 4],
      [2, 1, 4],
    ]);
    expect(notes.map(({ code, where }) => `${code} ${where}`)).toEqual(['onnx-batch input "x"']);
    const dims = new Map([['batch', 3]]);
    expect(inputShape(importOnnx(two, 'm', { ...noImportOptions, dims }))).toEqual([
      [3, 4],
      [2, 3, 4],
    ]);
  });

  test.each<readonly [string, Partial<ImportOptions>, readonly number[]]>([
    ['by name', { dims: new Map([['time', 7]]) }, [1, 7, 4]],
    ['by shape', { shapes: new Map([['x', [2, 3, 4]]]) }, [2, 3, 4]],
  ])('given %s', (_, options, shape) => {
    expect(inputShape(importOnnx(writeModel(open), 'm', { ...noImportOptions, ...options }))).toEqual([shape]);
  });

  test.each<readonly [string, Partial<ImportOptions>]>([
    ['a fixed dimension', { shapes: new Map([['x', [1, 2, 5]]]) }],
    ['another rank', { shapes: new Map([['x', [1, 2]]]) }],
    [
      'an unknown input',
      {
        shapes: new Map([
          ['x', [1, 2, 4]],
          ['z', [1]],
        ]),
      },
    ],
    [
      'an unknown dimension',
      {
        dims: new Map([
          ['time', 2],
          ['space', 2],
        ]),
      },
    ],
    ['no size', { dims: new Map([['time', 0]]) }],
  ])('%s cannot be given', (_, options) => {
    expect(codes(open, { ...noImportOptions, ...options })).toContain('onnx-shape-option');
  });
});
