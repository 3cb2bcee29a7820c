import { dimension } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import { type Bound, isOperand, type OperandSequence } from '../../value.ts';
import type { Operand } from '../../writer.ts';
import { concatenated, elementAt, sliceAlong, stacked } from '../movement/along-axis.ts';

/** Sequences and optionals: lists of tensors that exist while translating. Positions in them must be constants. */

const construct: TranslateOperator = (context) => bindSequence(context, context.inputs());

const empty: TranslateOperator = (context) => {
  context.ignore('dtype');
  bindSequence(context, []);
};

const insert: TranslateOperator = (context) => {
  const { items } = sequence(context, 0);
  const at = position(context, 2, items.length, items.length) ?? items.length;
  bindSequence(context, items.toSpliced(at, 0, context.input(1)));
};

const erase: TranslateOperator = (context) => {
  const { items } = sequence(context, 0);
  const at = position(context, 1, items.length, items.length - 1) ?? items.length - 1;
  bindSequence(context, items.toSpliced(existing(context, items, at), 1));
};

const at: TranslateOperator = (context) => {
  const { items } = sequence(context, 0);
  const item = items[existing(context, items, position(context, 1, items.length, items.length - 1) ?? -1)];
  if (item !== undefined) context.bind(item);
};

const length: TranslateOperator = (context) => {
  const count = BigInt(sequence(context, 0).items.length);
  context.bind(context.literal({ type: tensorType('int64', []), data: BigInt64Array.of(count) }));
};

/** Parts of equal size (a scalar; the last may be smaller), of given sizes, or single slices, which may lose their axis. */
const split: TranslateOperator = (context) => {
  const input = context.input(0);
  const axis = context.axis(context.int('axis', 0), input.type.shape.length);
  const total = dimension(input.type.shape, axis);
  const keeps = context.int('keepdims', 1) !== 0;
  if (context.optional(1) === null) {
    context.claim(total);
    const slices = Array.from({ length: total }, (_, i) => {
      return keeps ? sliceAlong(context, input, axis, i, 1) : elementAt(context, input, axis, i);
    });
    bindSequence(context, slices);
    return;
  }
  const given = context.integers(1, 'the sizes');
  const [each = 0] = given;
  const isScalar = context.constant(1, 'the sizes').type.shape.length === 0;
  if (isScalar && each < 1) throw context.invalid(`parts of size ${each}`);
  const sizes = isScalar
    ? Array.from({ length: Math.ceil(total / each) }, (_, i) => Math.min(each, total - i * each))
    : given;
  if (sizes.some((size) => size < 1) || sizes.reduce((sum, size) => sum + size, 0) !== total) {
    throw context.invalid(`axis ${axis} of size ${total} does not split into ${sizes.join(', ')}`);
  }
  let start = 0;
  const parts = sizes.map((size) => {
    start += size;
    return sliceAlong(context, input, axis, start - size, size);
  });
  bindSequence(context, parts);
};

const concatFrom: TranslateOperator = (context) => {
  const { items } = sequence(context, 0);
  const axis = context.int('axis', 0);
  const join = context.int('new_axis', 0) !== 0 ? stacked : concatenated;
  context.bind(join(context, items, axis));
};

/** Optional: its operand, or nothing. */
const optional: TranslateOperator = (context) => {
  context.ignore('type');
  context.bind(context.bound(0));
};

const hasElement: TranslateOperator = (context) => {
  const value = context.bound(0);
  const isThere = isOperand(value) || value.kind !== 'absent';
  context.bind(context.literal({ type: tensorType('bool', []), data: Uint8Array.of(isThere ? 1 : 0) }));
};

const getElement: TranslateOperator = (context) => {
  const value = context.bound(0);
  if (!isOperand(value) && value.kind === 'absent') throw context.invalid('the optional has no value');
  context.bind(value);
};

function bindSequence(context: OperatorContext, items: readonly Operand[]): void {
  const value: Bound = { kind: 'sequence', items };
  context.bind(value);
}

function sequence(context: OperatorContext, index: number): OperandSequence {
  const value = context.bound(index);
  if (!isOperand(value) && value.kind === 'sequence') return value;
  throw context.invalid(`input ${index} is no sequence`);
}

/** A position among `count` items that may count from the end; null where the input is absent. */
function position(context: OperatorContext, index: number, count: number, last: number): number | null {
  if (context.optional(index) === null) return null;
  const [given = 0] = context.integers(index, 'the position');
  const at = given < 0 ? given + count : given;
  if (at < 0 || at > last) throw context.invalid(`position ${given} does not exist among ${count}`);
  return at;
}

function existing(context: OperatorContext, items: readonly Operand[], at: number): number {
  if (at >= 0 && at < items.length) return at;
  throw context.invalid(`the sequence has ${items.length} items, so there is none to take`);
}

export const sequences: readonly (readonly [string, TranslateOperator])[] = [
  ['SequenceConstruct', construct],
  ['SequenceEmpty', empty],
  ['SequenceInsert', insert],
  ['SequenceErase', erase],
  ['SequenceAt', at],
  ['SequenceLength', length],
  ['SplitToSequence', split],
  ['ConcatFromSequence', concatFrom],
  ['Optional', optional],
  ['OptionalHasElement', hasElement],
  ['OptionalGetElement', getElement],
];
