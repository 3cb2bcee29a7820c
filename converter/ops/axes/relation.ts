import type { Shape } from '../../tensor/shape.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import type { OpAttributes, OpType } from '../op.ts';

/**
 * How places along the axes of an operator's operands depend on each other, when some of them are to leave the model for good: as if
 * the slab of elements at that place had never been there.
 */

/** An axis (not negative) of input or output number `index`. */
export interface OperandAxis {
  readonly side: 'input' | 'output';
  readonly index: number;
  readonly axis: number;
}

/** Places `from`, `from + step`, ... along an axis. */
export interface Run {
  readonly of: OperandAxis;
  readonly from: number;
  readonly step: number;
}

export type AxisRelation =
  /** Place i of one run and place i of the other leave together, for `count` places. */
  | { readonly kind: 'tied'; readonly a: Run; readonly b: Run; readonly count: number }
  /** No place along the axis may leave. `reason` is a clause about the channels: "softmax divides by the sum over them". */
  | { readonly kind: 'fixed'; readonly of: OperandAxis; readonly reason: string }
  /**
   * Adjacent axes of an input become adjacent axes of an output of as many elements, in row-major order. Of two or more axes longer
   * than 1 on a side only one can have places that leave; which one, the neighbours of the operator decide.
   */
  | {
      readonly kind: 'regrouped';
      readonly inputAxes: readonly OperandAxis[];
      readonly outputAxes: readonly OperandAxis[];
    }
  /** Matrices lie along this axis one after the other and are multiplied each on its own: heads of attention. */
  | { readonly kind: 'batch'; readonly of: OperandAxis }
  /** The rows of the weights along `weights` make or carry the channels along `output`; both are tied. */
  | {
      readonly kind: 'makes' | 'carries';
      readonly weights: OperandAxis;
      readonly output: OperandAxis;
    }
  /** The operator sums over the places along `input`, each times the weights at the tied place along `weights`. */
  | { readonly kind: 'sums'; readonly weights: OperandAxis; readonly input: OperandAxis };

/** What is known of an operand: its type, and whether it is a constant. */
export interface Operand {
  readonly type: TensorType;
  readonly constant: boolean;
}

/** Which places along the axes of an operand stay; axes without an entry stay whole. */
export type KeptPlaces = (operand: OperandAxis) => readonly boolean[] | null;

/** The axis rule of one operator. */
export interface AxisRule<Attributes> {
  /** Relations of all places that may leave. An axis that no relation names is not fixed. */
  relations(attributes: Attributes, inputs: readonly Operand[], outputs: readonly Operand[]): readonly AxisRelation[];
  /**
   * The attributes once places have left. `outputs` are the shapes that are left. What the relations tie has left together.
   */
  narrowed(attributes: Attributes, kept: KeptPlaces, outputs: readonly Shape[]): Attributes;
}

export type AxisRules = { readonly [T in OpType]: AxisRule<OpAttributes[T]> };

export const inputAxis = (index: number, axis: number): OperandAxis => ({ side: 'input', index, axis });
export const outputAxis = (index: number, axis: number): OperandAxis => ({ side: 'output', index, axis });

/** The whole of two axes, place by place. */
export function tied(a: OperandAxis, b: OperandAxis, count: number): AxisRelation {
  return { kind: 'tied', a: { of: a, from: 0, step: 1 }, b: { of: b, from: 0, step: 1 }, count };
}

export function fixed(of: OperandAxis, reason: string): AxisRelation {
  return { kind: 'fixed', of, reason };
}

/** Every axis of all inputs and outputs stays whole. */
export function allFixed(inputs: readonly Operand[], outputs: readonly Operand[], reason: string): AxisRelation[] {
  const axesOf = (side: OperandAxis['side'], operands: readonly Operand[]) =>
    operands.flatMap(({ type }, index) => type.shape.map((_, axis) => fixed({ side, index, axis }, reason)));
  return [...axesOf('input', inputs), ...axesOf('output', outputs)];
}
