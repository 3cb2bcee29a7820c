import { roundingMetadata } from '../../frontends/rounding-metadata.ts';
import { builtinOperator } from '../../frontends/tflite/format/schema/builtin-operator.ts';
import { int4Text, weightsMetadata } from '../../frontends/weights-metadata.ts';
import type { Graph, Node } from '../../ir/graph.ts';
import type { OpType } from '../../ops/op.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { toBytes } from '../../tensor/dtype.ts';
import { packInt4 } from '../../tensor/int4.ts';
import type { Quantization } from '../../tensor/quantization.ts';
import { numericData } from '../../tensor/tensor.ts';
import { encodeModel } from './encode.ts';
import { FileWriter, OperatorWriter, type WrittenOperator, type WrittenTensor } from './operator-writer.ts';
import { operatorWriters } from './ops/table.ts';
import { typeCode } from './type-code.ts';

/** Codes beyond this lie in the newer field alone (TFLite `schema.fbs`, table OperatorCode). */
const largestOldCode = 127;

/**
 * The graph as a .tflite file that other tools read. Integers round as TFLite does (`exact`) in its runtime; where the graph rounds
 * otherwise the file says so, and our own reader follows it.
 *
 * @param metadata texts by their names, which readers that do not know them pass over
 * @throws ProblemError with every node that has no operator in TFLite, and for models with a state
 */
export function exportTflite(
  graph: Graph,
  toolVersion: string,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const file = new FileWriter(graph);
  const inputs = graph.inputs.map(({ value }) => file.index(value));
  const problems: Problem[] = graph.states.map(({ name }) => ({
    code: 'tflite-export',
    where: `state "${name}"`,
    what: 'what a model remembers between runs is not written as TFLite',
    advice: 'convert the model here instead',
  }));
  problems.push(...typeProblems(graph));
  for (const node of graph.nodes) collect(problems, () => write(node, new OperatorWriter(file, node)));
  if (problems.length > 0) throw new ProblemError(problems);
  const outputs = graph.outputs.map(({ value }) => file.index(value));
  return encodeModel(modelOf(graph, file, inputs, outputs, toolVersion, metadata));
}

/** Whole numbers of 64 bits without a sign, which our own reader and the kernels of TFLite do not take. */
function typeProblems({ values }: Graph): Problem[] {
  const found = [...values.values()].find(({ type }) => type.dtype === 'uint64');
  if (found === undefined) return [];
  const what = 'tensors of uint64 are not written as TFLite';
  return [{ code: 'tflite-export', where: `tensor "${found.name}"`, what, advice: 'use int64 in the model' }];
}

function write<T extends OpType>({ op }: Node<T>, writer: OperatorWriter): void {
  const writeNode = operatorWriters[op.type] as (writer: OperatorWriter, op: Node<T>['op']) => void;
  writeNode(writer, op);
}

function collect(problems: Problem[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
  }
}

function modelOf(
  graph: Graph,
  { tensors, operators }: FileWriter,
  inputs: readonly number[],
  outputs: readonly number[],
  toolVersion: string,
  more: ReadonlyMap<string, string>,
) {
  const codes = [...new Set(operators.map(({ code }) => code))];
  // Buffer 0 is empty by convention and stands for tensors without data.
  const buffers: { readonly data: Uint8Array }[] = [{ data: new Uint8Array() }];
  const bufferOf = (data: Uint8Array): number => buffers.push({ data }) - 1;
  const written = tensors.map((tensor) => tensorTable(tensor, bufferOf));
  const entries = [[roundingMetadata, graph.rounding] as const, [weightsMetadata, int4Text(graph)] as const, ...more];
  const metadata = entries.flatMap(([name, text]) =>
    text === null ? [] : [{ name, buffer: bufferOf(new TextEncoder().encode(text)) }],
  );
  const portMap = (ports: Graph['inputs'], indices: readonly number[]) =>
    ports.map(({ name }, i) => ({ name, tensor_index: indices[i] ?? 0 }));
  return {
    version: 3,
    operator_codes: codes.map(operatorCode),
    subgraphs: [
      {
        tensors: written,
        inputs,
        outputs,
        operators: operators.map((operator) => operatorTable(operator, codes)),
        name: graph.name,
      },
    ],
    description: `thimble ${toolVersion}`,
    buffers,
    metadata,
    signature_defs: [
      {
        inputs: portMap(graph.inputs, inputs),
        outputs: portMap(graph.outputs, outputs),
        signature_key: 'serving_default',
        subgraph_index: 0,
      },
    ],
  };
}

function operatorCode(code: string) {
  const number = (builtinOperator as readonly string[]).indexOf(code);
  return { deprecated_builtin_code: Math.min(number, largestOldCode), builtin_code: code, version: 1 };
}

function operatorTable({ code, inputs, outputs, options }: WrittenOperator, codes: readonly string[]) {
  return { opcode_index: codes.indexOf(code), inputs, outputs, builtin_options: options };
}

function tensorTable({ name, type, data, isInt4 }: WrittenTensor, bufferOf: (data: Uint8Array) => number) {
  return {
    name,
    shape: [...type.shape],
    type: isInt4 ? 'INT4' : typeCode(type),
    buffer: data === null ? 0 : bufferOf(isInt4 ? packInt4(numericData({ type, data })) : toBytes(data)),
    quantization: quantizationTable(type.quantization),
  };
}

function quantizationTable(quantization: Quantization) {
  switch (quantization.kind) {
    case 'none':
      return null;
    case 'per-tensor':
      return { scale: [quantization.scale], zero_point: [quantization.zeroPoint] };
    case 'per-channel':
      return {
        scale: [...quantization.scales],
        zero_point: [...quantization.zeroPoints],
        quantized_dimension: quantization.axis,
      };
    default:
      return quantization satisfies never;
  }
}
