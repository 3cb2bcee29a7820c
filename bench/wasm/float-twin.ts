import onnxProto from 'onnx-proto';
import { constantOf, type Graph, type Node, typeOf, type ValueId, valueId } from '../../converter/ir/graph.ts';
import type { Clamp } from '../../converter/ops/definition.ts';
import type { Window } from '../../converter/ops/window.ts';
import { importModel } from '../../converter/pipeline.ts';
import { scaleAt, zeroPointAt } from '../../converter/tensor/quantization.ts';
import { elementCount, type Shape } from '../../converter/tensor/shape.ts';
import { numericData, type Tensor } from '../../converter/tensor/tensor.ts';
import { type Draft, writeTflite } from '../../test/frontends/tflite/format/write-tflite.ts';

/** The float32 network of a quantized one: the same layers with the weights that it stands for. */
export interface FloatTwin {
  readonly tflite: Uint8Array;
  readonly onnx: Uint8Array;
}

/** In the place of a value that there must be. */
const nothing = valueId(-1);

/** A layer of the twin, in NHWC. */
interface Layer {
  readonly node: Node;
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
}

/**
 * The float twin of a quantized chain of convolutions, additions, average pools and a softmax. Throws Error at any other operator, or where
 * a clamp is neither ReLU6 nor none.
 */
export function floatTwin(file: Uint8Array, name: string): FloatTwin {
  const graph = importModel(file, name);
  const same = new Map<ValueId, ValueId>();
  const root = (value: ValueId): ValueId => same.get(value) ?? value;
  const layers = graph.nodes.flatMap((node): readonly Layer[] => {
    const inputs = node.inputs.map(root);
    const [output = nothing] = node.outputs;
    if (node.op.type !== 'requantize') return [{ node, inputs, output }];
    same.set(output, inputs[0] ?? nothing);
    return [];
  });
  const input = graph.inputs[0]?.value ?? nothing;
  const output = root(graph.outputs[0]?.value ?? nothing);
  return { tflite: tfliteOf(graph, layers, input, output), onnx: onnxOf(graph, layers, input, output) };
}

/** What a quantized constant stands for. */
function realNumbers(tensor: Tensor): Float32Array {
  const { quantization, shape } = tensor.type;
  const data = numericData(tensor);
  if (quantization.kind === 'none') return Float32Array.from(data, Number);
  const axis = quantization.kind === 'per-channel' ? quantization.axis : 0;
  const inner = elementCount(shape.slice(axis + 1));
  const size = shape[axis] ?? 1;
  return Float32Array.from(data, (value, i) => {
    const channel = quantization.kind === 'per-channel' ? Math.floor(i / inner) % size : 0;
    return (Number(value) - zeroPointAt(quantization, channel)) * scaleAt(quantization, channel);
  });
}

function isRelu6({ min, max }: Clamp): boolean {
  if (min === 0 && max === 6) return true;
  if (min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY) return false;
  throw new Error(`a clamp to ${min} .. ${max} has no twin`);
}

function refused({ name, op }: Node): Error {
  return new Error(`${name}: ${op.type} has no float twin`);
}

const bytesOf = (data: Float32Array) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function tfliteOf(graph: Graph, layers: readonly Layer[], input: ValueId, output: ValueId): Uint8Array {
  const buffers: Draft[] = [{}];
  const tensors: Draft[] = [];
  const codes: string[] = [];
  const indices = new Map<ValueId, number>();
  const tensor = (value: ValueId): number => {
    const known = indices.get(value);
    if (known !== undefined) return known;
    const constant = constantOf(graph, value);
    const { shape } = typeOf(graph, value);
    tensors.push({
      shape: [...shape],
      type: 'FLOAT32',
      buffer: constant === null ? 0 : buffers.length,
      name: `t${value}`,
    });
    if (constant !== null) buffers.push({ data: bytesOf(realNumbers(constant)) });
    indices.set(value, tensors.length - 1);
    return tensors.length - 1;
  };
  const operators = layers.map(({ node, inputs, output: result }): Draft => {
    const { code, options } = tfliteOperator(graph, node);
    if (!codes.includes(code)) codes.push(code);
    return {
      opcode_index: codes.indexOf(code),
      inputs: inputs.map(tensor),
      outputs: [tensor(result)],
      builtin_options: options,
    };
  });
  const subgraph = { tensors, inputs: [tensor(input)], outputs: [tensor(output)], operators, name: 'main' };
  const operatorCodes = codes.map((code) => ({ builtin_code: code, deprecated_builtin_code: code, version: 1 }));
  return writeTflite({ version: 3, operator_codes: operatorCodes, subgraphs: [subgraph], buffers });
}

interface TfliteOperator {
  readonly code: string;
  readonly options: { readonly type: string; readonly value: Draft };
}

function tfliteOperator(graph: Graph, node: Node): TfliteOperator {
  const { op } = node;
  const activation = (clamp: Clamp) => (isRelu6(clamp) ? 'RELU6' : 'NONE');
  const window = ({ strides, padding }: Window) => ({
    padding: Object.values(padding).some((size) => size > 0) ? 'SAME' : 'VALID',
    stride_h: strides[0],
    stride_w: strides[1],
  });
  const operator = (code: string, type: string, value: Draft) => ({ code, options: { type, value } });
  switch (op.type) {
    case 'conv-2d': {
      const options = { ...window(op.attributes), fused_activation_function: activation(op.attributes.clamp) };
      return operator('CONV_2D', 'Conv2DOptions', options);
    }
    case 'depthwise-conv-2d': {
      const options = { ...window(op.attributes), fused_activation_function: activation(op.attributes.clamp) };
      return operator('DEPTHWISE_CONV_2D', 'DepthwiseConv2DOptions', { ...options, depth_multiplier: 1 });
    }
    case 'zip': {
      return operator('ADD', 'AddOptions', { fused_activation_function: activation(op.attributes.clamp) });
    }
    case 'pool-2d': {
      const [filter_height, filter_width] = op.attributes.kernel;
      return operator('AVERAGE_POOL_2D', 'Pool2DOptions', { ...window(op.attributes), filter_height, filter_width });
    }
    case 'reshape': {
      const shape = typeOf(graph, node.outputs[0] ?? nothing).shape;
      return operator('RESHAPE', 'ReshapeOptions', { new_shape: [...shape] });
    }
    case 'softmax':
      return operator('SOFTMAX', 'SoftmaxOptions', { beta: op.attributes.beta });
    default:
      throw refused(node);
  }
}

/** Activations in NCHW; a weight is turned when the layer that reads it is written. */
function onnxOf(graph: Graph, layers: readonly Layer[], input: ValueId, output: ValueId): Uint8Array {
  const initializer: object[] = [];
  const node: object[] = [];
  const name = (value: ValueId) => `v${value}`;
  const floats = (value: ValueId, turn: (data: Float32Array, shape: Shape) => { data: Float32Array; dims: Shape }) => {
    const constant = constantOf(graph, value);
    if (constant === null) throw new Error('weights are not constant');
    const { data, dims } = turn(realNumbers(constant), constant.type.shape);
    initializer.push({ name: name(value), dims: [...dims], dataType: 1, rawData: bytesOf(data) });
    return name(value);
  };
  const plain = (data: Float32Array, dims: Shape) => ({ data, dims });
  const ints = (attribute: string, values: readonly number[]) => ({ name: attribute, type: 7, ints: [...values] });
  for (const layer of layers) {
    const { op } = layer.node;
    const [first = nothing, weights = nothing, bias = nothing] = layer.inputs;
    const result = name(layer.output);
    const add = (opType: string, inputs: readonly string[], attribute: readonly object[], to = result) => {
      node.push({ opType, input: inputs, output: [to], attribute });
    };
    switch (op.type) {
      case 'conv-2d':
      case 'depthwise-conv-2d': {
        const { strides, clamp, padding } = op.attributes;
        const relu6 = isRelu6(clamp);
        const channels = typeOf(graph, weights).shape[3] ?? 1;
        const attributes = [
          ints('strides', strides),
          ints('pads', [padding.top, padding.left, padding.bottom, padding.right]),
          { name: 'group', type: 2, i: op.type === 'conv-2d' ? 1 : channels },
        ];
        const turned = floats(weights, op.type === 'conv-2d' ? ohwiToOihw : hwcToChw);
        const inputs = [name(first), turned, floats(bias, plain)];
        add('Conv', inputs, attributes, relu6 ? `${result}/sum` : result);
        const bound = (what: string, value: number) => {
          initializer.push({ name: `${result}/${what}`, dims: [], dataType: 1, floatData: [value] });
          return `${result}/${what}`;
        };
        if (relu6) add('Clip', [`${result}/sum`, bound('min', 0), bound('max', 6)], []);
        break;
      }
      case 'zip':
        add('Add', [name(first), name(weights)], []);
        break;
      case 'pool-2d':
        add('AveragePool', [name(first)], [ints('kernel_shape', op.attributes.kernel)]);
        break;
      case 'reshape':
        add('Flatten', [name(first)], []);
        break;
      case 'softmax':
        add('Softmax', [name(first)], []);
        break;
      default:
        throw refused(layer.node);
    }
  }
  const [batch = 1, height = 1, width = 1, channels = 1] = typeOf(graph, input).shape;
  const port = (value: ValueId, shape: Shape) => ({
    name: name(value),
    type: { tensorType: { elemType: 1, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
  });
  const { ModelProto } = onnxProto.onnx;
  const model = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'twin',
      input: [port(input, [batch, channels, height, width])],
      output: [port(output, typeOf(graph, output).shape)],
      initializer,
      node,
    },
  };
  return new Uint8Array(ModelProto.encode(ModelProto.fromObject(model)).finish());
}

function ohwiToOihw(data: Float32Array, shape: Shape): { data: Float32Array; dims: Shape } {
  const [outputs = 1, height = 1, width = 1, channels = 1] = shape;
  const area = height * width;
  const turned = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < channels; c++)
        turned[(o * channels + c) * area + i] = data[(o * area + i) * channels + c] ?? 0;
    }
  }
  return { data: turned, dims: [outputs, channels, height, width] };
}

function hwcToChw(data: Float32Array, shape: Shape): { data: Float32Array; dims: Shape } {
  const [, height = 1, width = 1, channels = 1] = shape;
  const { data: turned } = ohwiToOihw(data, [1, height, width, channels]);
  return { data: turned, dims: [channels, 1, height, width] };
}
