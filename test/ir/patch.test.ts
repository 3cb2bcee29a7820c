import { describe, expect, test } from 'vitest';
import { type Graph, nodeId, valueId } from '../../converter/ir/graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { applyPatch, type Patch, PatchBuilder } from '../../converter/ir/patch.ts';
import { printGraph } from '../../converter/ir/print.ts';
import { InternalError } from '../../converter/problem.ts';
import { tensorType } from '../../converter/tensor/tensor.ts';

const relu = '{"expression":{"a":{"kind":"x"},"b":{"kind":"constant","value":0},"fn":"max","kind":"binary"}}';

/** x -> a -> b -> y, with `a` read by `c` too. */
const graph = parseGraph(`graph "g" producer="" rounding=exact
input %0 "x": float32 2
%1 "a": float32 2 = map(%0) ${relu} from "A"
%2 "b": float32 2 = map(%1) ${relu} from "B"
%3 "c": float32 2 = zip(%1, %2) {"clamp":{"max":"inf","min":"-inf"},"fn":"add"} from "C"
output "y" %2
output "z" %3`);

const nodeAt = (from: Graph, index: number) => from.nodes[index] ?? expect.fail(`no node ${index}`);

describe('a patch', () => {
  test('replaces a value everywhere, graph outputs included, and drops what removed nodes made', () => {
    const b = nodeAt(graph, 1);
    const patch = new PatchBuilder(graph, b).remove(b).replace(valueId(2), valueId(1)).finish('b is a');
    const result = applyPatch(graph, patch);
    expect([...result.values.keys()]).toEqual([0, 1, 3]);
    expect(printGraph(result)).toBe(`graph "g" producer="" rounding=exact
input %0 "x": float32 2
%1 "a": float32 2 = map(%0) ${relu} from "A"
%3 "c": float32 2 = zip(%1, %1) {"clamp":{"max":"inf","min":"-inf"},"fn":"add"} from "C"
output "y" %1
output "z" %3
`);
  });

  test('puts new nodes and constants in the place of the anchor, under ids of their own', () => {
    const c = nodeAt(graph, 2);
    const builder = new PatchBuilder(graph, c).remove(c);
    const one = builder.constant('one', { type: tensorType('float32', [1]), data: Float32Array.of(1) });
    const op = { type: 'zip', attributes: { fn: 'mul', clamp: { min: 0, max: 1 } } } as const;
    const product = builder.node('D', op, [valueId(1), one], tensorType('float32', [2]), 'd');
    const result = applyPatch(graph, builder.replace(valueId(3), product).finish('c is d'));
    expect(printGraph(result)).toBe(`graph "g" producer="" rounding=exact
input %0 "x": float32 2
const %4 "one": float32 1 = [1]
%1 "a": float32 2 = map(%0) ${relu} from "A"
%2 "b": float32 2 = map(%1) ${relu} from "B"
%5 "d": float32 2 = zip(%1, %4) {"clamp":{"max":1,"min":0},"fn":"mul"} from "D"
output "y" %2
output "z" %5
`);
    expect(result.nodes.map((node) => node.id)).toEqual([nodeId(0), nodeId(1), nodeId(3)]);
  });

  test('follows chains of replacements', () => {
    const [b, c] = [nodeAt(graph, 1), nodeAt(graph, 2)];
    const patch = new PatchBuilder(graph, b).remove(b).remove(c);
    patch.replace(valueId(3), valueId(2)).replace(valueId(2), valueId(0));
    expect(applyPatch(graph, patch.finish('all is x')).outputs.map((port) => port.value)).toEqual([0, 0]);
  });

  test('leaves the graph it was given as it is', () => {
    const before = printGraph(graph);
    const b = nodeAt(graph, 1);
    applyPatch(graph, new PatchBuilder(graph, b).remove(b).replace(valueId(2), valueId(0)).finish(''));
    expect(printGraph(graph)).toBe(before);
  });

  test('that replaces a value by itself is a fault of ours, not an endless loop', () => {
    const b = nodeAt(graph, 1);
    const loops: Patch[] = [
      new PatchBuilder(graph, b).replace(valueId(1), valueId(1)).finish('loop'),
      new PatchBuilder(graph, b).replace(valueId(1), valueId(2)).replace(valueId(2), valueId(1)).finish('loop'),
    ];
    for (const patch of loops) expect(() => applyPatch(graph, patch)).toThrow(InternalError);
  });
});
