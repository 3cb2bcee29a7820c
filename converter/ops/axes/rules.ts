import { at } from '../definition.ts';
import type { Op, OpAttributes, OpType } from '../op.ts';
import { along, elementwise } from './elementwise.ts';
import { concatAxes, gatherAxes, padAxes, reduceAxes, reshapeAxes, sliceAxes, transposeAxes } from './movement.ts';
import { conv2dAxes, depthwiseConv2dAxes, fullyConnectedAxes, matmulAxes } from './products.ts';
import {
  type AxisRelation,
  type AxisRule,
  type AxisRules,
  allFixed,
  fixed,
  inputAxis,
  type KeptPlaces,
  type Operand,
  outputAxis,
  tied,
} from './relation.ts';

/** Batch and channels of an image go through; rows and columns are computed along. */
function imageRule<Attributes>(): AxisRule<Attributes> {
  return {
    relations: (_, inputs) =>
      at(inputs, 0).type.shape.flatMap((size, axis): AxisRelation[] => {
        if (axis === 0 || axis === 3) return [tied(inputAxis(0, axis), outputAxis(0, axis), size)];
        const reason = 'they are rows or columns of an image';
        return [fixed(inputAxis(0, axis), reason), fixed(outputAxis(0, axis), reason)];
      }),
    narrowed: (attributes) => attributes,
  };
}

/** All places stay. `recurrent` layers make their outputs with weights, so that these are listed among what cannot leave. */
function barrier<Attributes>(reason: string, recurrentWeights: number | null): AxisRule<Attributes> {
  return {
    relations(_, inputs, outputs) {
      const all = allFixed(inputs, outputs, reason);
      if (recurrentWeights === null) return all;
      const weights = inputAxis(recurrentWeights, 0);
      return [
        ...all,
        ...outputs.map(({ type }, index): AxisRelation => {
          return { kind: 'makes', weights, output: outputAxis(index, type.shape.length - 1) };
        }),
      ];
    },
    narrowed: (attributes) => attributes,
  };
}

/** What each operator says of the axes of its operands. A new operator does not compile before it has said so. */
export const axisRules: AxisRules = {
  'conv-2d': conv2dAxes,
  'depthwise-conv-2d': depthwiseConv2dAxes,
  'fully-connected': fullyConnectedAxes,
  matmul: matmulAxes,
  'pool-2d': imageRule(),
  reduce: reduceAxes,
  softmax: along(
    (_, rank) => rank - 1,
    () => 'softmax divides by a sum over them',
  ),
  'log-softmax': along(
    (_, rank) => rank - 1,
    () => 'log-softmax subtracts a sum over them',
  ),
  zip: elementwise(),
  map: elementwise(),
  pad: padAxes,
  concat: concatAxes,
  reshape: reshapeAxes,
  transpose: transposeAxes,
  slice: sliceAxes,
  gather: gatherAxes,
  scatter: barrier('their places are written by number', null),
  'arg-reduce': {
    relations({ kind, axis }, inputs) {
      const { shape } = at(inputs, 0).type;
      return shape.flatMap((size, from): AxisRelation[] => {
        if (from === axis) return [fixed(inputAxis(0, axis), `the place of the ${kind}imum among them is wanted`)];
        return [tied(inputAxis(0, from), outputAxis(0, from < axis ? from : from - 1), size)];
      });
    },
    narrowed: (attributes) => attributes,
  },
  'top-k': along(
    ({ axis }) => axis,
    ({ largest }) => `the ${largest ? 'largest' : 'smallest'} of them are picked`,
  ),
  cumulative: along(
    ({ axis }) => axis,
    ({ kind }) => `a running ${kind} goes along them`,
  ),
  cast: elementwise(),
  'resize-bilinear': imageRule(),
  compare: elementwise(),
  select: elementwise(),
  recurrent: barrier('a recurrent layer carries them from step to step', 2),
  'integer-lstm': barrier('a recurrent layer carries them from step to step', 2),
  quantize: elementwise(),
  dequantize: elementwise(),
  requantize: elementwise(),
};

/** The relations of one node's operands. */
export function axisRelations<T extends OpType>(
  op: Op<T>,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
): readonly AxisRelation[] {
  return ruleOf(op).relations(op.attributes, inputs, outputs);
}

/** The operator with the attributes that fit operands of which some places have left. */
export function narrowedOp<T extends OpType>(
  op: Op<T>,
  kept: KeptPlaces,
  outputs: readonly (readonly number[])[],
): Op<T> {
  const attributes = ruleOf(op).narrowed(op.attributes, kept, outputs);
  return { ...op, attributes };
}

function ruleOf<T extends OpType>(op: Op<T>): AxisRule<OpAttributes[T]> {
  return axisRules[op.type];
}
