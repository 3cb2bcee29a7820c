import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../converter/ir/builder.ts';
import { evaluateGraph } from '../../converter/ir/evaluate.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { InternalError } from '../../converter/problem.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';

const add = '{"clamp":{"max":"inf","min":"-inf"},"fn":"add"}';
const graph = parseGraph(`graph "g" producer="" rounding=exact
input %0 "x": float32 2
input %1 "unused": float32 1
const %2 "one": float32 1 = [1]
%3 "a": float32 2 = zip(%0, %2) ${add} from "A"
%4 "b": float32 2 = zip(%3, %3) ${add} from "B"
%5 "nobody": float32 2 = zip(%4, %0) ${add} from "NOBODY"
%6 "c": float32 2 = zip(%4, %3) ${add} from "C"
output "c" %6
output "one" %2
output "x" %0
output "again" %6`);

const type = tensorType('float32', [2]);
const x = { type, data: Float32Array.of(1, -2) };
const unused = { type: tensorType('float32', [1]), data: Float32Array.of(9) };

describe('evaluateGraph', () => {
  test('gives outputs in the order of the ports: computed ones, constants, inputs, the same one twice', () => {
    const outputs = evaluateGraph(graph, [x, unused]);
    expect(outputs.map((tensor) => [...tensor.data])).toEqual([[6, -3], [1], [1, -2], [6, -3]]);
    expect(outputs.map((tensor) => tensor.type.shape)).toEqual([[2], [1], [2], [2]]);
  });

  test('shows every computed value once, in order, those that nobody reads too', () => {
    const seen: (readonly [number, readonly unknown[]])[] = [];
    evaluateGraph(graph, [x, unused], (id, tensor) => seen.push([id, [...tensor.data]]));
    expect(seen).toEqual([
      [3, [2, -1]],
      [4, [4, -2]],
      [5, [5, -4]],
      [6, [6, -3]],
    ]);
  });

  test('does not change its inputs', () => {
    evaluateGraph(graph, [x, unused]);
    expect([...x.data]).toEqual([1, -2]);
  });

  test('wants as many inputs as there are ports', () => {
    expect(() => evaluateGraph(graph, [x])).toThrow(InternalError);
    expect(() => evaluateGraph(graph, [x])).toThrow('expected 2 inputs, got 1');
  });

  test('drops values after their last use, and at once where there is none', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const elements = 2 ** 20;
    const large = tensorType('float32', [elements]);
    const builder = new GraphBuilder();
    let value = builder.input('x', large);
    for (let i = 0; i < 12; i++) {
      const op = { type: 'zip', attributes: { fn: 'add', clamp: { min: -1, max: 1 } } } as const;
      builder.node('UNREAD', op, [value, value], large, `unread${i}`);
      value = builder.node('NEXT', op, [value, value], large, `next${i}`);
    }
    builder.output('y', value);
    const held: number[] = [];
    const start = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = start();
    evaluateGraph(builder.build('chain', '', 'exact'), [{ type: large, data: new Float32Array(elements) }], () => {
      held.push(start() - before);
    });
    // A value of the chain is 4 MiB. Alive are the input, two values and what the operator works with, never all 24.
    expect(held.length).toBe(24);
    expect(Math.max(...held)).toBeLessThan(10 * 4 * elements);
  });
});
