import { expect, test } from 'vitest';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { plainOrigin, programGraph } from '../../converter/backends/program-graph.ts';
import { parseGraph } from '../../converter/ir/parse.ts';
import { planProgram } from '../../converter/pipeline.ts';

const map = (kind: 'abs' | 'exp' | 'neg') => `{"expression":{"fn":"${kind}","kind":"unary","of":{"kind":"x"}}}`;

const graphOf = (text: string) => {
  const graph = parseGraph(text);
  const { program } = planProgram(graph, cKernelNeeds);
  return programGraph(program, graph, plainOrigin);
};

test('what lies in one buffer is told by its parts, and views are part of the layer before them', () => {
  const { layers, tensors, inputs, outputs } = graphOf(`
    graph "g" producer="test" rounding=exact
    input %0 "x": float32 1x8
    %1 "a": float32 1x8 = map(%0) ${map('abs')} from "A"
    %2 "b": float32 1x8 = map(%0) ${map('exp')} from "B"
    %3 "both": float32 1x16 = concat(%1, %2) {"axis":1} from "CONCAT"
    %4 "flat": float32 16 = reshape(%3) {"shape":[16]} from "FLAT"
    %5 "y": float32 16 = map(%4) ${map('neg')} from "C"
    output "y" %5`);
  expect(layers.map(({ name, fused }) => [name, fused])).toEqual([
    ['A', ['CONCAT', 'FLAT']],
    ['B', []],
    ['C', []],
  ]);
  expect(layers.map((layer) => [layer.inputs, layer.outputs])).toEqual([
    [[0], [1]],
    [[0], [2]],
    [[1, 2], [3]],
  ]);
  expect(tensors.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['x', 32],
    ['a', 32],
    ['b', 32],
    ['y', 64],
  ]);
  expect([inputs, outputs]).toEqual([[0], [3]]);
});

test('what a model remembers is read like an input and written like a result', () => {
  const { layers, tensors } = graphOf(`
    graph "g" producer="test" rounding=exact
    input %0 "x": float32 1x8
    held %1 "h": float32 1x8
    %2 "sum": float32 1x8 = zip(%0, %1) {"clamp":{"max":"inf","min":"-inf"},"fn":"add"} from "ADD"
    state "h" %1 -> %2 = zeros
    output "sum" %2`);
  expect(tensors.slice(0, 2).map(({ name }) => name)).toEqual(['x', 'h']);
  expect(layers[0]?.inputs).toEqual([0, 1]);
  expect(layers[0]?.quantization).toEqual({ scheme: 'float32', granularity: null });
});
