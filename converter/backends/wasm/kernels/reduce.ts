import { arithmeticOf } from '../../../ops/arithmetic.ts';
import { at } from '../../../ops/definition.ts';
import { type ReduceAttributes, reduceConstants, reducedCount } from '../../../ops/reduce.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { type Shape, stridesOf } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { unsupported } from '../../kernel.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, zeroPointOf } from '../operand.ts';
import { planRequantization } from '../packing/requantization.ts';
import {
  floatReduce,
  integerExtreme,
  integerSum,
  type ReduceLoop,
  type Reduction,
  wholeReduce,
} from '../routines/reduce.ts';
import { wholeFold } from '../routines/whole.ts';

/** The loops of a reduction, adjoining axes of one kind joined. */
function reductionOf({ axes }: ReduceAttributes, shape: Shape): Reduction {
  const strides = stridesOf(shape);
  const merged: { readonly loop: ReduceLoop; readonly isReduced: boolean }[] = [];
  shape.forEach((count, axis) => {
    if (count === 1) return;
    const isReduced = axes.includes(axis);
    const last = merged.at(-1);
    const joins = last !== undefined && last.isReduced === isReduced;
    if (joins) merged.pop();
    const total = joins ? last.loop.count * count : count;
    merged.push({ loop: { count: total, step: at(strides, axis) }, isReduced });
  });
  const last = merged.at(-1);
  const run = last === undefined || last.isReduced ? 1 : last.loop.count;
  const loops = run === 1 ? merged : merged.slice(0, -1);
  return {
    kept: loops.filter(({ isReduced }) => !isReduced).map(({ loop }) => loop),
    reduced: loops.filter(({ isReduced }) => isReduced).map(({ loop }) => loop),
    run,
  };
}

/** Loops over the kept and the reduced axes, in bytes. */
function foldLoops({ axes }: ReduceAttributes, { shape, dtype }: TensorType) {
  const strides = stridesOf(shape);
  const loops = shape.map((count, axis) => ({ count, steps: [at(strides, axis) * dtypeBytes[dtype]] }));
  return {
    kept: loops.filter((_, axis) => !axes.includes(axis)),
    reduced: loops.filter((_, axis) => axes.includes(axis)),
  };
}

/** A vector of outputs at a time, or one where the last axis is reduced. */
export const reduce: WasmKernel<'reduce'> = {
  problem(step) {
    const { type } = inputOf(step, 0);
    const { dtype } = type;
    const { kind } = step.op.attributes;
    if (dtype === 'float32' || dtype === 'int8') return null;
    if (arithmeticOf(type) === 'whole' && !(dtype.endsWith('int64') && kind === 'mean')) return null;
    return unsupported(`"${kind}" of ${dtype} elements is not supported`, 'use float32 or int8');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step, rounding } = emitter;
    const { attributes } = step.op;
    const { kind } = attributes;
    const input = inputOf(step, 0).type;
    const output = outputOf(step).type;
    const reduction = reductionOf(attributes, input.shape);
    const count = reducedCount(attributes, input.shape);
    const values = { input: emitter.input(0), output: emitter.output };
    if (input.dtype === 'float32') return emitter.call(floatReduce, { reduction, kind, count }, values);
    if (input.dtype === 'int32' && kind !== 'mean') return emitter.call(wholeReduce, { reduction, kind }, values);
    if (arithmeticOf(input) === 'whole') {
      const config = { kind, dtype: input.dtype, ...foldLoops(attributes, input), count };
      return emitter.call(wholeFold, config, values);
    }
    if (kind === 'max' || kind === 'min') return emitter.call(integerExtreme, { reduction, kind }, values);
    const { offset, factor, outputZero, bounds } = reduceConstants(attributes, input, output, rounding);
    const largest = count * Math.max(128 + zeroPointOf(input), 127 - zeroPointOf(input));
    const { form, shift, vectors } = planRequantization([factor], [largest], rounding);
    const constants = { form, shift, values: vectors.map((vector) => vector[0] ?? 0) };
    emitter.call(integerSum, { reduction, offset, zero: outputZero, ...bounds, ...constants }, values);
  },
};
