import { decodeModel } from '../../converter/frontends/tflite/format/decode.ts';
import { dtypeFacts, type TfliteDtype } from '../../converter/frontends/tflite/format/dtype.ts';
import { ProblemList } from '../../converter/frontends/tflite/format/problems.ts';
import { builtinOperator } from '../../converter/frontends/tflite/format/schema/builtin-operator.ts';
import { writeTflite } from '../frontends/tflite/format/write-tflite.ts';
import { randomFrom } from '../support/mutate.ts';

type Pick = (below: number) => number;
type Slot = { readonly holder: Record<string, unknown>; readonly key: string };

const numbers = [0, 1, -1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 1000, 65536, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), -2];
const reals = [0, -1, 1e-45, 1e-38, 1e-30, 1e-6, 1, 1e6, 1e30, 3e38, Number.NaN, Number.POSITIVE_INFINITY];
const dtypes = ['FLOAT32', 'FLOAT16', 'INT32', 'UINT8', 'INT64', 'BOOL', 'INT16', 'INT8', 'INT4', 'STRING'];
const activations = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'];
const realFields: ReadonlySet<string> = new Set(['scale', 'beta', 'min', 'max']);

/** Operators that stand in for one another: same number of operands, or options that may be absent. */
const swaps = [
  'ADD SUB MUL DIV MAXIMUM MINIMUM CONCATENATION PACK FULLY_CONNECTED CONV_2D DEPTHWISE_CONV_2D PAD PADV2 RESHAPE TRANSPOSE',
  'MEAN SUM REDUCE_MAX REDUCE_MIN REDUCE_PROD SLICE STRIDED_SLICE SQUEEZE EXPAND_DIMS SHAPE QUANTIZE DEQUANTIZE SOFTMAX',
  'LOG_SOFTMAX RELU RELU6 RELU_N1_TO_1 TANH LOGISTIC ABS NEG EXP LOG SQRT RSQRT SQUARE FLOOR CEIL AVERAGE_POOL_2D MAX_POOL_2D',
]
  .flatMap((line) => line.split(' '))
  .map((name) => builtinOperator.indexOf(name as (typeof builtinOperator)[number]));

/**
 * A TFLite file with one to four fields changed to values that are odd but well written: shapes, indices, scales, options, dtypes,
 * operator codes. It reaches what flipped bits in a file hardly ever do. Constants are half of the time resized to their new shape.
 */
export function editFields(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomFrom(seed);
  const pick: Pick = (below) => Math.floor(random() * below);
  const model = copy(decodeModel(bytes, new ProblemList())) as Record<string, unknown>;
  delete model.metadata;
  delete model.signature_defs;
  const slots: Slot[] = [];
  collect({ operator_codes: model.operator_codes, subgraphs: model.subgraphs }, slots);
  for (let left = 1 + pick(4); left > 0; left--) {
    const slot = slots[pick(slots.length)];
    if (slot !== undefined) slot.holder[slot.key] = edited(slot.key, slot.holder[slot.key], pick);
  }
  if (pick(2) === 0) resizeConstants(model);
  return writeTflite(model);
}

function copy(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copy(field)]));
}

/** Leaves and lists of leaves below `value`, the name and the data of things left out. */
function collect(value: unknown, slots: Slot[]): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const holder = value as Record<string, unknown>;
  for (const [key, field] of Object.entries(holder)) {
    if (key === 'name' || key === 'external_buffer' || field === null || field instanceof Uint8Array) continue;
    const isList = Array.isArray(field) && field.every((item) => typeof item !== 'object');
    if (isList || typeof field !== 'object') slots.push({ holder, key });
    else collect(field, slots);
  }
}

function edited(key: string, value: unknown, pick: Pick): unknown {
  const choose = <T>(list: readonly T[]): T | undefined => list[pick(list.length)];
  if (key === 'builtin_code') return value;
  if (key === 'deprecated_builtin_code') return choose(swaps);
  if (Array.isArray(value)) return editedList(key, value, pick);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number')
    return choose(realFields.has(key) ? reals : [...numbers, value + 1, value * 2, value - 1]);
  if (key === 'type' && dtypes.includes(String(value))) return choose(dtypes);
  if (key === 'fused_activation_function') return choose(activations);
  if (key === 'padding') return value === 'SAME' ? 'VALID' : 'SAME';
  return value;
}

function editedList(key: string, list: readonly unknown[], pick: Pick): unknown[] {
  const items = realFields.has(key) ? reals : [...numbers, ...list];
  const item = items[pick(items.length)];
  const at = pick(list.length + 1);
  switch (pick(4)) {
    case 0:
      return list.toSpliced(at, 0, item);
    case 1:
      return list.toSpliced(at, 1);
    default:
      return list.length === 0 ? [] : list.with(pick(list.length), item);
  }
}

const maxResizedBytes = 1 << 16;

function resizeConstants(model: Record<string, unknown>): void {
  const buffers = model.buffers as { data: Uint8Array }[];
  for (const { tensors } of model.subgraphs as { tensors: { shape: number[]; type: string; buffer: number }[] }[]) {
    for (const { shape, type, buffer } of tensors) {
      const target = buffers[buffer];
      const bits = dtypeFacts[type.toLowerCase() as TfliteDtype].bits ?? 8;
      const bytes = Math.ceil((shape.reduce((product, size) => product * size, 1) * bits) / 8);
      if (target === undefined || target.data.length === 0 || target.data.length === bytes) continue;
      if (!(bytes >= 0 && bytes <= maxResizedBytes)) continue;
      const data = target.data;
      target.data = Uint8Array.from({ length: bytes }, (_, i) => data[i % data.length] ?? 0);
    }
  }
}
