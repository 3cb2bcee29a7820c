import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { compareTensors } from '../../../converter/compare.ts';
import { internalTensor } from '../../../converter/frontends/onnx/dtype.ts';
import { decodeTensorProto } from '../../../converter/frontends/onnx/format/proto.ts';
import { readTensor } from '../../../converter/frontends/onnx/format/tensor.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';
import { shapesEqual } from '../../../converter/tensor/shape.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { sharedDir } from '../../support/shared.ts';

/** Some authors wrote their expected outputs with four decimals, so this is wider than what the back ends are held to. */
const tolerance = 2e-4;

/** What became of one case with expected outputs. */
export type CaseResult =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'wrong'; readonly why: string };

const tensorFile = (path: string) =>
  internalTensor(readTensor(decodeTensorProto(new Uint8Array(readFileSync(path))), path));

/**
 * A case folder of `model.onnx` and `test_data_set_<i>` with input_<k>.pb and output_<k>.pb. Runs every data set. Where the model
 * wants operands as constants that the case gives as inputs, they are fixed: all but float tensors with dimensions, then all but the first.
 */
export function runCase(path: string, inputNames: readonly string[], run = evaluateOptimized): CaseResult {
  let result = runWith(path, inputNames, run, () => false);
  for (const fix of fixings) {
    if (result.kind !== 'refused' || result.problems[0]?.code !== 'onnx-not-constant') return result;
    result = runWith(path, inputNames, run, fix);
  }
  return result;
}

type Fix = (tensor: Tensor, index: number) => boolean;

const fixings: readonly Fix[] = [
  ({ type }) => type.dtype !== 'float32' || type.shape.length === 0,
  (_, index) => index > 0,
  () => true,
];

function runWith(path: string, inputNames: readonly string[], run: typeof evaluateOptimized, fix: Fix): CaseResult {
  const folder = `${sharedDir}${path}/`;
  const bytes = new Uint8Array(readFileSync(`${folder}model.onnx`));
  try {
    for (const set of readdirSync(folder).filter((name) => name.startsWith('test_data_set_'))) {
      const all = readAll(`${folder}${set}/input_`);
      const expected = readAll(`${folder}${set}/output_`);
      const named = inputNames.map((name, i) => ({
        name,
        tensor: all[i],
        fixed: all[i] !== undefined && fix(all[i], i),
      }));
      const open = named.filter(({ fixed, tensor }) => !fixed && tensor !== undefined);
      const shapes = new Map(open.map(({ name, tensor }) => [name, tensor?.type.shape ?? []] as const));
      const constants = new Map(
        named.flatMap(({ name, tensor, fixed }) => (fixed && tensor !== undefined ? [[name, tensor] as const] : [])),
      );
      const graph = importModel(bytes, path, 'default', { shapes, dims: new Map(), constants });
      const inputs = open.flatMap(({ tensor }, i): Tensor[] => {
        const port = graph.inputs[i];
        return tensor === undefined || port === undefined
          ? []
          : [{ type: typeOf(graph, port.value), data: tensor.data }];
      });
      const wrong = compareAll(expected, run(graph, inputs), graph);
      if (wrong !== null) return { kind: 'wrong', why: wrong };
    }
    return { kind: 'pass' };
  } catch (error) {
    if (error instanceof ProblemError) return { kind: 'refused', problems: error.problems };
    return { kind: 'wrong', why: String(error instanceof Error ? error.stack : error) };
  }
}

/** The reference evaluation of the graph as imported and after the passes; both must agree with what is expected. */
export function evaluateOptimized(graph: Graph, inputs: readonly Tensor[]): Tensor[][] {
  return [evaluateGraph(graph, inputs), evaluateGraph(optimizeGraph(graph).graph, inputs)];
}

function readAll(prefix: string): Tensor[] {
  const tensors: Tensor[] = [];
  for (let i = 0; existsSync(`${prefix}${i}.pb`); i++) {
    const tensor = tensorFile(`${prefix}${i}.pb`);
    if (tensor === null) {
      throw new ProblemError({
        code: 'case-dtype',
        where: `${i}.pb`,
        what: 'the dtype is not supported',
        advice: 'none',
      });
    }
    tensors.push(tensor);
  }
  return tensors;
}

function compareAll(expected: readonly Tensor[], results: readonly (readonly Tensor[])[], graph: Graph): string | null {
  for (const actual of results) {
    for (const [i, want] of expected.entries()) {
      const got = actual[i];
      const name = graph.outputs[i]?.name ?? i;
      if (got === undefined) return `output ${name} is missing`;
      if (got.type.dtype !== want.type.dtype || !shapesEqual(got.type.shape, want.type.shape)) {
        return `output ${name} is ${got.type.dtype} ${got.type.shape.join('x')}, not ${want.type.dtype} ${want.type.shape.join('x')}`;
      }
      const { difference, largestError, largestExpected } = compareTensors(want, got, tolerance);
      if (difference !== null) {
        return `output ${name}[${difference.index}] is ${difference.actual}, not ${difference.expected}; error ${largestError} of ${largestExpected}`;
      }
    }
  }
  return null;
}
