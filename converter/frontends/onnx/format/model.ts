/** An ONNX file after reading: verified, immutable, in the file's own names. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  /** Version of each operator set by domain; the default domain is ''. */
  readonly opsets: ReadonlyMap<string, number>;
  /** The model's own functions by {@link OnnxFunction.key}. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: OnnxGraph;
}

/** An operator that the model defines itself, out of others. */
export interface OnnxFunction {
  /** `domain:name:overload`, as nodes call it. */
  readonly key: string;
  /** Inputs and outputs have names only: dtypes and shapes are those of each call. */
  readonly body: OnnxGraph;
  /** Attributes that a call may give. */
  readonly attributes: ReadonlySet<string>;
  /** Values of attributes that a call leaves out. */
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
  /** Version of each operator set that the body imports, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
}

/** The main graph, the body of a function, or a graph that a node has as an attribute. */
export interface OnnxGraph {
  readonly name: string;
  /** Without the initializers that files before IR version 4 list as inputs too. */
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** What the file says about the tensors in between; never relied upon. */
  readonly valueInfo: ReadonlyMap<string, OnnxValueInfo>;
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** In an order in which they can run. */
  readonly nodes: readonly OnnxNode[];
}

/** One dimension: a number, a name, or nothing known. */
export type OnnxDimension = number | string | null;

export interface OnnxValueInfo {
  readonly name: string;
  /** `float`, `int64`, ...; `not a tensor` for sequences, maps and optionals. */
  readonly dtype: OnnxDtype | 'not a tensor';
  /** Null where the file gives no shape. */
  readonly shape: readonly OnnxDimension[] | null;
}

export interface OnnxNode {
  readonly index: number;
  readonly name: string;
  readonly opType: string;
  /** '' is the domain of ONNX itself. */
  readonly domain: string;
  /** Version of the operator set of its domain; 1 where the file imports none. */
  readonly opset: number;
  /** Names of tensors; '' stands for an optional operand that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Tensors of the graph around the node that its sub-graphs read. */
  readonly captured: readonly string[];
  /** Which of several functions of one name is called. */
  readonly overload: string;
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export type OnnxAttribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly bigint[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'graph'; readonly value: OnnxGraph }
  /** In the body of a function: the attribute `name` of its call. */
  | { readonly kind: 'reference'; readonly name: string }
  /** Types, and lists of tensors and graphs. */
  | { readonly kind: 'other'; readonly what: string };

/** Element types by their number in TensorProto.DataType (onnx.proto). */
export const onnxDtypes = {
  1: 'float',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'double',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
} as const;

export type OnnxDtype = (typeof onnxDtypes)[keyof typeof onnxDtypes];

/** The element type with the number `code`, or null for a number that has no meaning yet. */
export function onnxDtype(code: number): OnnxDtype | null {
  const table: Readonly<Record<number, OnnxDtype>> = onnxDtypes;
  return table[code] ?? null;
}

/** Bits of one element; 0 for strings. */
export const onnxDtypeBits: { readonly [D in OnnxDtype]: number } = {
  float: 32,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  int32: 32,
  int64: 64,
  string: 0,
  bool: 8,
  float16: 16,
  double: 64,
  uint32: 32,
  uint64: 64,
  complex64: 64,
  complex128: 128,
  bfloat16: 16,
  float8e4m3fn: 8,
  float8e4m3fnuz: 8,
  float8e5m2: 8,
  float8e5m2fnuz: 8,
  uint4: 4,
  int4: 4,
  float4e2m1: 4,
  float8e8m0: 8,
  uint2: 2,
  int2: 2,
};

export interface OnnxTensor {
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly shape: readonly number[];
  /** Little-endian elements as the file's raw encoding has them; null where the elements are strings. */
  readonly bytes: Uint8Array | null;
}
