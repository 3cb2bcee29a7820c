import onnxProto from 'onnx-proto';
import { damage } from './problems.ts';
import { lengthDelimited, wireFields } from './wire.ts';

/**
 * The fields of the file's messages that are read, as protobufjs gives them. 64-bit integers are `Long` objects; enumerations are
 * numbers, those newer than the schema included.
 */
export interface ModelProto {
  readonly irVersion: Whole;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly graph?: GraphProto | null;
  readonly opsetImport: readonly OperatorSetProto[];
  readonly metadataProps: readonly EntryProto[];
  readonly functions?: readonly FunctionProto[];
}

export interface OperatorSetProto {
  readonly domain: string;
  readonly version: Whole;
}

export interface EntryProto {
  readonly key: string;
  readonly value: string;
}

export interface FunctionProto {
  readonly name: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Names of attributes without a default value. */
  readonly attribute: readonly string[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSetProto[];
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly sparseInitializer: readonly SparseTensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo: readonly ValueInfoProto[];
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface AttributeProto {
  readonly name: string;
  readonly refAttrName: string;
  readonly type: number;
  readonly f: number;
  readonly i: Whole;
  readonly s: Uint8Array;
  readonly t?: TensorProto | null;
  readonly g?: GraphProto | null;
  readonly sparseTensor?: SparseTensorProto | null;
  readonly floats: readonly number[];
  readonly ints: readonly Whole[];
  readonly strings: readonly Uint8Array[];
}

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly Whole[];
  readonly dataType: number;
  readonly segment?: unknown;
  readonly dataLocation: number;
  readonly externalData: readonly EntryProto[];
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly Whole[];
  readonly uint64Data: readonly Whole[];
  readonly doubleData: readonly number[];
  readonly stringData: readonly unknown[];
}

export interface SparseTensorProto {
  /** The elements that are present, in a list; its name is that of the whole. */
  readonly values?: TensorProto | null;
  /** Their places: one number each, counted through the whole, or one number per dimension each. */
  readonly indices?: TensorProto | null;
  readonly dims: readonly Whole[];
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType: number;
      readonly shape?: { readonly dim: readonly DimensionProto[] } | null;
    } | null;
  } | null;
}

export interface DimensionProto {
  readonly value?: 'dimValue' | 'dimParam';
  readonly dimValue: Whole;
  readonly dimParam: string;
}

/** A 64-bit integer: a plain number, or two halves of 32 bits. */
export type Whole = number | { readonly low: number; readonly high: number };

/** The exact value, as a signed integer of 64 bits. */
export function wholeOf(value: Whole): bigint {
  if (typeof value === 'number') return BigInt(Math.trunc(value));
  return (BigInt(value.high | 0) << 32n) | BigInt(value.low >>> 0);
}

/** Messages may nest this deep: a sub-graph takes four levels (graph, node, attribute, graph). */
const nestingLimit = 100;

/** Decodes the protobuf message. Every fault of the encoding is a problem of the file. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  checkNesting(bytes);
  try {
    return onnxProto.onnx.ModelProto.decode(bytes) as unknown as ModelProto;
  } catch (error) {
    throw damage(
      'the file',
      `it is no complete ONNX model (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** A tensor in a file of its own, as test suites keep them. */
export function decodeTensorProto(bytes: Uint8Array): TensorProto {
  try {
    return onnxProto.onnx.TensorProto.decode(bytes) as unknown as TensorProto;
  } catch (error) {
    throw damage(
      'the file',
      `it is no complete ONNX tensor (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** Fields that lead from each message to those that can contain it again: the way to unlimited nesting. */
const nestingFields: { readonly [message: string]: { readonly [field: number]: string } } = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 11: 'valueInfo', 12: 'valueInfo', 13: 'valueInfo' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 6: 'graph', 11: 'graph', 14: 'type', 15: 'type' },
  valueInfo: { 2: 'type' },
  type: { 4: 'sequence', 5: 'map', 9: 'sequence' },
  sequence: { 1: 'type' },
  map: { 2: 'type' },
};

/**
 * Refuses messages that nest deeper than any model does, before a decoder recurses into them. Reads no more than tags and
 * lengths; where those are wrong it stops, and the decoder says why.
 */
function checkNesting(bytes: Uint8Array): void {
  const open: { message: string; position: number; end: number; depth: number }[] = [
    { message: 'model', position: 0, end: bytes.length, depth: 0 },
  ];
  for (let frame = open.pop(); frame !== undefined; frame = open.pop()) {
    const { message, end, depth } = frame;
    if (depth > nestingLimit) throw damage('the file', `its messages nest more than ${nestingLimit} deep`);
    for (const { field, wire, start, end: fieldEnd } of wireFields(bytes, frame.position, end)) {
      if (wire === 3 || wire === 4) throw damage('the file', 'it has protobuf groups, which ONNX does not use');
      const inner = nestingFields[message]?.[field];
      if (wire === lengthDelimited && inner !== undefined && fieldEnd <= end)
        open.push({ message: inner, position: start, end: fieldEnd, depth: depth + 1 });
    }
  }
}
