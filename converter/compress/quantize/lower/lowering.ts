import type { Node } from '../../../ir/graph.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ActivationFormat } from '../format.ts';
import type { RangeOf } from './encodings.ts';
import type { StoredWeights, StoreWeights } from './weights.ts';

/** How a float graph becomes one on integers. */
export interface Lowering {
  /** The format wished for each node; what an operator cannot do stays real. */
  readonly formatOf: (node: Node) => ActivationFormat;
  readonly rangeOf: RangeOf;
  /** How the weights of each node become integers. */
  readonly weightsOf: (node: Node) => StoreWeights;
  /** Added to the float bias of a node, one number for each output channel, once its weights are stored; null for nothing. */
  readonly biasShiftOf: (node: Node, weights: Tensor, stored: StoredWeights) => Float64Array | null;
  /** Whether inputs and outputs of the model are stored integers too, or float32. */
  readonly ports: 'stored' | 'real';
}

/** A node that stays real, and why. */
export interface KeptReal {
  readonly node: Node;
  readonly reason: string;
}
