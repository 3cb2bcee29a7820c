import { at } from '../../../ops/definition.ts';
import { type PadAttributes, padElement } from '../../../ops/pad.ts';
import { firstOverlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { dimension, elementCount, type Shape, stridesOf } from '../../../tensor/shape.ts';
import type { CKernel } from '../kernel.ts';
import { doubleLiteral, floatLiteral, intLiteral } from '../literal.ts';
import { COPIED_AT_ONCE } from '../movement.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { c } from '../quote.ts';

/** Writes the output from its first element to its last: padding, runs of the input, padding. */
export const pad: CKernel<'pad'> = {
  problem: () => null,
  overlaps({ attributes }, inputs, outputs) {
    const { shape, dtype } = at(inputs, 0);
    // The last run is furthest ahead: it ends where only padding follows, and no memcpy may reach into what it reads.
    const strides = stridesOf(at(outputs, 0).shape);
    const end = shape.reduce((sum, n, axis) => sum + (at(attributes.before, axis) + n - 1) * (strides[axis] ?? 0), 1);
    const run = runElements(attributes, shape);
    const left = run < COPIED_AT_ONCE ? 0 : run;
    return firstOverlaps((end - elementCount(shape) + left) * dtypeBytes[dtype], inputs, outputs);
  },
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    const { attributes } = step.op;
    const element = elementType(output.type);
    const value = padElement(attributes, output.type);
    const literal = element === 'float' ? floatLiteral : element === 'double' ? doubleLiteral : intLiteral;
    return {
      stem: 'pad',
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: axisText(attributes, input.type.shape, stridesOf(output.type.shape), literal(value), 0),
      headers: Number.isFinite(value) ? [] : ['math.h'],
    };
  },
};

/** Elements of the input that stay side by side: those of all axes behind the last padded one, and of that one. */
function runElements(attributes: PadAttributes, shape: Shape): number {
  return elementCount(shape.slice(Math.max(0, lastPadded(attributes))));
}

function lastPadded({ before, after }: PadAttributes): number {
  return before.reduce((last, count, axis) => (count > 0 || at(after, axis) > 0 ? axis : last), -1);
}

/** Statements that write one element of axis `axis - 1`, from where input and output stand. */
function axisText(
  attributes: PadAttributes,
  shape: Shape,
  strides: readonly number[],
  value: string,
  axis: number,
): string {
  const stride = strides[axis] ?? 1;
  const [before, after] = [attributes.before[axis] ?? 0, attributes.after[axis] ?? 0];
  const isLast = axis >= lastPadded(attributes);
  const inner = isLast
    ? runText(runElements(attributes, shape))
    : loopText(`i${axis}`, dimension(shape, axis), axisText(attributes, shape, strides, value, axis + 1));
  const fill = (count: number) => (count === 0 ? '' : loopText('i', count * stride, `*output++ = ${value};`));
  return c`
    ${fill(before)}
    ${inner}
    ${fill(after)}
  `;
}

function runText(count: number): string {
  if (count < COPIED_AT_ONCE) return loopText('i', count, '*output++ = *input++;');
  return c`
    memcpy(output, input, ${count} * sizeof *output);
    input += ${count};
    output += ${count};
  `;
}

function loopText(variable: string, count: number, body: string): string {
  if (count === 1) return body;
  return c`
    for (int32_t ${variable} = 0; ${variable} < ${count}; ${variable}++) {
        ${body}
    }
  `;
}
