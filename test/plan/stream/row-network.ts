import fc from 'fast-check';
import type { RowWindow } from '../../../converter/plan/stream/row-form.ts';
import type { RowTask, RowTensor } from '../../../converter/plan/stream/schedule.ts';

/** What a schedule is made for. */
export interface RowNetwork {
  readonly tensors: readonly RowTensor[];
  readonly tasks: readonly RowTask[];
  readonly goals: readonly number[];
}

/** One layer of a random network; numbers beyond what there is wrap around. */
interface LayerPlan {
  readonly input: number;
  readonly stride: number;
  readonly rows: number;
  readonly top: number;
  readonly bottom: number;
  /** Further inputs with windows of their own, where some fit. */
  readonly others: readonly { readonly input: number; readonly rows: number; readonly top: number }[];
  readonly isTotal: boolean;
  readonly isKept: boolean;
}

export interface NetworkPlan {
  readonly height: number;
  readonly layers: readonly LayerPlan[];
}

/** A tensor as layers see it. */
interface Value {
  readonly height: number;
  readonly isInput: boolean;
  isKept: boolean;
  isRead: boolean;
  top: number;
  bottom: number;
}

interface Layer {
  readonly kind: RowTask['kind'];
  readonly inputs: readonly { readonly value: number; readonly window: RowWindow }[];
  readonly output: number;
}

const sameRow: RowWindow = { stride: 1, top: 0, rows: 1 };

/** Most rows of padding behind a tensor. */
const MOST_BOTTOM = 4;

/** The network of a plan. Layers that would have less than two rows are left out; what nobody reads is wanted in the end. */
export function networkOf(plan: NetworkPlan): RowNetwork {
  const values: Value[] = [newValue(plan.height, true, false)];
  const layers: Layer[] = [];
  for (const layer of plan.layers) addLayer(values, layers, layer);
  for (const value of values) if (!value.isRead && !value.isInput) value.isKept = true;
  return withStores(values, layers);
}

function newValue(height: number, isInput: boolean, isKept: boolean): Value {
  return { height, isInput, isKept, isRead: false, top: 0, bottom: 0 };
}

function addLayer(values: Value[], layers: Layer[], plan: LayerPlan): void {
  const withRows = values.flatMap(({ height }, i) => (height > 1 ? [i] : []));
  const pick = (index: number) => withRows[index % withRows.length] ?? 0;
  const input = pick(plan.input);
  const height = values[input]?.height ?? 0;
  if (plan.isTotal) {
    read(values, input, sameRow, height);
    layers.push({ kind: 'total', inputs: [{ value: input, window: sameRow }], output: values.length });
    values.push(newValue(1, false, true));
    return;
  }
  const { stride, top, rows } = plan;
  const outputs = Math.floor((height + top + plan.bottom - rows) / stride) + 1;
  if (outputs < 2) return;
  const inputs = [{ value: input, window: { stride, top, rows } }];
  for (const other of plan.others) {
    const value = pick(other.input);
    const fitting = [1, 2, 3].find((step) => {
      const bottom = step * (outputs - 1) - other.top + other.rows - (values[value]?.height ?? 0);
      return bottom <= MOST_BOTTOM && bottom > -4;
    });
    if (fitting !== undefined) inputs.push({ value, window: { stride: fitting, top: other.top, rows: other.rows } });
  }
  for (const { value, window } of inputs) read(values, value, window, outputs);
  layers.push({ kind: 'window', inputs, output: values.length });
  values.push(newValue(outputs, false, plan.isKept));
}

function read(values: Value[], index: number, { stride, top, rows }: RowWindow, outputs: number): void {
  const value = values[index];
  if (value === undefined) return;
  value.isRead = true;
  value.top = Math.max(value.top, top);
  value.bottom = Math.max(value.bottom, stride * (outputs - 1) - top + rows - value.height);
}

/** What is padded is read from a store of rows; what comes from outside, or stays, is whole as well. */
function withStores(values: readonly Value[], layers: readonly Layer[]): RowNetwork {
  const tensors: RowTensor[] = [];
  const tasks: RowTask[] = [];
  const add = (height: number, padding: { readonly top: number; readonly bottom: number } | null) =>
    tensors.push({ height, top: padding?.top ?? 0, bottom: padding?.bottom ?? 0, isWhole: padding === null }) - 1;
  const copy = (from: number, output: number) =>
    tasks.push({ kind: 'window', inputs: [{ tensor: from, window: sameRow }], output });
  const places = values.map((value) => {
    const { height, isInput, isKept, top, bottom } = value;
    if (!isInput && !isKept) {
      const rows = add(height, value);
      return { readFrom: rows, writeTo: rows, goal: null };
    }
    const whole = add(height, null);
    if (top === 0 && bottom === 0) return { readFrom: whole, writeTo: whole, goal: isKept ? whole : null };
    const rows = add(height, value);
    if (isInput) copy(whole, rows);
    else copy(rows, whole);
    return { readFrom: rows, writeTo: isInput ? whole : rows, goal: isKept ? whole : null };
  });
  for (const { kind, inputs, output } of layers) {
    const reads = inputs.map(({ value, window }) => ({ tensor: places[value]?.readFrom ?? 0, window }));
    tasks.push({ kind, inputs: reads, output: places[output]?.writeTo ?? 0 });
  }
  const goals = places.flatMap(({ goal }) => (goal === null ? [] : [goal])).reverse();
  return { tensors, tasks, goals };
}

const small = (most: number) => fc.integer({ min: 0, max: most });

/** Plans of random networks. */
export const networkPlans: fc.Arbitrary<NetworkPlan> = fc.record({
  height: fc.integer({ min: 2, max: 14 }),
  layers: fc.array(
    fc.record({
      input: small(20),
      stride: fc.constantFrom(1, 1, 1, 2, 3),
      rows: fc.integer({ min: 1, max: 5 }),
      top: small(3),
      bottom: small(3),
      others: fc.array(fc.record({ input: small(20), rows: fc.integer({ min: 1, max: 4 }), top: small(2) }), {
        maxLength: 2,
      }),
      isTotal: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      isKept: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 7 },
  ),
});
