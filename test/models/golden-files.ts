import { expect } from 'vitest';
import { readNpy } from '../../cli/input/npy.ts';
import { type Graph, typeOf } from '../../converter/ir/graph.ts';
import { type DType, fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { float16ToNumber } from '../../converter/tensor/float16.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { ModelRow } from '../support/models.ts';
import { readShared } from '../support/shared.ts';

type Golden = NonNullable<ModelRow['golden']>;

/** One set of inputs, in the order of the graph's ports, with the outputs that the reference runtime gave. */
export interface GoldenStep {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Expected[];
}

export interface Expected {
  readonly name: string;
  readonly values: readonly number[];
  /** How far floats may be off, as a part of the largest expected magnitude. */
  readonly tolerance: number;
}

/** The golden steps of a model, for the ports of `graph`; the graph and the golden must have the same ports. */
export function goldenSteps(graph: Graph, golden: Golden): GoldenStep[] {
  const inputAt = portOrder(graph.inputs, golden.input_order);
  const outputAt = portOrder(graph.outputs, golden.output_order);
  return Array.from({ length: golden.steps }, (_, step) => {
    const prefix = `${golden.dir}/${golden.steps > 1 ? `step${step}_` : ''}`;
    const inputs = graph.inputs.map((port): Tensor => {
      const { data } = readArray(`${prefix}input_${inputAt(port.name)}.npy`);
      const type = typeOf(graph, port.value);
      return { type, data: fromBytes(type.dtype, bytesAs(type.dtype, data)) };
    });
    const outputs = graph.outputs.map((port): Expected => {
      const { data, tolerance } = readArray(`${prefix}output_${outputAt(port.name)}.npy`);
      return { name: port.name, tolerance, values: Array.from(data as ArrayLike<number | bigint>, Number) };
    });
    return { inputs, outputs };
  });
}

/** Where a port stands in the files: by its name, or in order where tensors of the file have no names. */
function portOrder(ports: Graph['inputs'], order: readonly string[]): (name: string) => number {
  if (order.includes('')) return (name) => ports.findIndex((port) => port.name === name);
  expect(ports.map((port) => port.name).sort()).toEqual([...order].sort());
  return (name) => order.indexOf(name);
}

/** An array of a file; other kinds of floats as float32, as they are computed. */
function readArray(path: string) {
  const { data, dtype } = readNpy(readShared(path), path);
  if (dtype === 'float16') return { data: Float32Array.from(data as Uint16Array, float16ToNumber), tolerance: 2e-3 };
  return { data: dtype === 'float64' ? Float32Array.from(data as Float64Array) : data, tolerance: 1e-4 };
}

/** The bytes of an array of a file, which must have the dtype of the port. */
function bytesAs(dtype: DType, data: ReturnType<typeof readArray>['data']): Uint8Array {
  expect(data.constructor).toBe(fromBytes(dtype, new Uint8Array(0)).constructor);
  return toBytes(data as Tensor['data']);
}

/** Integers must be equal, floats within the tolerance of their file, or `least` where that is more. */
export function expectGolden(found: readonly Tensor[], expected: readonly Expected[], least = 0): void {
  expected.forEach(({ name, values, tolerance: own }, i) => {
    const tolerance = Math.max(own, least);
    const tensor = found[i] ?? expect.fail(`no output ${i}`);
    const results = Array.from(tensor.data as ArrayLike<number | bigint>, Number);
    if (tensor.type.dtype !== 'float32') {
      expect(results, name).toEqual(values);
      return;
    }
    expect(results.length, name).toBe(values.length);
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    // `not <=` so that a NaN counts as an error.
    const wrong = results.findIndex(
      (result, k) => !(Math.abs(result - (values[k] ?? Number.NaN)) <= tolerance * largest),
    );
    expect(wrong, `${name}: element ${wrong} is ${results[wrong]}, expected ${values[wrong]}`).toBe(-1);
  });
}
