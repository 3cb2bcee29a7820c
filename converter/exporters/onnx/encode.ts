import onnxProto from 'onnx-proto';
import { type DType, type TensorData, toBytes } from '../../tensor/dtype.ts';
import type { Shape } from '../../tensor/shape.ts';

/** An attribute of an operator, by the kind that the file gives it. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const text = (value: string): Attribute => ({ kind: 'string', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const floats = (value: readonly number[]): Attribute => ({ kind: 'floats', value });
export const texts = (value: readonly string[]): Attribute => ({ kind: 'strings', value });

export type Attributes = Readonly<Record<string, Attribute>>;

/** A tensor by its name in the file. */
export interface NamedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Initializer extends NamedTensor {
  readonly data: TensorData;
}

export interface FileNode {
  readonly name: string;
  readonly opType: string;
  /** Names of tensors; '' for an optional operand that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** What an ONNX file says, in plain words. All operators are of the default domain. */
export interface FileModel {
  readonly irVersion: number;
  readonly opset: number;
  readonly producerVersion: string;
  readonly name: string;
  readonly inputs: readonly NamedTensor[];
  readonly outputs: readonly NamedTensor[];
  /** Tensors between operators. */
  readonly between: readonly NamedTensor[];
  readonly initializers: readonly Initializer[];
  readonly nodes: readonly FileNode[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Numbers of element types (onnx.proto, TensorProto.DataType). */
export const dtypeCodes: { readonly [D in DType]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};

/** Numbers of kinds of attributes (onnx.proto, AttributeProto.AttributeType). */
const attributeCodes: { readonly [K in Attribute['kind']]: number } = {
  float: 1,
  int: 2,
  string: 3,
  floats: 6,
  ints: 7,
  strings: 8,
};

/** The bytes of an .onnx file. */
export function encodeModel(model: FileModel): Uint8Array {
  const { ModelProto } = onnxProto.onnx;
  const { irVersion, opset, producerVersion, name, nodes, metadata } = model;
  const message = ModelProto.create({
    irVersion,
    producerName: 'thimble',
    producerVersion,
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: [...metadata].map(([key, value]) => ({ key, value })),
    graph: {
      name,
      node: nodes.map(nodeMessage),
      initializer: model.initializers.map(tensorMessage),
      input: model.inputs.map(valueInfo),
      output: model.outputs.map(valueInfo),
      valueInfo: model.between.map(valueInfo),
    },
  });
  return ModelProto.encode(message).finish();
}

function nodeMessage({ name, opType, inputs, outputs, attributes }: FileNode) {
  return {
    name,
    opType,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, attribute]) => attributeMessage(key, attribute)),
  };
}

function attributeMessage(name: string, attribute: Attribute) {
  const utf8 = (value: string) => new TextEncoder().encode(value);
  const type = attributeCodes[attribute.kind];
  switch (attribute.kind) {
    case 'int':
      return { name, type, i: attribute.value };
    case 'float':
      return { name, type, f: attribute.value };
    case 'string':
      return { name, type, s: utf8(attribute.value) };
    case 'ints':
      return { name, type, ints: [...attribute.value] };
    case 'floats':
      return { name, type, floats: [...attribute.value] };
    case 'strings':
      return { name, type, strings: attribute.value.map(utf8) };
    default:
      return attribute satisfies never;
  }
}

function tensorMessage({ name, dtype, shape, data }: Initializer) {
  return { name, dims: [...shape], dataType: dtypeCodes[dtype], rawData: toBytes(data) };
}

function valueInfo({ name, dtype, shape }: NamedTensor) {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: dtypeCodes[dtype], shape: { dim } } } };
}
