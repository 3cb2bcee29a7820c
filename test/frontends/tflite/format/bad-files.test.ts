import { describe, expect, test } from 'vitest';
import { fileIdentifier } from '../../../../converter/frontends/tflite/format/decode.ts';
import { problemLimit } from '../../../../converter/frontends/tflite/format/problems.ts';
import { readTfliteModel } from '../../../../converter/frontends/tflite/format/read.ts';
import { formatProblem, type Problem } from '../../../../converter/problem.ts';
import { type Changeable, problemsAfter, problemsOf, type SmallModel, smallModel } from './small-model.ts';
import { writeTflite } from './write-tflite.ts';

const file = (): Uint8Array => writeTflite(smallModel().model);
const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Position of the length word of the int vector with these elements. */
function vectorPosition(bytes: Uint8Array, elements: readonly number[]): number {
  const words = [elements.length, ...elements];
  for (let at = 0; at + 4 * words.length <= bytes.length; at += 4) {
    if (words.every((word, i) => view(bytes).getInt32(at + 4 * i, true) === word)) return at;
  }
  throw new Error('vector not found');
}

describe('structure', () => {
  test('a file cut anywhere before its end is refused, and never with anything but a problem', () => {
    const whole = file();
    for (let length = 0; length < whole.length; length++) {
      const [problem] = problemsOf(() => readTfliteModel(whole.slice(0, length)));
      expect(['tflite-truncated', 'tflite-identifier'], `${length} bytes`).toContain(problem?.code);
    }
  });

  test('a foreign file has no identifier', () => {
    const [problem] = problemsOf(() => readTfliteModel(new TextEncoder().encode('not a model at all')));
    expect(problem).toMatchObject({ code: 'tflite-identifier' });
    expect(problem?.what).toContain(fileIdentifier);
  });

  test.each([0x7fffffff, 0xffffffff, 1000])('a vector of %d elements does not fit', (length) => {
    const bytes = file();
    view(bytes).setUint32(vectorPosition(bytes, [1, 7, 9, 2]), length, true);
    const [problem] = problemsOf(() => readTfliteModel(bytes));
    expect(problem).toMatchObject({ code: 'tflite-truncated' });
    expect(problem?.where).toContain('subgraphs[0].tensors[0].shape');
  });

  test('the root offset leads out of the file', () => {
    const bytes = file();
    view(bytes).setUint32(0, 0x7ffffff0, true);
    expect(problemsOf(() => readTfliteModel(bytes))[0]?.code).toBe('tflite-truncated');
  });

  test.each([0, 1, 2, 3])('the root offset %d leads to no table', (offset) => {
    const bytes = file();
    view(bytes).setUint32(0, offset, true);
    expect(problemsOf(() => readTfliteModel(bytes))[0]?.code).toBe('tflite-malformed');
  });

  test.each([
    ['before the file', 0x7fffffff],
    ['behind the file', -0x7ffffffe],
    ['at an odd place', 1],
  ])('a vtable %s', (_, distance) => {
    const bytes = file();
    view(bytes).setInt32(view(bytes).getUint32(0, true), distance, true);
    expect(['tflite-malformed', 'tflite-truncated']).toContain(problemsOf(() => readTfliteModel(bytes))[0]?.code);
  });

  test('a field that lies outside its table', () => {
    const bytes = file();
    const root = view(bytes).getUint32(0, true);
    view(bytes).setUint16(root - view(bytes).getInt32(root, true) + 4, 0xfff0, true);
    const [problem] = problemsOf(() => readTfliteModel(bytes));
    expect(problem).toMatchObject({ code: 'tflite-malformed' });
    expect(problem?.where).toContain('(version)');
  });

  test('many offsets to the same tables do not multiply the work', () => {
    const { model, graph, tensors } = smallModel();
    graph.tensors = new Array(3000).fill(tensors[0]);
    model.subgraphs = new Array(3000).fill(graph);
    const bytes = writeTflite(model);
    expect(bytes.length).toBeLessThan(32_000);
    expect(problemsOf(() => readTfliteModel(bytes))[0]?.code).toBe('tflite-overlap');
  });

  test('many offsets to the same long vector do not multiply the work', () => {
    const { model, graph } = smallModel();
    const tensor: Changeable = { name: 'n'.repeat(20_000) };
    graph.tensors = new Array(2000).fill(tensor);
    const bytes = writeTflite(model);
    expect(problemsOf(() => readTfliteModel(bytes))[0]?.code).toBe('tflite-overlap');
  });
});

type Case = readonly [name: string, change: (parts: SmallModel) => void, code: string, where: string, what: RegExp];

const set =
  (kind: 'tensors' | 'operators', index: number, values: Changeable) =>
  (parts: SmallModel): void => {
    Object.assign(parts[kind][index] ?? {}, values);
  };

const quantize = (index: number, quantization: Changeable): ((parts: SmallModel) => void) =>
  set('tensors', index, { quantization });

const cases: readonly Case[] = [
  ['version', ({ model }) => Object.assign(model, { version: 2 }), 'tflite-version', 'the model', /version 2; only 3/],
  ['no graph', ({ model }) => Object.assign(model, { subgraphs: [] }), 'tflite-no-graph', 'the model', /no subgraph/],
  ['tensor index', set('operators', 1, { inputs: [99] }), 'tflite-index', 'RELU #1 "y"', /\[99\].*5 tensors/],
  ['negative tensor index', set('operators', 1, { inputs: [-2] }), 'tflite-index', 'RELU #1 "y"', /\[-2\]/],
  ['graph input index', ({ graph }) => Object.assign(graph, { inputs: [0, 7] }), 'tflite-index', 'the model', /\[7\]/],
  ['absent output', set('operators', 1, { outputs: [4, -1] }), 'tflite-index', 'RELU #1 "y"', /output tensors \[-1\]/],
  ['operator code', set('operators', 1, { opcode_index: 9 }), 'tflite-operator-code', 'operator #1', /code 9/],
  ['buffer index', set('tensors', 1, { buffer: 12 }), 'tflite-index', 'tensor 1 "w"', /buffer 12.*3 buffers/],
  ['negative dimension', set('tensors', 0, { shape: [-1, 2] }), 'tflite-shape', 'tensor 0 "x"', /negative/],
  ['zero dimension', set('tensors', 0, { shape: [1, 0, 9, 2] }), 'tflite-zero-dim', 'tensor 0 "x"', /\[1, 0, 9, 2\]/],
  ['huge tensor', set('tensors', 0, { shape: [65536, 65536] }), 'tflite-shape', 'tensor 0 "x"', /more than 2147483648/],
  [
    'huge rank',
    set('tensors', 0, { shape: new Array(99).fill(2 ** 31 - 1) }),
    'tflite-shape',
    'tensor 0 "x"',
    /99 num/,
  ],
  ['signature', set('tensors', 0, { shape_signature: [-1, 7] }), 'tflite-shape', 'tensor 0 "x"', /signature/],
  ['data too short', set('tensors', 1, { shape: [4, 1, 1, 3] }), 'tflite-data-size', 'tensor 1 "w"', /12 bytes.*has 8/],
  ['data too long', set('tensors', 2, { type: 'INT16' }), 'tflite-data-size', 'tensor 2 "b"', /needs 8 bytes.*has 16/],
  ['odd int4', set('tensors', 1, { type: 'INT4', shape: [17] }), 'tflite-data-size', 'tensor 1 "w"', /needs 9 bytes/],
  ['scale 0', quantize(0, { scale: [0], zero_point: [0] }), 'tflite-quantization', 'tensor 0 "x"', /scale 0 is 0/],
  ['scale NaN', quantize(0, { scale: [NaN], zero_point: [0] }), 'tflite-quantization', 'tensor 0 "x"', /NaN/],
  ['scale < 0', quantize(0, { scale: [-1], zero_point: [0] }), 'tflite-quantization', 'tensor 0 "x"', /is -1/],
  ['infinite', quantize(0, { scale: [Infinity], zero_point: [0] }), 'tflite-quantization', 'tensor 0 "x"', /Infinity/],
  [
    'zero point',
    quantize(0, { scale: [1], zero_point: [128] }),
    'tflite-quantization',
    'tensor 0 "x"',
    /is 128, outside int8/,
  ],
  [
    'counts',
    quantize(0, { scale: [1], zero_point: [0, 0] }),
    'tflite-quantization',
    'tensor 0 "x"',
    /1 scales but 2 zero/,
  ],
  [
    'channel count',
    quantize(1, { scale: [1, 1], zero_point: [0, 0] }),
    'tflite-quantization',
    'tensor 1 "w"',
    /2 scales along dimension 0 do not fit shape \[4, 1, 1, 2\]/,
  ],
  [
    'channel dimension',
    quantize(1, { scale: [1, 1], zero_point: [0, 0], quantized_dimension: 4 }),
    'tflite-quantization',
    'tensor 1 "w"',
    /dimension 4/,
  ],
  ['dtype', set('tensors', 0, { type: 99 }), 'tflite-unknown-value', 'subgraphs[0].tensors[0].type', /99.*TensorType/],
  [
    'operator name',
    ({ model }) => Object.assign(model, { operator_codes: [{ builtin_code: 3000 }, { builtin_code: 'RELU' }] }),
    'tflite-unknown-value',
    'operator_codes[0].builtin_code',
    /3000.*BuiltinOperator/,
  ],
  [
    'placeholder',
    ({ model }) => Object.assign(model, { operator_codes: [{ deprecated_builtin_code: 127 }, {}] }),
    'tflite-operator-code',
    'operator code 0',
    /placeholder/,
  ],
  [
    'nameless custom operator',
    ({ model }) => Object.assign(model, { operator_codes: [{ deprecated_builtin_code: 32 }, {}] }),
    'tflite-operator-code',
    'operator code 0',
    /no name/,
  ],
  ['external data', set('tensors', 1, { external_buffer: 1 }), 'tflite-external-data', 'tensor 1 "w"', /another file/],
  [
    'dangling',
    set('tensors', 1, { buffer: 0 }),
    'tflite-dangling',
    'CONV_2D #0 "conv"',
    /tensor 1 "w", which is no input/,
  ],
  [
    'order',
    ({ operators }) => operators.reverse(),
    'tflite-order',
    'RELU #0 "y"',
    /"conv", which CONV_2D #1 "conv" .* later/,
  ],
  [
    'cycle',
    set('operators', 0, { inputs: [4, 1, 2] }),
    'tflite-order',
    'CONV_2D #0 "conv"',
    /RELU #1 "y" produces only later/,
  ],
  ['self', set('operators', 0, { inputs: [3, 1, 2] }), 'tflite-order', 'CONV_2D #0 "conv"', /its own output/],
  [
    'two producers',
    ({ operators }) => operators.push({ opcode_index: 1, inputs: [3], outputs: [4] }),
    'tflite-overwritten',
    'RELU #2 "y"',
    /RELU #1 "y" produces already/,
  ],
  ['same output twice', set('operators', 1, { outputs: [4, 4] }), 'tflite-overwritten', 'RELU #1 "y"', /twice/],
  ['writes input', set('operators', 1, { outputs: [0] }), 'tflite-overwritten', 'RELU #1 "x"', /input of the model/],
  ['writes constant', set('operators', 1, { outputs: [2] }), 'tflite-overwritten', 'RELU #1 "b"', /constant/],
  [
    'output of nobody',
    ({ operators }) => operators.pop(),
    'tflite-dangling',
    'the model',
    /tensor 4 "y" is produced by no/,
  ],
  [
    'options without a value',
    set('operators', 0, { builtin_options: { type: 'Conv2DOptions', value: null } }),
    'tflite-union',
    'subgraphs[0].operators[0].builtin_options',
    /missing/,
  ],
  [
    'unknown option value',
    set('operators', 0, { builtin_options: { type: 'Conv2DOptions', value: { padding: 5 } } }),
    'tflite-unknown-value',
    'subgraphs[0].operators[0].builtin_options.padding',
    /5 is not a known Padding/,
  ],
  [
    'subgraph of a loop',
    set('operators', 1, { builtin_options: { type: 'WhileOptions', value: { body_subgraph_index: 1 } } }),
    'tflite-index',
    'RELU #1 "y"',
    /body_subgraph_index is 1/,
  ],
  [
    'metadata buffer',
    ({ model }) => Object.assign(model, { metadata: [{ name: 'm', buffer: 50 }] }),
    'tflite-index',
    'metadata "m"',
    /buffer 50/,
  ],
  [
    'signature tensor',
    ({ model }) =>
      Object.assign(model, { signature_defs: [{ signature_key: 's', inputs: [{ name: 'a', tensor_index: 77 }] }] }),
    'tflite-index',
    'signature "s"',
    /"a" refers to tensor 77/,
  ],
  [
    'signature graph',
    ({ model }) => Object.assign(model, { signature_defs: [{ signature_key: 's', subgraph_index: 3 }] }),
    'tflite-index',
    'signature "s"',
    /subgraph 3/,
  ],
  [
    'data behind the file',
    ({ model }) =>
      Object.assign(model, { buffers: [{}, { offset: 9_000_000_000, size: 8 }, { data: new Array(16).fill(1) }] }),
    'tflite-truncated',
    'tensor 1 "w"',
    /9000000000 to 9000000008/,
  ],
];

describe('content', () => {
  test.each(cases)('%s', (_, change, code, where, what) => {
    const problems = problemsAfter(change);
    expect(problems.map(formatProblem).join('\n')).not.toMatch(/undefined|\[object/);
    const problem = problems.find((candidate) => candidate.code === code && candidate.where === where);
    expect(problem, problems.map(describeProblem).join('\n')).toBeDefined();
    expect(problem?.what).toMatch(what);
    expect(problem?.advice).not.toBe('');
  });

  test('all problems of a file are told at once', () => {
    const problems = problemsAfter(({ tensors, operators }) => {
      Object.assign(tensors[0] ?? {}, { quantization: { scale: [0], zero_point: [0] } });
      Object.assign(tensors[1] ?? {}, { shape: [5] });
      Object.assign(operators[1] ?? {}, { inputs: [99] });
    });
    const codes = problems.map((problem) => problem.code);
    expect(codes).toEqual(expect.arrayContaining(['tflite-quantization', 'tflite-data-size', 'tflite-index']));
  });

  test('a long list of problems ends with a count', () => {
    const problems = problemsAfter(({ tensors }) => {
      for (let i = 0; i < 80; i++) tensors.push({ name: `t${i}`, shape: [-1] });
    });
    expect(problems.length).toBe(problemLimit + 1);
    expect(problems.at(-1)).toMatchObject({ code: 'tflite-more-problems', what: 'and 30 more problems' });
  });

  test('names in messages are short and printable', () => {
    const [problem] = problemsAfter(set('tensors', 0, { name: `\n\u001b[31m${'long'.repeat(1000)}`, shape: [-1] }));
    expect(problem?.where.length).toBeLessThan(150);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(problem?.where).not.toMatch(/[\u0000-\u001f]/);
  });
});

function describeProblem(problem: Problem): string {
  return `${problem.code}: ${formatProblem(problem)}`;
}

test('scales that mean nothing are dropped from floating-point tensors', () => {
  const { model, tensors } = smallModel();
  Object.assign(tensors[4] ?? {}, { type: 'FLOAT32', quantization: { scale: [0], zero_point: [0] } });
  expect(readTfliteModel(writeTflite(model)).subgraphs[0]?.tensors[4]?.quantization).toEqual({ kind: 'none' });
});

test('data behind the FlatBuffer is found', () => {
  const { model, tensors } = smallModel();
  Object.assign(tensors[1] ?? {}, { buffer: 3 });
  const placed = (offset: number): Uint8Array =>
    writeTflite({ ...model, buffers: [...(model.buffers as unknown[]), { offset, size: 8 }] });
  const length = placed(0x1000000).length;
  const bytes = new Uint8Array(length + 8);
  bytes.set(placed(length));
  bytes.set([9, 8, 7, 6, 5, 4, 3, 2], length);
  const data = readTfliteModel(bytes).subgraphs[0]?.tensors[1]?.data;
  expect(Array.from(data ?? [])).toEqual([9, 8, 7, 6, 5, 4, 3, 2]);
});
