import { type Shape, shapesEqual } from '../../../../tensor/shape.ts';
import type { OperatorContext } from '../../context.ts';
import type { Operand } from '../../writer.ts';

/** `count` elements of `input` along `axis` from `start` on, `step` apart; a step of 0 repeats one. */
export function sliceAlong(
  context: OperatorContext,
  input: Operand,
  axis: number,
  start: number,
  count: number,
  step = 1,
): Operand {
  const { shape } = input.type;
  const attributes = {
    begin: shape.map((_, i) => (i === axis ? start : 0)),
    size: shape.map((size, i) => (i === axis ? count : size)),
    strides: shape.map((_, i) => (i === axis && count > 1 ? step : 1)),
  };
  return context.write({ type: 'slice', attributes }, [input]);
}

/** As `sliceAlong`; where that is all of `input`, `input` itself, without a node. */
export function partOf(
  context: OperatorContext,
  input: Operand,
  axis: number,
  start: number,
  count: number,
  step = 1,
): Operand {
  if (start === 0 && count === input.type.shape[axis] && step === 1) return input;
  return sliceAlong(context, input, axis, start, count, step);
}

/** The part of `input` of shape `size` from `begin` on. Where that is all of it, `input` itself. */
export function boxOf(context: OperatorContext, input: Operand, begin: readonly number[], size: Shape): Operand {
  if (shapesEqual(size, input.type.shape)) return input;
  return context.write({ type: 'slice', attributes: { begin, size, strides: size.map(() => 1) } }, [input]);
}

/** Slice `position` of `input` along `axis`, which the result does not have. */
export function elementAt(context: OperatorContext, input: Operand, axis: number, position: number): Operand {
  const part = sliceAlong(context, input, axis, position, 1);
  return context.reshape(
    part,
    input.type.shape.filter((_, i) => i !== axis),
  );
}

/** The operands one after another along `axis`; a problem where they do not fit. */
export function concatenated(context: OperatorContext, operands: readonly Operand[], axis: number): Operand {
  const [first] = operands;
  if (first === undefined) throw context.unsupported('nothing to concatenate', 'export the model with 1 part or more');
  const at = context.axis(axis, first.type.shape.length);
  if (operands.length === 1) return first;
  return context.write({ type: 'concat', attributes: { axis: at } }, operands);
}

/** Operands of one shape on top of each other along a new `axis`, which may count from the end of the result. */
export function stacked(context: OperatorContext, operands: readonly Operand[], axis: number): Operand {
  const shape = operands[0]?.type.shape ?? [];
  if (operands.some((operand) => !shapesEqual(operand.type.shape, shape))) {
    throw context.unsupported('slices of different shapes to stack', 'export the model with slices of one shape');
  }
  const at = context.axis(axis, shape.length + 1);
  const slice = [...shape.slice(0, at), 1, ...shape.slice(at)];
  return concatenated(
    context,
    operands.map((operand) => context.reshape(operand, slice)),
    at,
  );
}
