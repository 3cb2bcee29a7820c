/**
 * Sums products for one output element at a time, in the arithmetic of the tensors' dtypes.
 * The walk over windows belongs to the operator; the numbers belong here.
 */
export interface Accumulator {
  /** Adds the products of `count` consecutive inputs from offset `input` and weights from offset `weight`. */
  product(input: number, weight: number, count: number): void;
  /** Finishes output element `output`, of channel `channel` and batch `batch`, and begins the next one. */
  emit(output: number, channel: number, batch: number): void;
}
