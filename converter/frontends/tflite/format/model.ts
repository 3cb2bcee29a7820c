import type { TfliteDtype } from './dtype.ts';
import type { EnumValue } from './schema/schema.ts';

/** A verified TFLite file: all indices lie in range, all byte ranges inside the file. Byte arrays are views on the file. */
export interface TfliteModel {
  /** Version of the schema, always 3. */
  readonly version: number;
  /** What the converter wrote about itself, often `MLIR Converted.`. */
  readonly description: string;
  /** The first one is the main graph. */
  readonly subgraphs: readonly TfliteSubgraph[];
  readonly metadata: readonly TfliteMetadata[];
  readonly signatureDefs: readonly TfliteSignature[];
}

export interface TfliteSubgraph {
  readonly index: number;
  readonly name: string;
  readonly tensors: readonly TfliteTensor[];
  /** Tensor indices. A constant may be listed. */
  readonly inputs: readonly number[];
  /** Tensor indices. */
  readonly outputs: readonly number[];
  /** In execution order: an operator reads inputs, constants, variables and outputs of earlier operators only. */
  readonly operators: readonly TfliteOperator[];
}

/** Affine parameters: real = scale * (quantized - zeroPoint), one pair, or one per slice along `axis`. */
export type TfliteQuantization =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'affine';
      /** Exact float32 values. For integer types finite and above 0. */
      readonly scales: readonly number[];
      /** As many as scales, inside the range of the type. */
      readonly zeroPoints: readonly number[];
      /** In range of the shape; 0 when there is one scale. */
      readonly axis: number;
    }
  /** A scheme of another kind, by the name of its table. */
  | { readonly kind: 'other'; readonly scheme: string };

export interface TfliteTensor {
  readonly index: number;
  readonly name: string;
  readonly dtype: TfliteDtype;
  /** Non-negative; dynamic dimensions have the placeholder the converter wrote (1). Empty for scalars and unknown ranks. */
  readonly shape: readonly number[];
  /** The shape with -1 for dynamic dimensions, same rank; null where the file has none. */
  readonly shapeSignature: readonly number[] | null;
  readonly quantization: TfliteQuantization;
  /** State that lives from one inference to the next. */
  readonly isVariable: boolean;
  /**
   * Little-endian elements, possibly unaligned: copy before making a typed array of it. Its length agrees with shape and dtype
   * unless the tensor is sparse or has elements of no fixed size. Null when the file has no data for the tensor.
   */
  readonly data: Uint8Array | null;
  /** Whether `data` is in the sparse encoding. */
  readonly sparsity: boolean;
}

/** Value of an option: scalars as numbers or booleans, enumerations by name, byte vectors as views. */
export type TfliteOptionValue = number | boolean | string | readonly unknown[] | Uint8Array | object | null;

export interface TfliteOperator {
  /** Position in the subgraph. */
  readonly index: number;
  readonly name: EnumValue<'BuiltinOperator'>;
  /** The name of a CUSTOM operator, null for the others. */
  readonly customCode: string | null;
  readonly version: number;
  /** Tensor indices, -1 for an absent optional input. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Tensor indices, -1 for absent. */
  readonly intermediates: readonly number[];
  /** Name of the option table, `unknown-<code>` for one newer than our schema, null when the operator has none. */
  readonly optionsType: string | null;
  /** All fields of the option table with the names of the schema; see `optionsOf` for a typed view. */
  readonly options: Readonly<Record<string, TfliteOptionValue>> | null;
  /** FlexBuffer of a CUSTOM operator, empty when absent. */
  readonly customOptions: Uint8Array;
}

export interface TfliteMetadata {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Names for inputs and outputs of a subgraph, as the training framework called them. */
export interface TfliteSignature {
  readonly key: string;
  readonly subgraphIndex: number;
  readonly inputs: readonly TfliteSignatureTensor[];
  readonly outputs: readonly TfliteSignatureTensor[];
}

export interface TfliteSignatureTensor {
  readonly name: string;
  readonly tensorIndex: number;
}
