import { type Graph, type Port, typeOf } from '../converter/ir/graph.ts';
import { invariant } from '../converter/problem.ts';
import { fromBytes } from '../converter/tensor/dtype.ts';
import type { Tensor, TensorType } from '../converter/tensor/tensor.ts';
import { type InputSpec, type Sample, sampleDataBytes } from './input/sample.ts';
import type { OutputTensor } from './output/save.ts';

/** A port as the readers and writers of files see it. */
function portSpec(name: string, type: TensorType): InputSpec {
  const { dtype, shape, quantization: q } = type;
  const quantized = q.kind === 'per-tensor';
  return { name, dtype, shape, scale: quantized ? q.scale : null, zeroPoint: quantized ? q.zeroPoint : null };
}

/** What each input of the model wants, in the model's order. */
export function inputSpecs(graph: Graph): readonly InputSpec[] {
  return graph.inputs.map(({ name, value }) => portSpec(name, typeOf(graph, value)));
}

/** What each output of the model is, in the model's order. */
export function outputSpecs(graph: Graph): readonly InputSpec[] {
  return graph.outputs.map(({ name, value }) => portSpec(name, typeOf(graph, value)));
}

/** A sample that was read for input `index` of the graph, as its tensor. */
export function inputTensor(graph: Graph, index: number, sample: Sample): Tensor {
  return portTensor(graph, graph.inputs[index], sample);
}

/** A sample that was read for output `index` of the graph, as its tensor. */
export function outputTensor(graph: Graph, index: number, sample: Sample): Tensor {
  return portTensor(graph, graph.outputs[index], sample);
}

function portTensor(graph: Graph, port: Port | undefined, sample: Sample): Tensor {
  invariant(port !== undefined, 'the model has no such input or output');
  const type = typeOf(graph, port.value);
  return { type, data: fromBytes(type.dtype, sampleDataBytes(sample.data)) };
}

/** The outputs of one inference with their names, for files and tables. */
export function namedOutputs(graph: Graph, outputs: readonly Tensor[]): readonly OutputTensor[] {
  return outputSpecs(graph).flatMap((spec, i) => {
    const tensor = outputs[i];
    return tensor === undefined ? [] : [{ ...spec, data: tensor.data }];
  });
}
