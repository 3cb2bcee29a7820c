import { invariant } from '../../../problem.ts';
import { type BufferTable, bufferBytes } from './buffers.ts';
import { checkFlow } from './check-flow.ts';
import { decodeModel } from './decode.ts';
import type { TfliteMetadata, TfliteModel, TfliteOperator, TfliteSignature, TfliteSubgraph } from './model.ts';
import { type OperatorKind, readOperator, readOperatorKind } from './operator.ts';
import { operatorPlace, subgraphPrefix } from './place.ts';
import { ProblemList, quoteName } from './problems.ts';
import type { Decoded } from './schema/schema.ts';
import { readTensor } from './tensor.ts';

const schemaVersion = 3;
const exportAgain = 'the file is damaged: download or export it again';

/**
 * Reads and verifies a TFLite file. Work and memory are bounded by the size of the file, whatever it declares. The result
 * shares memory with `bytes`.
 *
 * @throws ProblemError with the first fault of structure, or else with everything that is wrong with the content (the first
 * 50 problems and a count of the rest).
 */
export function readTfliteModel(bytes: Uint8Array): TfliteModel {
  const problems = new ProblemList();
  const raw = decodeModel(bytes, problems);
  checkModel(raw, problems);
  const table: BufferTable = { file: bytes, buffers: raw.buffers };
  const kinds = raw.operator_codes.map((code, index) => readOperatorKind(code, index, problems));
  const subgraphs = raw.subgraphs.map((_, index) => readSubgraph(raw, index, kinds, table, problems));
  const model: TfliteModel = {
    version: raw.version,
    description: raw.description,
    subgraphs,
    metadata: raw.metadata.map((entry) => readMetadata(entry, table, problems)),
    signatureDefs: raw.signature_defs.map((signature) => readSignature(signature, subgraphs, problems)),
  };
  problems.throwIfAny();
  return model;
}

function checkModel(raw: Decoded<'Model'>, problems: ProblemList): void {
  if (raw.version !== schemaVersion) {
    problems.add({
      code: 'tflite-version',
      where: 'the model',
      what: `its schema has version ${raw.version}; only ${schemaVersion} is defined`,
      advice: 'export the model with a current TFLite converter',
    });
  }
  if (raw.subgraphs.length === 0) {
    problems.add({ code: 'tflite-no-graph', where: 'the model', what: 'it has no subgraph', advice: exportAgain });
  }
}

function readSubgraph(
  model: Decoded<'Model'>,
  index: number,
  kinds: readonly OperatorKind[],
  table: BufferTable,
  problems: ProblemList,
): TfliteSubgraph {
  const raw = model.subgraphs[index];
  invariant(raw !== undefined, `subgraph ${index} exists`);
  const prefix = subgraphPrefix(index, raw.name, model.subgraphs.length);
  const tensors = raw.tensors.map((tensor, i) => readTensor(tensor, i, prefix, table, problems));
  const operators = raw.operators.map((operator, i) =>
    readOperator(operator, i, kinds[operator.opcode_index], table.file, `${prefix}operator #${i}`, problems),
  );
  for (const operator of operators) {
    checkSubgraphOptions(operator, model.subgraphs.length, prefix + operatorPlace(operator, tensors), problems);
  }
  const subgraph: TfliteSubgraph = {
    index,
    name: raw.name,
    tensors,
    inputs: raw.inputs,
    outputs: raw.outputs,
    operators,
  };
  checkFlow(subgraph, prefix, problems);
  return subgraph;
}

/** Control flow operators name the subgraphs they run in options called `subgraph`, `..._subgraph_index` and the like. */
function checkSubgraphOptions(
  operator: TfliteOperator,
  subgraphCount: number,
  place: string,
  problems: ProblemList,
): void {
  for (const [name, value] of Object.entries(operator.options ?? {})) {
    if (!/subgraph(_index)?$/.test(name) || typeof value !== 'number') continue;
    if (value >= 0 && value < subgraphCount) continue;
    problems.add({
      code: 'tflite-index',
      where: place,
      what: `${name} is ${value}, but the model has ${subgraphCount} subgraphs`,
      advice: exportAgain,
    });
  }
}

function readMetadata(raw: Decoded<'Metadata'>, table: BufferTable, problems: ProblemList): TfliteMetadata {
  const data = bufferBytes(table, raw.buffer, `metadata ${quoteName(raw.name)}`, problems);
  return { name: raw.name, data: data ?? new Uint8Array(0) };
}

function readSignature(
  raw: Decoded<'SignatureDef'>,
  subgraphs: readonly TfliteSubgraph[],
  problems: ProblemList,
): TfliteSignature {
  const subgraph = subgraphs[raw.subgraph_index];
  const say = (what: string): void =>
    problems.add({
      code: 'tflite-index',
      where: `signature ${quoteName(raw.signature_key)}`,
      what,
      advice: exportAgain,
    });
  if (subgraph === undefined) say(`it refers to subgraph ${raw.subgraph_index}, which the model does not have`);
  const readMap = (map: Decoded<'TensorMap'>): TfliteSignature['inputs'][number] => {
    if (subgraph !== undefined && map.tensor_index >= subgraph.tensors.length) {
      say(`${quoteName(map.name)} refers to tensor ${map.tensor_index}, which the subgraph does not have`);
    }
    return { name: map.name, tensorIndex: map.tensor_index };
  };
  return {
    key: raw.signature_key,
    subgraphIndex: raw.subgraph_index,
    inputs: raw.inputs.map(readMap),
    outputs: raw.outputs.map(readMap),
  };
}
