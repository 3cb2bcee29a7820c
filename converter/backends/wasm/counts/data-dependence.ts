import type { OpType } from '../../../ops/op.ts';

const hybrid = 'a hybrid layer does not scale a batch of zeros';

/**
 * Where numbers decide what the kernel of an operator executes, and not shapes alone; null where they never do. What `moduleInstructions`
 * says of a step is exact then; of others it counts both ways half, and one round of a loop that numbers end.
 */
export const dataDependence: { readonly [T in OpType]: string | null } = {
  'conv-2d': hybrid,
  'depthwise-conv-2d': hybrid,
  'fully-connected': hybrid,
  matmul: null,
  'pool-2d': null,
  reduce: null,
  softmax: 'the power of e in fixed point ends early where the exponent is 0',
  'log-softmax': 'the logarithm in fixed point is cut off at the ends of its range',
  zip: 'powers, angles and remainders reduce large arguments',
  map: 'functions of real numbers reduce large arguments, and take other polynomials near 0',
  pad: null,
  concat: null,
  reshape: null,
  transpose: null,
  slice: null,
  gather: null,
  scatter: 'an update outside of the tensor is left out',
  'arg-reduce': null,
  'top-k': 'an element moves past as many as are smaller',
  cumulative: null,
  cast: null,
  'resize-bilinear': null,
  compare: null,
  select: null,
  recurrent: null,
  'integer-lstm': null,
  quantize: null,
  dequantize: null,
  requantize: null,
};
