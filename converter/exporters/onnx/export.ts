import { remarksMetadata } from '../../frontends/onnx/written.ts';
import { roundingMetadata } from '../../frontends/rounding-metadata.ts';
import { int4Text, weightsMetadata } from '../../frontends/weights-metadata.ts';
import type { Graph, Node, Value, ValueId } from '../../ir/graph.ts';
import { rewrite } from '../../ir/rewrite.ts';
import type { Op, OpType } from '../../ops/op.ts';
import { eliminateDeadNodes } from '../../passes/dead-code.ts';
import { foldConstants } from '../../passes/fold-constants.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { encodeModel } from './encode.ts';
import { FileWriter, type Ref } from './file-writer.ts';
import { type FileContext, OperatorWriter } from './operator-writer.ts';
import { operatorWriters } from './ops/table.ts';
import { ValueWriter } from './value-writer.ts';

/** Operator sets with the oldest IR version that may hold them (ONNX `Versioning.md`): the oldest that suffice are written. */
const versions = [
  { opset: 17, irVersion: 8 },
  { opset: 18, irVersion: 8 },
  { opset: 21, irVersion: 10 },
] as const;

/**
 * The graph as an .onnx file that other tools read. Inputs and outputs keep names, shapes and element types; windows are written with
 * channels first, with transposes where the graph has the channels last. Integers are written as QDQ: every operator between
 * DequantizeLinear and QuantizeLinear.
 *
 * The file is of operator set 17 and IR version 8; of set 18 where whole numbers are joined bit by bit, and of set 21 and IR version 10 where
 * tensors of 16 bits have scales.
 *
 * @param metadata texts by their names, which readers that do not know them pass over
 * @throws ProblemError with every node that has no form in ONNX, and for models with a state
 */
export function exportOnnx(
  given: Graph,
  toolVersion: string,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  // Whoever reads the file computes constants from real numbers, which for integers is something else.
  const { graph } = rewrite(given, [eliminateDeadNodes, foldConstants]);
  const file = new FileWriter();
  const context: FileContext = {
    graph,
    file,
    values: new ValueWriter(graph, file),
    opset: versionOf(graph).opset,
    remarks: new Map(),
  };
  const problems: Problem[] = [...stateProblems(graph), ...typeProblems(graph), ...portProblems(graph)];
  for (const { value } of graph.states) context.values.standIn(value);
  for (const node of graph.nodes) {
    if (collect(problems, () => write(node, new OperatorWriter(context, node)))) continue;
    // The nodes behind it are looked at all the same.
    for (const output of node.outputs) context.values.standIn(output);
  }
  if (problems.length > 0) throw new ProblemError(problems);
  for (const { name, value } of graph.outputs) file.output(name, context.values.port(value));
  const parts = file.finish();
  return encodeModel({
    ...versionOf(graph),
    ...parts,
    producerVersion: toolVersion,
    name: graph.name === '' ? 'model' : graph.name,
    metadata: new Map([...metadata, ...metadataOf(graph, context, parts.nameOf)]),
  });
}

function versionOf({ nodes, values }: Graph): (typeof versions)[number] {
  const isWide = ({ type }: Value) => type.quantization.kind !== 'none' && type.dtype.endsWith('int16');
  if ([...values.values()].some(isWide)) return versions[2];
  const bitwise = nodes.some(({ op }) => op.type === 'zip' && ['and', 'or', 'xor'].includes(op.attributes.fn));
  return bitwise ? versions[1] : versions[0];
}

function write<T extends OpType>({ op }: Node<T>, writer: OperatorWriter): void {
  const writeNode = operatorWriters[op.type] as (writer: OperatorWriter, op: Op<T>) => void;
  writeNode(writer, op);
}

/** Whether the work was done; else its problems are among the others. */
function collect(problems: Problem[], work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
    return false;
  }
}

function stateProblems({ states }: Graph): Problem[] {
  return states.map(({ name }) => ({
    code: 'onnx-export',
    where: `state "${name}"`,
    what: 'what a model remembers between runs is not written as ONNX',
    advice: 'convert the model here instead',
  }));
}

/** Tensors of one name are one tensor in ONNX. */
function portProblems({ inputs, outputs }: Graph): Problem[] {
  const named = new Map(inputs.map(({ name, value }) => [name, value]));
  const isInput = (value: ValueId) => inputs.some((port) => port.value === value);
  const problems: Problem[] = [];
  for (const { name, value } of outputs) {
    const other = named.get(name);
    named.set(name, value);
    if (other === undefined || (other === value && isInput(value))) continue;
    const what = 'an input or another output has the same name, which tensors in ONNX cannot have';
    problems.push({ code: 'onnx-export', where: `output "${name}"`, what, advice: 'rename one of them in the model' });
  }
  return problems;
}

/** Half and double precision are computed in float32 by our own reader, so that what comes back would differ. */
function typeProblems({ values }: Graph): Problem[] {
  const found = [...values.values()].find(({ type, data }) => isOdd(type.dtype) && data === null);
  if (found === undefined) return [];
  const where = `tensor "${found.name}"`;
  const what = `tensors of ${found.type.dtype} are not written as ONNX`;
  return [{ code: 'onnx-export', where, what, advice: 'begin with a model of float32' }];
}

const isOdd = (dtype: string) => dtype === 'float16' || dtype === 'float64';

/** How integers round, and what the operators do not say about them. */
function metadataOf(graph: Graph, { remarks }: FileContext, nameOf: (ref: Ref) => string): ReadonlyMap<string, string> {
  const named = Object.fromEntries([...remarks].map(([ref, remark]) => [nameOf(ref), remark]));
  const entries: [string, string][] = [[roundingMetadata, graph.rounding]];
  const int4 = int4Text(graph);
  if (int4 !== null) entries.push([weightsMetadata, int4]);
  if (remarks.size > 0) entries.push([remarksMetadata, JSON.stringify(named)]);
  return new Map(entries);
}
