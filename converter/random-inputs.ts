import type { Graph } from './ir/graph.ts';
import { typeOf } from './ir/graph.ts';
import { allocate, type DType } from './tensor/dtype.ts';
import { elementCount } from './tensor/shape.ts';
import { storeElement, type Tensor, type TensorType } from './tensor/tensor.ts';

/** 32-bit pseudo-random integers from a 32-bit seed: mulberry32 by Tommy Ettinger, public domain. */
function randomWords(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Small numbers for inputs that are counts or indices rather than quantized values. */
const indexLimit = 4;

/** How a random word becomes an element of each dtype, as a number; int64 elements fit too. */
function elementOf(type: TensorType): (word: number) => number {
  const isIndex = type.quantization.kind === 'none';
  const elements: { readonly [D in DType]: (word: number) => number } = {
    float32: (word) => word / 2 ** 31 - 1,
    // Bit patterns of [0.5, 1) with either sign.
    float16: (word) => 0x3800 | (word & 0x83ff),
    float64: (word) => word / 2 ** 31 - 1,
    int8: (word) => (word >>> 24) - 128,
    uint8: (word) => word >>> 24,
    int16: (word) => (word >>> 16) - 32768,
    uint16: (word) => word % indexLimit,
    int32: (word) => (isIndex ? word % indexLimit : (word >>> 16) - 32768),
    uint32: (word) => word % indexLimit,
    int64: (word) => word % indexLimit,
    uint64: (word) => word % indexLimit,
    bool: (word) => word & 1,
  };
  return elements[type.dtype];
}

/** A tensor of `type`, the same for the same seed: integers over their whole range, floats in [-1, 1). */
export function randomTensor(type: TensorType, seed: number): Tensor {
  const next = randomWords(seed);
  const element = elementOf(type);
  const data = allocate(type.dtype, elementCount(type.shape));
  for (let i = 0; i < data.length; i++) {
    storeElement(data, i, element(next()));
  }
  return { type, data };
}

/** One tensor for each input of the graph. Different seeds and different inputs give different numbers. */
export function randomInputs(graph: Graph, seed: number): Tensor[] {
  return graph.inputs.map((port, index) => randomTensor(typeOf(graph, port.value), Math.imul(seed, 7919) + index));
}
