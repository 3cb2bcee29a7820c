import onnxProto from 'onnx-proto';

/** A model of one graph, as the fields of its protobuf messages. */
export interface ModelDraft {
  readonly opset?: number;
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  /** Numbers of the element types of inputs that are not float32. */
  readonly elementTypes?: Readonly<Record<string, number>>;
  readonly outputs: readonly string[];
  readonly initializers?: Readonly<Record<string, TensorDraft>>;
  readonly nodes: readonly NodeDraft[];
}

export interface TensorDraft {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly [list: string]: unknown;
}

export interface NodeDraft {
  readonly op: string;
  readonly name?: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly Readonly<Record<string, unknown>>[];
}

const float = 1;

export const floats = (dims: readonly number[], values: readonly number[]): TensorDraft => ({
  dims,
  dataType: float,
  floatData: values,
});

/** Element types by their number in TensorProto.DataType. */
export const elementType = { uint8: 2, int8: 3, int32: 6, int4: 22 } as const;

/** Integers of up to 32 bits. */
export const integers = (
  type: keyof typeof elementType,
  dims: readonly number[],
  values: readonly number[],
): TensorDraft => ({ dims, dataType: elementType[type], int32Data: values });

/** The bytes of an .onnx file. */
export function writeModel({
  opset = 17,
  inputs,
  elementTypes = {},
  outputs,
  initializers = {},
  nodes,
}: ModelDraft): Uint8Array {
  const model = {
    irVersion: 8,
    producerName: 'draft',
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'g',
      input: Object.entries(inputs).map(([name, shape]) => ({
        name,
        type: {
          tensorType: {
            elemType: elementTypes[name] ?? float,
            shape: { dim: shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })) },
          },
        },
      })),
      output: outputs.map((name) => ({ name })),
      initializer: Object.entries(initializers).map(([name, tensor]) => ({ name, ...tensor })),
      node: nodes.map(({ op, name = '', domain = '', inputs: input, outputs: output, attributes = [] }) => {
        return { opType: op, name, domain, input, output, attribute: attributes };
      }),
    },
  };
  const { ModelProto } = onnxProto.onnx;
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}
