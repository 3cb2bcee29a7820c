import { builtinOperator } from '../../../converter/frontends/tflite/format/schema/builtin-operator.ts';
import { importTflite } from '../../../converter/frontends/tflite/import.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { printGraph } from '../../../converter/ir/print.ts';
import { verifyGraph } from '../../../converter/ir/verify.ts';
import type { Problem } from '../../../converter/problem.ts';
import { type DType, fromBytes, toBytes } from '../../../converter/tensor/dtype.ts';
import { zeros } from '../../../converter/tensor/tensor.ts';
import { problemsOf } from './format/small-model.ts';
import { writeTflite } from './format/write-tflite.ts';

/** A tensor of a model made by hand. With data it is a constant. */
export interface TensorDraft {
  readonly type: Uppercase<DType> | 'STRING' | 'INT4' | 'FLOAT64' | 'RESOURCE';
  readonly shape: readonly number[];
  readonly data?: readonly number[] | undefined;
  readonly scale?: number | readonly number[];
  readonly zero?: number | readonly number[];
  readonly axis?: number;
  readonly variable?: boolean;
}

/** An operator on tensors by name; '' is an absent optional input. */
export interface OperatorDraft {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly options?: readonly [table: string, fields: Readonly<Record<string, unknown>>];
}

export interface ModelDraft {
  readonly tensors: Readonly<Record<string, TensorDraft>>;
  readonly operators: readonly OperatorDraft[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export const float = (shape: readonly number[], data?: readonly number[]): TensorDraft => ({
  type: 'FLOAT32',
  shape,
  data,
});
export const ints = (...data: readonly number[]): TensorDraft => ({ type: 'INT32', shape: [data.length], data });
export const int8 = (shape: readonly number[], scale: number, zero: number, data?: readonly number[]): TensorDraft => ({
  type: 'INT8',
  shape,
  scale,
  zero,
  data,
});
export const uint8 = (
  shape: readonly number[],
  scale: number,
  zero: number,
  data?: readonly number[],
): TensorDraft => ({
  ...int8(shape, scale, zero, data),
  type: 'UINT8',
});
export const counting = (count: number): number[] => Array.from({ length: count }, (_, i) => (i % 100) + 1);

export function op(
  name: string,
  inputs: readonly string[],
  output: string,
  options?: OperatorDraft['options'],
): OperatorDraft {
  return { name, inputs, outputs: [output], ...(options === undefined ? {} : { options }) };
}

/** The bytes of the file. */
export function fileOf({ tensors, operators, inputs, outputs }: ModelDraft): Uint8Array {
  const names = Object.keys(tensors);
  const index = (name: string) => names.indexOf(name);
  const buffers: object[] = [{}];
  const drafts = Object.entries(tensors).map(([name, tensor]) => {
    const { type, shape, data, scale, zero, axis, variable } = tensor;
    if (data !== undefined) buffers.push({ data: bytesOf(type, data) });
    const quantization =
      scale === undefined
        ? undefined
        : { scale: [scale].flat(), zero_point: [zero ?? 0].flat(), quantized_dimension: axis ?? 0 };
    const buffer = data === undefined ? 0 : buffers.length - 1;
    return { name, shape, type, buffer, quantization, is_variable: variable ?? false };
  });
  const kinds = [...new Set(operators.map((operator) => operator.name))];
  return writeTflite({
    version: 3,
    description: 'made by a test',
    operator_codes: kinds.map(operatorCode),
    buffers,
    subgraphs: [
      {
        name: 'main',
        tensors: drafts,
        inputs: inputs.map(index),
        outputs: outputs.map(index),
        operators: operators.map((operator) => ({
          opcode_index: kinds.indexOf(operator.name),
          inputs: operator.inputs.map(index),
          outputs: operator.outputs.map(index),
          builtin_options:
            operator.options === undefined ? undefined : { type: operator.options[0], value: operator.options[1] },
        })),
      },
    ],
  });
}

function operatorCode(name: string): object {
  const code = (builtinOperator as readonly string[]).indexOf(name);
  if (code < 0) return { deprecated_builtin_code: 32, builtin_code: 'CUSTOM', custom_code: name };
  return { deprecated_builtin_code: Math.min(code, 127), builtin_code: name };
}

function bytesOf(type: TensorDraft['type'], data: readonly number[]): Uint8Array {
  if (type === 'STRING' || type === 'INT4' || type === 'FLOAT64' || type === 'RESOURCE') return Uint8Array.from(data);
  const dtype = type.toLowerCase() as DType;
  const typed = fromBytes(dtype, new Uint8Array(data.length * fromBytes(dtype, new Uint8Array(0)).BYTES_PER_ELEMENT));
  data.forEach((value, i) => {
    if (typed instanceof BigInt64Array) typed[i] = BigInt(value);
    else typed[i] = value;
  });
  return toBytes(typed);
}

/** The graph of a model made by hand, checked. */
export function graphOf(draft: ModelDraft): Graph {
  const graph = importTflite(fileOf(draft), 'net');
  verifyGraph(graph, 'import');
  return graph;
}

/** The graph as text, without its head. */
export function textOf(draft: ModelDraft): string {
  return printGraph(graphOf(draft)).split('\n').slice(1).join('\n');
}

/** The problems of a model made by hand, as `code | where | what | advice`; the test fails where there are none. */
export function problemLines(draft: ModelDraft): string[] {
  return problemsOf(() => importTflite(fileOf(draft), 'net')).map(
    ({ code, where, what, advice }: Problem) => `${code} | ${where} | ${what} | ${advice}`,
  );
}

/** A model of one operator: `x` in, `y` out, and constants. */
export function single(
  name: string,
  x: TensorDraft,
  constants: Readonly<Record<string, TensorDraft>>,
  y: TensorDraft,
  options?: OperatorDraft['options'],
): ModelDraft {
  return {
    tensors: { x, ...constants, y },
    operators: [op(name, ['x', ...Object.keys(constants)], 'y', options)],
    inputs: ['x'],
    outputs: ['y'],
  };
}

/** Shape and elements of each output for inputs 1, 2, 3 ... */
export function resultsOf(
  draft: ModelDraft,
): readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[] {
  const graph = graphOf(draft);
  const inputs = graph.inputs.map((port) => {
    const tensor = zeros(typeOf(graph, port.value));
    counting(tensor.data.length).forEach((value, i) => {
      if (tensor.data instanceof BigInt64Array) tensor.data[i] = BigInt(value);
      else tensor.data[i] = value;
    });
    return tensor;
  });
  return evaluateGraph(graph, inputs).map(({ type, data }) => ({
    shape: type.shape,
    values: Array.from(data, Number),
  }));
}
