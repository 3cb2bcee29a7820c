import { dimension, elementCount } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { matrixProduct } from './product.ts';

/** An operand with a label for each of its axes, all different. */
interface Labelled {
  readonly operand: Operand;
  readonly labels: readonly string[];
}

/**
 * Einsum by the rules of NumPy: operands are multiplied two at a time, axes that nothing later reads are summed. A label stands for one
 * size; only axes of an ellipsis broadcast.
 */
const einsum: TranslateOperator = (context) => {
  const operands = context.inputs();
  context.floatOnly(...operands);
  const equation = context.string('equation', '').replace(/\s+/g, '');
  const [left = '', right, ...more] = equation.split('->');
  const terms = left.split(',');
  const ok = [...terms, right ?? ''].every((term) => /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term));
  if (!ok || more.length > 0 || terms.length !== operands.length)
    throw context.invalid(`the equation "${equation}" does not fit ${operands.length} operands`);
  const labelled = operands.map((operand, i) => ({ operand, labels: labelsOf(context, terms[i] ?? '', operand) }));
  const output = outputLabels(context, terms, right, labelled);
  checkSizes(context, labelled);
  const diagonal = labelled.map((one) => withoutRepeats(context, one));
  const [first, ...rest] = diagonal;
  if (first === undefined) throw context.invalid('it has no operands');
  const later = (from: number) => new Set([...output, ...diagonal.slice(from).flatMap(({ labels }) => labels)]);
  const result = rest.reduce((a, b, i) => contracted(context, a, b, later(i + 2)), first);
  context.bind(ordered(context, summed(context, result, new Set(output)), output));
};

/** The labels of a term; the axes of an ellipsis are `.1`, `.2`, ... counted from the last one. */
function labelsOf(context: OperatorContext, term: string, { type }: Operand): string[] {
  const [before = '', after] = term.split('...');
  const rank = type.shape.length;
  const open = rank - before.length - (after?.length ?? 0);
  if (open < 0 || (after === undefined && open !== 0))
    throw context.invalid(`the term "${term}" does not fit ${rank} dimensions`);
  return [...before, ...Array.from({ length: open }, (_, i) => `.${open - i}`), ...(after ?? '')];
}

function outputLabels(
  context: OperatorContext,
  terms: readonly string[],
  right: string | undefined,
  labelled: readonly Labelled[],
): string[] {
  const open = Math.max(...labelled.map(({ labels }) => labels.filter((label) => label.startsWith('.')).length));
  const ellipsis = Array.from({ length: open }, (_, i) => `.${open - i}`);
  if (right === undefined) {
    const letters = [...terms.join('').replaceAll('.', '')];
    return [...ellipsis, ...letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort()];
  }
  const [before = '', after] = right.split('...');
  const output = [...before, ...(after === undefined ? [] : ellipsis), ...(after ?? '')];
  const known = new Set(labelled.flatMap(({ labels }) => labels));
  if (after === undefined && open > 0) throw context.invalid(`its output "${right}" lacks the ellipsis`);
  if (new Set(output).size < output.length || output.some((label) => !known.has(label)))
    throw context.invalid(`its output "${right}" repeats a label or has one of its own`);
  return output;
}

function checkSizes(context: OperatorContext, labelled: readonly Labelled[]): void {
  const sizes = new Map<string, number>();
  for (const { operand, labels } of labelled) {
    labels.forEach((label, axis) => {
      const size = dimension(operand.type.shape, axis);
      const known = sizes.get(label) ?? size;
      const broadcasts = label.startsWith('.') && (known === 1 || size === 1);
      if (known !== size && !broadcasts)
        throw context.invalid(`label ${label} stands for the sizes ${known} and ${size}`);
      sizes.set(label, Math.max(known, size));
    });
  }
}

/** Diagonals of axes with one label: they go to the end, where the diagonal is every (n + 1)-th element. */
function withoutRepeats(context: OperatorContext, one: Labelled): Labelled {
  const repeated = one.labels.find((label, axis) => one.labels.indexOf(label) !== axis);
  if (repeated === undefined) return one;
  const [p, q] = [one.labels.indexOf(repeated), one.labels.lastIndexOf(repeated)];
  const kept = one.labels.flatMap((_, axis) => (axis === p || axis === q ? [] : [axis]));
  const moved = context.transpose(one.operand, [...kept, p, q]);
  const size = dimension(one.operand.type.shape, p);
  const lead = kept.map((axis) => dimension(one.operand.type.shape, axis));
  const attributes = {
    begin: [...lead, 0].map(() => 0),
    size: [...lead, size],
    strides: [...lead.map(() => 1), size > 1 ? size + 1 : 1],
  };
  const flat = context.reshape(moved, [...lead, size * size]);
  const operand = size === 1 ? flat : context.write({ type: 'slice', attributes }, [flat]);
  const labels = [...kept.map((axis) => one.labels[axis] ?? ''), repeated];
  return withoutRepeats(context, { operand, labels });
}

/** Sums over the axes whose labels are not wanted. */
function summed(context: OperatorContext, { operand, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, axis) => (wanted.has(label) ? [] : [axis]));
  if (axes.length === 0) return { operand, labels };
  const sum = context.write({ type: 'reduce', attributes: { kind: 'sum', axes, keepDims: false } }, [operand]);
  return { operand: sum, labels: labels.filter((label) => wanted.has(label)) };
}

function ordered(context: OperatorContext, { operand, labels }: Labelled, wanted: readonly string[]): Operand {
  return context.transpose(
    operand,
    wanted.map((label) => labels.indexOf(label)),
  );
}

/** The product of two operands, summed over what they share and nobody wants. */
function contracted(
  context: OperatorContext,
  first: Labelled,
  second: Labelled,
  wanted: ReadonlySet<string>,
): Labelled {
  const a = summed(context, first, new Set([...wanted, ...second.labels]));
  const b = summed(context, second, new Set([...wanted, ...first.labels]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => wanted.has(label));
  const inner = shared.filter((label) => !wanted.has(label));
  const onlyA = a.labels.filter((label) => !shared.includes(label));
  const onlyB = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...onlyA, ...onlyB];
  const sizesOf = ({ operand, labels: own }: Labelled, list: readonly string[]) =>
    list.map((label) => dimension(operand.type.shape, own.indexOf(label)));
  const ones = (list: readonly string[]) => list.map(() => 1);
  if (inner.length === 0) {
    const x = ordered(context, a, [...batch, ...onlyA]);
    const y = ordered(context, b, [...batch, ...onlyB]);
    const wide = context.reshape(x, [...x.type.shape, ...ones(onlyB)]);
    const other = context.reshape(y, [...sizesOf(b, batch), ...ones(onlyA), ...sizesOf(b, onlyB)]);
    return { operand: context.zip('mul', wide, other), labels };
  }
  const depth = elementCount(sizesOf(a, inner));
  const [rows, columns] = [elementCount(sizesOf(a, onlyA)), elementCount(sizesOf(b, onlyB))];
  // Whichever of its two orders an operand has already costs no transpose.
  const transposeA = !inOrder(a, [...batch, ...onlyA, ...inner]) && inOrder(a, [...batch, ...inner, ...onlyA]);
  const transposeB = inOrder(b, [...batch, ...onlyB, ...inner]) && onlyB.length > 0;
  const x = ordered(context, a, transposeA ? [...batch, ...inner, ...onlyA] : [...batch, ...onlyA, ...inner]);
  const y = ordered(context, b, transposeB ? [...batch, ...onlyB, ...inner] : [...batch, ...inner, ...onlyB]);
  const left = context.reshape(x, [...sizesOf(a, batch), ...(transposeA ? [depth, rows] : [rows, depth])]);
  const right = context.reshape(y, [...sizesOf(b, batch), ...(transposeB ? [columns, depth] : [depth, columns])]);
  const result = matrixProduct(context, left, right, { transposeA, transposeB });
  const lead = result.type.shape.slice(0, -2);
  return { operand: context.reshape(result, [...lead, ...sizesOf(a, onlyA), ...sizesOf(b, onlyB)]), labels };
}

function inOrder({ labels }: Labelled, wanted: readonly string[]): boolean {
  return labels.every((label, i) => label === wanted[i]);
}

export const einsums: readonly (readonly [string, TranslateOperator])[] = [['Einsum', einsum]];
