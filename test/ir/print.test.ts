import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { printAttributes, printGraph } from '../../converter/ir/print.ts';
import { binary, constant, theVariable } from '../../converter/ops/scalar-expression.ts';
import { perTensor } from '../../converter/tensor/quantization.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';
import { randomGraph, smallFloat, smallInt8 } from './random-graph.ts';
import { expectSameOnRandomInputs } from './same-results.ts';

const text = `graph "net" producer="a test" rounding=exact
input %0 "x": int8 1x2 scale=0.5 zero=-3
const %1 "w": int8 2x2 axis=0 scales=[0.25,0.125] zeros=[0,0] = [1,-2,3,-4]
const %2 "b": int32 2 = [7,-8]
%3 "y": int8 1x2 scale=0.1 zero=0 = fully-connected(%0, %1, %2) {"clamp":{"max":"inf","min":0},"hybrid":"none"} from "FULLY_CONNECTED #0 \\"y\\""
output "y" %3
`;

describe('the text form', () => {
  test('prints what it parses', () => {
    expect(printGraph(parseGraph(text))).toBe(text);
  });

  test('keeps every dtype and number that JSON lacks', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', tensorType('float32', [2]));
    const put = (name: string, tensor: Parameters<GraphBuilder['constant']>[1]) => builder.constant(name, tensor);
    put('f', {
      type: tensorType('float32', [4]),
      data: Float32Array.of(-0, Number.NaN, Number.NEGATIVE_INFINITY, 0.1),
    });
    put('h', { type: tensorType('float16', [1]), data: Uint16Array.of(0x3c00) });
    put('l', { type: tensorType('int64', []), data: BigInt64Array.of(-(2n ** 63n)) });
    put('t', { type: tensorType('bool', [0, 3]), data: new Uint8Array(0) });
    put('u', { type: tensorType('uint8', [1], perTensor(0.1, 255)), data: Uint8Array.of(200) });
    put('s', { type: tensorType('int16', [1]), data: Int16Array.of(-32768) });
    const expression = binary('max', theVariable, binary('add', constant(-0), constant(Number.NaN)));
    builder.output('y', builder.node('MAP', { type: 'map', attributes: { expression } }, [x], builder.typeOf(x), 'y'));
    const graph = builder.build('numbers', '', 'single');
    const parsed = parseGraph(printGraph(graph));
    expect(parsed).toEqual(graph);
    expect(printGraph(parsed)).toBe(printGraph(graph));
  });

  test('sorts attributes, so that equal operators print alike', () => {
    expect(printAttributes({ b: 1, a: { d: [2, 1], c: Number.POSITIVE_INFINITY } })).toBe(
      '{"a":{"c":"inf","d":[2,1]},"b":1}',
    );
  });

  test('shows a fingerprint of large constants, which changes with the data', () => {
    const printed = [0, 1].map((last) => {
      const builder = new GraphBuilder();
      const data = new Int8Array(65).with(64, last);
      builder.output('c', builder.constant('c', { type: tensorType('int8', [65]), data }));
      return printGraph(builder.build('large', '', 'exact'));
    });
    expect(printed[0]).toContain('<65 elements, digest ');
    expect(printed[0]).not.toBe(printed[1]);
    expect(() => parseGraph(printed[0] ?? '')).toThrow(/^line 2: a constant needs its elements in full/);
  });

  test('says in which line a text is wrong', () => {
    expect(() => parseGraph('input %0 "x": float32 1')).toThrow('no graph header');
    for (const [line, why] of [
      ['input %0 x: float32 1', 'not a declaration'],
      ['input %0 "x": float33 1', 'not a declaration'],
      ['output "y"', 'not an output'],
      ['%1 "y": float32 1 = map(%0)', 'not a node'],
      ['graph net', 'not a graph header'],
    ]) {
      expect(() => parseGraph(`graph "n" producer="" rounding=exact\n${line}\n`)).toThrow(`line 2: ${why}`);
    }
  });

  test('any names survive', () => {
    const builderOf = (name: string) => {
      const builder = new GraphBuilder();
      const type = tensorType('int8', [2], perTensor(0.5, 1));
      const x = builder.input(name, type);
      const c = builder.constant(name, { type, data: Int8Array.of(1, 2) });
      const op = { type: 'concat', attributes: { axis: 0 } } as const;
      builder.output(name, builder.node(name, op, [x, c], tensorType('int8', [4], perTensor(0.5, 1)), name));
      return builder.build(name, name, 'exact');
    };
    const nasty = fc.constantFrom('a", %1 "b', ' = [', 'x = y() {} from "z"', '\u2028', '\\', '%1 "', '\n\r');
    const names = fc
      .array(fc.oneof(nasty, fc.string({ unit: 'binary' })), { maxLength: 4 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(names, (name) => {
        expect(parseGraph(printGraph(builderOf(name)))).toEqual(builderOf(name));
      }),
    );
  });

  test.each([smallInt8, smallFloat])('random graphs survive, $dtype', (options) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const graph = randomGraph(seed, { ...options, maxConstantElements: 64 });
        const parsed = parseGraph(printGraph(graph));
        expect(parsed).toEqual(graph);
        expect(printGraph(parsed)).toBe(printGraph(graph));
        expectSameOnRandomInputs(graph, parsed, `seed ${seed}`);
      }),
    );
  });
});
