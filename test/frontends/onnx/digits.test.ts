import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { engines } from '../../../cli/engine/registry.ts';
import { readNpy } from '../../../cli/input/npy.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';

const folder = new URL('../../../examples/digits/', import.meta.url);
const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const array = (name: string) => readNpy(bytes(name), name).data as ArrayLike<number>;

const graph = optimizeGraph(importModel(bytes('digits_float.onnx'), 'digits_float.onnx')).graph;

function samples(net: Graph): Tensor[] {
  const images = array('digits_test_images.npy');
  const [input] = net.inputs;
  const type = typeOf(net, input?.value ?? expect.fail('no input'));
  return Array.from({ length: images.length / 64 }, (_, i) => {
    return { type, data: Float32Array.from({ length: 64 }, (__, k) => images[i * 64 + k] ?? 0) };
  });
}

function right(outputs: readonly (readonly Tensor[])[]): number {
  const labels = array('digits_test_labels.npy');
  return outputs.filter(([scores], i) => {
    const list = Array.from(scores?.data ?? [], Number);
    return list.indexOf(Math.max(...list)) === Number(labels[i]);
  }).length;
}

test('the float network has no transposes left', () => {
  expect(graph.nodes.filter((node) => node.op.type === 'transpose')).toEqual([]);
});

test('it knows as many digits as under onnxruntime, on the reference evaluator and as WASM', async () => {
  const inputs = samples(graph);
  expect(inputs.length).toBe(360);
  const expected = right(inputs.map((input) => evaluateGraph(graph, [input])));
  const { inferences } = await engines.wasm.run(
    graph,
    inputs.map((input) => () => [input]),
    () => {},
  );
  expect([expected, right(inferences.map(({ outputs }) => outputs))]).toEqual([360, 360]);
});
