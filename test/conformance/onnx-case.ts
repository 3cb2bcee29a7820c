import { existsSync } from 'node:fs';
import { internalTensor } from '../../converter/frontends/onnx/dtype.ts';
import type { OnnxTensor } from '../../converter/frontends/onnx/format/model.ts';
import { decodeTensorProto } from '../../converter/frontends/onnx/format/proto.ts';
import { readTensor } from '../../converter/frontends/onnx/format/tensor.ts';
import { noImportOptions } from '../../converter/frontends/options.ts';
import { type Graph, typeOf } from '../../converter/ir/graph.ts';
import { importModel } from '../../converter/pipeline.ts';
import { ProblemError } from '../../converter/problem.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import { readShared, sharedDir } from '../support/shared.ts';
import type { Job } from './job.ts';
import type { CaseRow } from './rows.ts';

/** Some authors wrote their expected outputs with four decimals, so this is wider than what models are held to. */
const tolerance = 2e-4;

/** Of outputs that the case rounds to float16 or bfloat16; they are float32 here. */
const narrowTolerance: ReadonlyMap<string, number> = new Map([
  ['float16', 2e-3],
  ['bfloat16', 2e-2],
]);

/** An input of a case with its value. */
interface Operand {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * The jobs of a folder of `model.onnx` and `test_data_set_<i>` with input_<k>.pb and output_<k>.pb: one for each data set, whose shapes
 * may differ. Throws ProblemError where the model is refused.
 */
export function onnxCaseJobs({ path, files, inputs }: CaseRow): Job[] {
  const bytes = readShared(`${path}/model.onnx`);
  const sets = new Set(files.flatMap((file) => /^(test_data_set_\d+)\//.exec(file)?.[1] ?? []));
  return [...sets].sort().map((set) => {
    const values = readAll(`${path}/${set}/input_`);
    const operands = inputs.flatMap(({ name }, i) => {
      const tensor = values[i];
      return tensor === undefined ? [] : [{ name, tensor }];
    });
    const expected = readAll(`${path}/${set}/output_`);
    const { graph, fixed } = importFixing(bytes, path, operands);
    // Inputs without elements are no inputs of the graph.
    const isOpen = ({ name, tensor }: Operand) => !fixed.includes(name) && tensor.data.length > 0;
    const open = operands.filter(isOpen).map(({ tensor }, i): Tensor => {
      const port = graph.inputs[i];
      return port === undefined ? tensor : { type: typeOf(graph, port.value), data: tensor.data };
    });
    return { graph, steps: [{ inputs: open, expected }], tolerance: toleranceOf(`${path}/${set}/output_`), fixed };
  });
}

/** Which operands to try as constants, in this order: each alone, those that are no float data, all but the first, all. */
function fixings(operands: readonly Operand[]): readonly (readonly Operand[])[] {
  return [
    ...operands.slice(1).map((operand) => [operand]),
    operands.filter(({ tensor: { type } }) => type.dtype !== 'float32' || type.shape.length === 0),
    operands.slice(1),
    operands,
  ];
}

/** Imports with as few inputs as possible fixed, where the model wants operands as constants that the case gives as inputs. */
function importFixing(
  bytes: Uint8Array,
  path: string,
  operands: readonly Operand[],
): { readonly graph: Graph; readonly fixed: readonly string[] } {
  let refusal: ProblemError | undefined;
  for (const chosen of [[], ...fixings(operands)]) {
    const constants = new Map(chosen.map(({ name, tensor }) => [name, tensor] as const));
    const open = operands.filter((operand) => !chosen.includes(operand));
    const shapes = new Map(open.map(({ name, tensor }) => [name, tensor.type.shape] as const));
    try {
      const graph = importModel(bytes, path, 'default', { ...noImportOptions, shapes, constants });
      return { graph, fixed: [...constants.keys()] };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const wantsConstants = error.problems[0]?.code === 'onnx-not-constant';
      // What is refused once the constants are there says more than that they are not.
      if (refusal === undefined || !wantsConstants) refusal = error;
      if (chosen.length === 0 && !wantsConstants) throw error;
    }
  }
  throw refusal ?? new Error('nothing was tried');
}

/** The widest tolerance of the tensors that begin with `prefix`. */
function toleranceOf(prefix: string): number {
  return Math.max(tolerance, ...readFiles(prefix).map(({ tensor }) => narrowTolerance.get(tensor.dtype) ?? 0));
}

function readAll(prefix: string): Tensor[] {
  return readFiles(prefix).map(({ tensor, file }) => stored(tensor, file));
}

function readFiles(prefix: string): { readonly tensor: OnnxTensor; readonly file: string }[] {
  const tensors: { tensor: OnnxTensor; file: string }[] = [];
  for (let i = 0; existsSync(`${sharedDir}${prefix}${i}.pb`); i++) {
    const file = `${prefix}${i}.pb`;
    tensors.push({ tensor: readTensor(decodeTensorProto(readShared(file)), file), file });
  }
  return tensors;
}

/**
 * A tensor of a case as the converter stores it. Dtypes that are stored narrower on purpose, such as double as float32, are to be
 * converted here, for inputs and expected outputs alike.
 */
function stored(tensor: OnnxTensor, file: string): Tensor {
  const found = internalTensor(tensor);
  if (found !== null) return found;
  const advice = 'use float32';
  throw new ProblemError({ code: 'case-dtype', where: file, what: `${tensor.dtype} data is not supported`, advice });
}
