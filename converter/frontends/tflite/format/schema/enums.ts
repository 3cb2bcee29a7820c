import { builtinOperator } from './builtin-operator.ts';

/** Element types of a tensor; the position is the code in the file. */
export const tensorType = [
  'FLOAT32',
  'FLOAT16',
  'INT32',
  'UINT8',
  'INT64',
  'STRING',
  'BOOL',
  'INT16',
  'COMPLEX64',
  'INT8',
  'FLOAT64',
  'COMPLEX128',
  'UINT64',
  'RESOURCE',
  'VARIANT',
  'UINT32',
  'UINT16',
  'INT4',
  'BFLOAT16',
  'INT2',
  'UINT4',
  'FLOAT8_E4M3FN',
  'FLOAT8_E5M2',
] as const;

/**
 * All enumerations of the format. Each starts at 0 without a gap, so that the position of a name is its value; `storage` is
 * the scalar the file holds.
 */
export const enumFacts = {
  TensorType: { storage: 'byte', names: tensorType },
  DimensionType: { storage: 'byte', names: ['DENSE', 'SPARSE_CSR'] },
  BuiltinOperator: { storage: 'int', names: builtinOperator },
  StablehloPrecisionConfig: { storage: 'uint', names: ['DEFAULT', 'HIGH', 'HIGHEST'] },
  StablehloComparisonDirection: {
    storage: 'uint',
    names: [
      'STABLEHLO_COMPARISON_DIRECTION_EQ',
      'STABLEHLO_COMPARISON_DIRECTION_NE',
      'STABLEHLO_COMPARISON_DIRECTION_GE',
      'STABLEHLO_COMPARISON_DIRECTION_GT',
      'STABLEHLO_COMPARISON_DIRECTION_LE',
      'STABLEHLO_COMPARISON_DIRECTION_LT',
    ],
  },
  StablehloComparisonType: {
    storage: 'uint',
    names: [
      'STABLEHLO_COMPARISON_TYPE_NOTYPE',
      'STABLEHLO_COMPARISON_TYPE_FLOAT',
      'STABLEHLO_COMPARISON_TYPE_FLOAT_TOTAL_ORDER',
      'STABLEHLO_COMPARISON_TYPE_SIGNED',
      'STABLEHLO_COMPARISON_TYPE_UNSIGNED',
    ],
  },
  RngAlgorithm: { storage: 'byte', names: ['DEFAULT', 'PHILOX', 'THREEFRY'] },
  Padding: { storage: 'byte', names: ['SAME', 'VALID'] },
  ActivationFunctionType: { storage: 'byte', names: ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'] },
  LSHProjectionType: { storage: 'byte', names: ['UNKNOWN', 'SPARSE', 'DENSE'] },
  FullyConnectedOptionsWeightsFormat: { storage: 'byte', names: ['DEFAULT', 'SHUFFLED4x16INT8'] },
  LSTMKernelType: { storage: 'byte', names: ['FULL', 'BASIC'] },
  CombinerType: { storage: 'byte', names: ['SUM', 'MEAN', 'SQRTN'] },
  MirrorPadMode: { storage: 'byte', names: ['REFLECT', 'SYMMETRIC'] },
  ReduceWindowFunction: { storage: 'int', names: ['UNSUPPORTED', 'ADD', 'MUL', 'MINIMUM', 'MAXIMUM', 'ALL', 'ANY'] },
  CustomOptionsFormat: { storage: 'byte', names: ['FLEXBUFFERS'] },
} as const;
