import onnxProto from 'onnx-proto';

/** A model of one graph, as the fields of its protobuf messages. */
export interface ModelDraft {
  readonly opset?: number;
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  /** Element types by their number in TensorProto.DataType, for inputs that are not float. */
  readonly inputTypes?: Readonly<Record<string, number>>;
  readonly outputs: readonly string[];
  readonly initializers?: Readonly<Record<string, TensorDraft>>;
  readonly sparse?: readonly Readonly<Record<string, unknown>>[];
  readonly nodes: readonly NodeDraft[];
  readonly functions?: readonly FunctionDraft[];
  /** Element type of all inputs. */
  readonly elemType?: number;
}

export interface TensorDraft {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly [list: string]: unknown;
}

export type AttributeDraft = Readonly<Record<string, unknown>>;

export interface NodeDraft {
  readonly op: string;
  readonly name?: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly AttributeDraft[];
}

/** A function of the domain `local`. `defaults` and `overload` are fields newer than the encoder: their bytes are added. */
export interface FunctionDraft {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly string[];
  readonly nodes: readonly NodeDraft[];
  readonly opset?: number;
}

export interface GraphDraft {
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeDraft[];
  readonly initializers?: Readonly<Record<string, TensorDraft>>;
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

export const int64s = (dims: readonly number[], values: readonly number[]): TensorDraft => ({
  dims,
  dataType: 7,
  int64Data: values,
});

export const bools = (dims: readonly number[], values: readonly number[]): TensorDraft => ({
  dims,
  dataType: 9,
  int32Data: values,
});

/** An attribute that is a graph. */
export function graphAttribute(
  name: string,
  { inputs = [], outputs, nodes, initializers = {} }: GraphDraft,
): AttributeDraft {
  const g = {
    name,
    input: inputs.map((input) => ({ name: input })),
    output: outputs.map((output) => ({ name: output })),
    initializer: Object.entries(initializers).map(([tensor, content]) => ({ name: tensor, ...content })),
    node: nodes.map(nodeProto),
  };
  return { name, type: 5, g };
}

export const intAttribute = (name: string, i: number): AttributeDraft => ({ name, type: 2, i });

export const intsAttribute = (name: string, ints: readonly number[]): AttributeDraft => ({ name, type: 7, ints });

export const floatAttribute = (name: string, f: number): AttributeDraft => ({ name, type: 1, f });

function nodeProto({ op, name = '', domain = '', inputs: input, outputs: output, attributes = [] }: NodeDraft) {
  return { opType: op, name, domain, input, output, attribute: attributes };
}

/** The bytes of an .onnx file. */
export function writeModel(draft: ModelDraft): Uint8Array<ArrayBuffer> {
  const {
    opset = 17,
    inputs,
    inputTypes = {},
    outputs,
    initializers = {},
    sparse = [],
    nodes,
    functions = [],
    elemType = float,
  } = draft;
  const model = {
    irVersion: 8,
    producerName: 'draft',
    opsetImport: [
      { domain: '', version: opset },
      { domain: 'local', version: 1 },
    ],
    graph: {
      name: 'g',
      input: Object.entries(inputs).map(([name, shape]) => ({
        name,
        type: {
          tensorType: {
            elemType: inputTypes[name] ?? elemType,
            shape: { dim: shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size })) },
          },
        },
      })),
      output: outputs.map((name) => ({ name })),
      initializer: Object.entries(initializers).map(([name, tensor]) => ({ name, ...tensor })),
      sparseInitializer: sparse,
      node: nodes.map(nodeProto),
    },
    functions: functions.map((one) => ({
      name: one.name,
      domain: 'local',
      input: one.inputs,
      output: one.outputs,
      attribute: one.attributes ?? [],
      node: one.nodes.map(nodeProto),
      opsetImport: [{ domain: '', version: one.opset ?? opset }],
    })),
  };
  const { ModelProto } = onnxProto.onnx;
  return new Uint8Array(ModelProto.encode(ModelProto.fromObject(model)).finish());
}

/** A field of a protobuf message that holds bytes: a message, a string. */
export function wireField(field: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
  const head = [...varint(field * 8 + 2), ...varint(content.length)];
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return bytes;
}
