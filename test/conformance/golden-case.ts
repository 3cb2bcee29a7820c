import { readNpy } from '../../cli/input/npy.ts';
import { floatTolerance } from '../../converter/compare.ts';
import { noImportOptions } from '../../converter/frontends/options.ts';
import { type Graph, type Port, typeOf } from '../../converter/ir/graph.ts';
import { importModel } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import { type DType, fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { float16ToNumber } from '../../converter/tensor/float16.ts';
import { type Tensor, tensorType } from '../../converter/tensor/tensor.ts';
import { readShared } from '../support/shared.ts';
import type { Job, Step } from './job.ts';
import { npzFiles } from './npz.ts';
import type { CaseRow } from './rows.ts';

/**
 * Models that may miss 1e-4, with the part of the largest magnitude that they may miss by. This one computes x + d / (d - 0.0568), so an
 * error e of d becomes e * y² / 0.0568 at the pole. Errors follow y² with e of 6e-8 to 3.5e-7, one to six roundings of numbers
 * below 1, whether the passes run or not; away from the pole (|y| < 20) they are below 2e-4.
 */
const illConditioned: ReadonlyMap<string, number> = new Map([
  ['models/onnx_graphs/layout_transform_reshape.onnx', 8e-4],
  // Outputs that are subnormal float16 numbers, in steps of 6e-8: half a step is 4.6 % of the largest.
  ['models/onnx_graphs/layer_norm_with_cast_2.onnx', 5e-2],
  ['models/onnx_graphs/layer_norm_with_cast_3.onnx', 5e-2],
]);

/** Of outputs that the reference runtime rounds to float16 several times on the way; they are float32 here. */
const halfTolerance = 2e-3;

/** The job of a model file whose inputs and outputs are .npy files in another folder. Throws ProblemError where it is refused. */
export function goldenJobs(row: CaseRow): Job[] {
  const { golden, path, format } = row;
  if (golden === undefined) throw new Error(`${path} has no expected outputs`);
  const prefixes = Array.from({ length: golden.steps }, (_, step) => {
    return `${golden.dir}/${golden.steps > 1 ? `step${step}_` : ''}`;
  });
  const first = golden.input_order.map(
    (name, i) => [name, readArray(`${prefixes[0]}input_${i}.npy`).type.shape] as const,
  );
  const options = format === 'onnx' ? { ...noImportOptions, shapes: new Map(openShapes(row, first)) } : noImportOptions;
  const graph = importModel(readShared(path), path, 'default', options);
  const inputAt = portOrder(graph.inputs, golden.input_order);
  const outputAt = portOrder(graph.outputs, golden.output_order);
  const steps = prefixes.map((prefix): Step => {
    const inputs = graph.inputs.map((port) => {
      return asPort(graph, port, readArray(`${prefix}input_${inputAt(port.name)}.npy`));
    });
    const expected = graph.outputs.map((port) => {
      return likePort(graph, port, readArray(`${prefix}output_${outputAt(port.name)}.npy`));
    });
    return { inputs, expected };
  });
  const isHalf = prefixes.some((prefix) => {
    return golden.output_order.some((_, i) => readArray(`${prefix}output_${i}.npy`).type.dtype === 'float16');
  });
  const tolerance = illConditioned.get(path) ?? (isHalf ? halfTolerance : floatTolerance);
  return [{ graph, steps, tolerance, fixed: [] }];
}

/** The job of a folder with `model.onnx` and `io.npz`, whose arrays have the names of the ports. Throws ProblemError where it is refused. */
export function npzJobs({ path, inputs }: CaseRow): Job[] {
  const files = npzFiles(readShared(`${path}/io.npz`));
  const arrayOf = (name: string) => tensorOf(files.get(name) ?? new Uint8Array(0), `${path}/io.npz ${name}`);
  const shapes = new Map(inputs.map(({ name }) => [name, arrayOf(name).type.shape] as const));
  const graph = importModel(readShared(`${path}/model.onnx`), path, 'default', { ...noImportOptions, shapes });
  const step = {
    inputs: graph.inputs.map((port) => asPort(graph, port, arrayOf(port.name))),
    expected: graph.outputs.map(({ name }) => (files.has(name) ? arrayOf(name) : null)),
  };
  return [{ graph, steps: [step], tolerance: floatTolerance, fixed: [] }];
}

type Named = readonly [string, readonly number[]];

/** The shapes of the inputs that the file leaves open. */
function openShapes({ inputs }: CaseRow, found: readonly Named[]): readonly Named[] {
  return found.filter(([name]) => {
    const declared: readonly unknown[] = inputs.find((input) => input.name === name)?.shape ?? [];
    return !declared.every((size) => typeof size === 'number' && size > 0);
  });
}

/** Where a port stands in the files: by its name, or in order where tensors of the file have no names. */
function portOrder(ports: readonly Port[], order: readonly string[]): (name: string) => number {
  if (order.includes('')) return (name) => ports.findIndex((port) => port.name === name);
  const names = ports.map(({ name }) => name).sort();
  if (names.join() !== [...order].sort().join()) throw new Error(`the ports are ${names}, expected ${order}`);
  return (name) => order.indexOf(name);
}

const dtypes: Readonly<Record<string, DType>> = {
  float16: 'float16',
  float32: 'float32',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
};

const readArray = (path: string): Tensor => tensorOf(readShared(path), path);

function tensorOf(bytes: Uint8Array, path: string): Tensor {
  const { dtype, shape, data } = readNpy(bytes, path);
  const known = dtypes[dtype];
  if (known === undefined) {
    const what = `${dtype} data is not supported`;
    throw new ProblemError({ code: 'case-dtype', where: path, what, advice: 'use float32' });
  }
  return { type: tensorType(known, shape), data: fromBytes(known, toBytes(data as Tensor['data'])) };
}

/** The stored bytes with the type of the port, whose dtype and size must be theirs. */
function asPort(graph: Graph, port: Port, stored: Tensor): Tensor {
  return checkedPort(graph, port, likePort(graph, port, stored));
}

/** float16 values of a port that is float32. */
function likePort(graph: Graph, { value }: Port, stored: Tensor): Tensor {
  const { type, data } = stored;
  if (type.dtype !== 'float16' || typeOf(graph, value).dtype !== 'float32') return stored;
  return {
    type: tensorType('float32', type.shape),
    data: Float32Array.from(data as Uint16Array, float16ToNumber),
  };
}

function checkedPort(graph: Graph, { name, value }: Port, { type, data }: Tensor): Tensor {
  const port = typeOf(graph, value);
  if (port.dtype !== type.dtype) throw new Error(`input ${name} is ${port.dtype}, its values are ${type.dtype}`);
  return { type: port, data };
}
