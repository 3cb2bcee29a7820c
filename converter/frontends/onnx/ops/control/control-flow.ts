import { dimension } from '../../../../tensor/shape.ts';
import { tensorType } from '../../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import { tooMuch } from '../../unroll-budget.ts';
import { absent, type Bound, isOperand } from '../../value.ts';
import type { Operand } from '../../writer.ts';
import { elementAt, stacked } from '../movement/along-axis.ts';

/**
 * Control flow that is decided while translating: conditions and trip counts that follow from constants and shapes. Branches are chosen,
 * loops unrolled.
 */

/** If: the branch that its condition chooses. */
const choice: TranslateOperator = (context) => {
  const [yes, no] = [context.graphAttribute('then_branch'), context.graphAttribute('else_branch')];
  const branch = truth(context, context.input(0), 'its condition') ? yes : no;
  bindAll(context, context.run(branch, [], ''));
};

/**
 * Loop: `M` bounds the iterations, `cond` and what the body makes of it end them; each may be absent. The body gets the iteration, the
 * condition and the carried values, and gives the next condition, the next carried values and one slice of each scan output.
 */
const loop: TranslateOperator = (context) => {
  const body = context.graphAttribute('body');
  const [bound, start] = [context.optional(0), context.optional(1)];
  const trips = bound === null ? Number.POSITIVE_INFINITY : tripCount(context);
  let carried: readonly Bound[] = context.node.inputs.slice(2).map((_, i) => context.bound(i + 2));
  if (body.outputs.length < carried.length + 1) throw context.invalid(`its body has ${body.outputs.length} outputs`);
  const scans: Operand[][] = body.outputs.slice(carried.length + 1).map(() => []);
  if (start === null && context.exceedsBudget(trips)) throw tooMuch(context.place);
  let goesOn = start === null || truth(context, start, 'its condition');
  for (let i = 0; i < trips && goesOn; i++) {
    const condition = context.literal({ type: tensorType('bool', []), data: Uint8Array.of(1) });
    const iteration = context.literal({ type: tensorType('int64', []), data: BigInt64Array.of(BigInt(i)) });
    const [next, ...results] = context.run(body, [iteration, condition, ...carried], `[${i}]`);
    carried = results.slice(0, carried.length);
    scans.forEach((slices, k) => {
      slices.push(tensorOf(context, results[carried.length + k], 'a scan output'));
    });
    if (start !== null) goesOn = truth(context, tensorOf(context, next, 'its condition'), 'its condition');
  }
  const outputs = scans.map((slices, k) =>
    slices.length > 0 ? stacked(context, slices, 0) : emptyScan(context, carried.length + k),
  );
  bindAll(context, [...carried, ...outputs]);
};

function tripCount(context: OperatorContext): number {
  const counts = context.integers(0, 'its trip count');
  const [count] = counts;
  if (count === undefined || counts.length !== 1) throw context.invalid(`${counts.length} trip counts`);
  return count;
}

/** What no iteration has given has no elements; only where nothing reads it, that is of no matter. */
function emptyScan(context: OperatorContext, output: number): Bound {
  if (!context.isRead(output)) return absent;
  const what = 'it makes no iteration, so its scan outputs have no elements';
  throw context.unsupported(what, 'export the model with a trip count of 1 or more');
}

/**
 * Scan: the body runs once for each slice of the scan inputs along their axes; states are carried, scan outputs stacked. Since operator
 * set 9 it has no batch dimension.
 */
const scan: TranslateOperator = (context) => {
  if (context.opset < 9) {
    throw context.unsupported('Scan of operator set 8, with a batch dimension', 'export the model for 9 or above');
  }
  const body = context.graphAttribute('body');
  const scanned = context.int('num_scan_inputs', 0);
  const states = context.node.inputs.length - scanned;
  if (scanned < 1 || states < 0 || body.outputs.length < states)
    throw context.invalid('its inputs do not fit its body');
  const inputs = Array.from({ length: scanned }, (_, i) => context.input(states + i));
  const scanOutputs = body.outputs.length - states;
  const axes = perScan(context, 'scan_input_axes', scanned).map((axis, i) => context.axis(axis, rank(inputs[i])));
  const reversed = perScan(context, 'scan_input_directions', scanned);
  const outputAxes = perScan(context, 'scan_output_axes', scanOutputs);
  const outputReversed = perScan(context, 'scan_output_directions', scanOutputs);
  const lengths = inputs.map((input, i) => dimension(input.type.shape, axes[i] ?? 0));
  const [length = 0] = lengths;
  if (lengths.some((other) => other !== length)) throw context.invalid(`its inputs have ${lengths.join(', ')} slices`);
  if (context.exceedsBudget(length)) throw tooMuch(context.place);
  let carried: readonly Bound[] = Array.from({ length: states }, (_, i) => context.bound(i));
  const slices: Operand[][] = Array.from({ length: scanOutputs }, () => []);
  for (let step = 0; step < length; step++) {
    const parts = inputs.map((input, i) => {
      return elementAt(context, input, axes[i] ?? 0, reversed[i] === 1 ? length - 1 - step : step);
    });
    const results = context.run(body, [...carried, ...parts], `[${step}]`);
    carried = results.slice(0, states);
    slices.forEach((list, k) => {
      const slice = tensorOf(context, results[states + k], 'a scan output');
      if (outputReversed[k] === 1) list.unshift(slice);
      else list.push(slice);
    });
  }
  bindAll(context, [...carried, ...slices.map((list, k) => stacked(context, list, outputAxes[k] ?? 0))]);
};

/** One number for each scan input or output; 0 where the attribute is absent. */
function perScan(context: OperatorContext, name: string, count: number): readonly number[] {
  const values = context.ints(name) ?? Array.from({ length: count }, () => 0);
  if (values.length !== count) throw context.invalid(`${name} has ${values.length} numbers, not ${count}`);
  return values;
}

/** SequenceMap: the body runs once for each element of the first sequence; tensors beside it are the same for all. */
const sequenceMap: TranslateOperator = (context) => {
  const body = context.graphAttribute('body');
  const inputs = context.node.inputs.map((_, i) => context.bound(i));
  const [first] = inputs;
  if (first === undefined || isOperand(first) || first.kind !== 'sequence')
    throw context.invalid('input 0 is no sequence');
  const results = first.items.map((_, i) => {
    const elements = inputs.map((input) => {
      if (isOperand(input) || input.kind === 'absent') return input;
      const item = input.items[i];
      if (item === undefined || input.items.length !== first.items.length)
        throw context.invalid('its sequences differ in length');
      return item;
    });
    return context.run(body, elements, `[${i}]`);
  });
  const sequences = body.outputs.map((_, k): Bound => {
    return { kind: 'sequence', items: results.map((row) => tensorOf(context, row[k], 'a result')) };
  });
  bindAll(context, sequences);
};

function bindAll(context: OperatorContext, values: readonly Bound[]): void {
  if (context.node.outputs.length > values.length) {
    throw context.invalid(`it has ${context.node.outputs.length} outputs, its graph ${values.length}`);
  }
  values.forEach((value, i) => {
    context.bind(value, i);
  });
}

const rank = (operand: Operand | undefined): number => operand?.type.shape.length ?? 0;

function truth(context: OperatorContext, operand: Operand, role: string): boolean {
  if (operand.tensor === null) {
    throw context.problem(
      'onnx-not-constant',
      `${role} ("${operand.name}") is computed at run time`,
      'only decisions that follow from constants and shapes can be taken: export the model without control flow, or cut it',
    );
  }
  if (operand.tensor.data.length !== 1) throw context.invalid(`${role} has ${operand.tensor.data.length} elements`);
  return Number(operand.tensor.data[0]) !== 0;
}

function tensorOf(context: OperatorContext, value: Bound | undefined, role: string): Operand {
  if (value !== undefined && isOperand(value)) return value;
  throw context.unsupported(`${role} is no tensor`, 'export the model with tensors here');
}

export const controlFlow: readonly (readonly [string, TranslateOperator])[] = [
  ['If', choice],
  ['Loop', loop],
  ['Scan', scan],
  ['SequenceMap', sequenceMap],
];
