import { elementCount, formatShape, type Shape, shapesEqual } from '../tensor/shape.ts';
import { dataAs, type Tensor, type TensorType, zeros } from '../tensor/tensor.ts';
import { arity, everyDtype, firstOf, sameDtype, sameQuantization } from './check.ts';
import { at, type OpDefinition } from './definition.ts';
import { type GatherPlan, gatherPlan } from './gather.ts';
import { zipReal, zipWhole } from './zip-function.ts';

/** What an update does to the element that it meets: it replaces it, or joins it. */
export type ScatterReduction = 'none' | 'add' | 'mul' | 'max' | 'min';

/**
 * A copy of `data` [A..., D1..Dcount, B...] in which `updates` [A..., I..., B...] went to the places `indices` [I..., count], which
 * are int32: the last axis of the indices holds one place along each of the `count` axes from `axis` on, as for `gather`. Updates take
 * effect in the order of the indices, so that of several for one place the last one stays, or all are joined in this order.
 *
 * A tuple with an index outside of its axis takes no effect: no input makes a kernel write elsewhere.
 */
export interface ScatterAttributes {
  readonly axis: number;
  readonly count: number;
  readonly reduction: ScatterReduction;
}

/** The same loops as a gather, whose source is the target here. */
export function scatterPlan({ axis, count }: ScatterAttributes, data: Shape, indices: Shape): GatherPlan {
  return gatherPlan({ axis, count }, data, indices);
}

function outputShape({ axis, count }: ScatterAttributes, inputs: readonly TensorType[]): Shape {
  const [data, indices, updates] = [at(inputs, 0).shape, at(inputs, 1).shape, at(inputs, 2).shape];
  if (!Number.isInteger(axis) || axis < 0 || !Number.isInteger(count) || count < 1 || axis + count > data.length) {
    throw new RangeError(`${count} axes from axis ${axis} on are not in shape ${formatShape(data)}`);
  }
  if (indices.length === 0 || indices.at(-1) !== count) {
    throw new RangeError(`the last axis of the indices ${formatShape(indices)} must be of size ${count}`);
  }
  const wanted = [...data.slice(0, axis), ...indices.slice(0, -1), ...data.slice(axis + count)];
  if (!shapesEqual(wanted, updates)) {
    throw new RangeError(`the updates have shape ${formatShape(updates)}, not ${formatShape(wanted)}`);
  }
  return data;
}

/** The element that stays where `update` meets `old`; whole numbers wrap. */
function joined(reduction: ScatterReduction, old: number | bigint, update: number | bigint, real: boolean) {
  if (reduction === 'none') return update;
  if (real) return zipReal(reduction, Number(old), Number(update));
  const whole = zipWhole(reduction, BigInt(old), BigInt(update));
  return typeof old === 'bigint' ? BigInt.asIntN(64, whole) : Number(BigInt.asIntN(32, whole));
}

function evaluateInto(output: Tensor, attributes: ScatterAttributes, places: Tensor, updates: Tensor): void {
  const { outer, outerStride, rows, axes, inner } = scatterPlan(attributes, output.type.shape, places.type.shape);
  const indices = dataAs(places, 'int32');
  const real = output.type.dtype === 'float32';
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let row = 0; row < rows; row++, from += inner) {
      const tuple = axes.map((_, i) => at(indices, row * axes.length + i));
      if (tuple.some((index, i) => index < 0 || index >= at(axes, i).size)) continue;
      const to = tuple.reduce((sum, index, i) => sum + index * at(axes, i).stride, o * outerStride);
      for (let i = 0; i < inner; i++) {
        const [old, update] = [at<number | bigint>(output.data, to + i), at<number | bigint>(updates.data, from + i)];
        output.data[to + i] = joined(attributes.reduction, old, update, real);
      }
    }
  }
}

/** Elements of any dtype and one scale; joined only as float32, int32 and int64. */
export const scatter: OpDefinition<ScatterAttributes> = {
  inputNames: ['data', 'indices', 'updates'],
  variadic: false,
  channelRule: () => 'opaque',
  outputShapes: (attributes, inputs) => [outputShape(attributes, inputs)],

  violations({ reduction }, inputs, outputs) {
    const moved = [...inputs.slice(0, 1), ...inputs.slice(2), ...outputs];
    return firstOf(
      () => arity(inputs, 3, outputs),
      () => (at(inputs, 1).dtype === 'int32' ? [] : [`indices have dtype ${at(inputs, 1).dtype}; use int32`]),
      () => sameDtype(moved, reduction === 'none' ? everyDtype : ['float32', 'int32', 'int64']),
      () => sameQuantization(moved),
      () => (at(inputs, 0).quantization.kind === 'per-channel' ? ['scales per channel cannot be scattered'] : []),
    );
  },

  evaluate(attributes, inputs, outputs) {
    const output = zeros(at(outputs, 0));
    at(inputs, 0).data.forEach((value: number | bigint, i: number) => {
      output.data[i] = value;
    });
    evaluateInto(output, attributes, at(inputs, 1), at(inputs, 2));
    return [output];
  },

  cost: (_, inputs) => ({
    macs: 0,
    elements: elementCount(at(inputs, 0).shape) + elementCount(at(inputs, 2).shape),
  }),
};
