import { allocate, type DType, integerRange, isQuantizedDType } from '../../../converter/tensor/dtype.ts';
import { elementCount } from '../../../converter/tensor/shape.ts';
import type { Tensor, TensorType } from '../../../converter/tensor/tensor.ts';

/** A seeded sequence of numbers in [0, 1): mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.whole(0, choices.length - 1)] ?? choices[0];
  }

  /** A tensor of any stored values; float32 in [-2, 2], int32 in +-`magnitude`; int64 as int32 or up to 2^20 times that. */
  tensor(type: TensorType, magnitude = 2000): Tensor {
    const data = allocate(type.dtype, elementCount(type.shape));
    for (let i = 0; i < data.length; i++) {
      if (data instanceof BigInt64Array) data[i] = BigInt(this.whole(-magnitude, magnitude)) * this.#wide();
      else data[i] = this.#element(type.dtype, magnitude);
    }
    return { type, data };
  }

  #wide(): bigint {
    return this.whole(0, 2) === 0 ? BigInt(this.whole(1, 2 ** 20)) : 1n;
  }

  #element(dtype: DType, magnitude: number): number {
    if (dtype === 'float32') return Math.fround(this.next() * 4 - 2);
    if (dtype === 'int32') return this.whole(-magnitude, magnitude);
    const { min, max } = integerRange[isQuantizedDType(dtype) ? dtype : 'uint8'];
    return this.whole(min, max);
  }
}
