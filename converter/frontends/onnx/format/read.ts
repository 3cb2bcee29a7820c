import { type Problem, ProblemError } from '../../../problem.ts';
import { checkFlow, sorted } from './check-flow.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';
import { onnxDtype } from './model.ts';
import { damage, damaged, nodePlace } from './problems.ts';
import {
  type AttributeProto,
  type DimensionProto,
  decodeModel,
  type GraphProto,
  type NodeProto,
  type ValueInfoProto,
  wholeOf,
} from './proto.ts';
import { readTensor, sparseTensor } from './tensor.ts';

/**
 * Reads an ONNX file and checks that it hangs together: encodings, sizes against the bytes that are there, names, order of nodes.
 * Says nothing about whether its operators are known.
 *
 * @throws ProblemError with everything that is wrong
 */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  const proto = decodeModel(bytes);
  if (proto.graph == null) throw damage('the model', 'it has no graph');
  const problems: Problem[] = [];
  const opsets = new Map(
    proto.opsetImport.map(({ domain, version }) => [plainDomain(domain), Number(wholeOf(version))]),
  );
  const graph = readGraph(proto.graph, opsets, problems);
  if (problems.length === 0) checkFlow(graph, problems);
  if (problems.length > 0) throw new ProblemError(problems);
  return {
    irVersion: Number(wholeOf(proto.irVersion)),
    producer: [proto.producerName, proto.producerVersion].filter((text) => text !== '').join(' '),
    opsets,
    functions: (proto.functions ?? []).map(({ domain, name }) => `${plainDomain(domain)}:${name}`),
    metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
    graph,
  };
}

/** Version of each operator set by domain. */
type Opsets = ReadonlyMap<string, number>;

/** `ai.onnx` is another name of the default domain. */
function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function readGraph(proto: GraphProto, opsets: Opsets, problems: Problem[]): OnnxGraph {
  const initializers = new Map<string, OnnxTensor>();
  for (const tensor of proto.initializer) {
    if (initializers.has(tensor.name)) problems.push(damaged(`tensor "${tensor.name}"`, 'it is stored twice'));
    attempt(problems, () => initializers.set(tensor.name, readTensor(tensor)));
  }
  proto.sparseInitializer.forEach((_, index) => {
    problems.push(sparseTensor(index));
  });
  const stored = new Set(proto.initializer.map((tensor) => tensor.name));
  return {
    name: proto.name,
    inputs: proto.input.map(readValueInfo).filter(({ name }) => !stored.has(name)),
    outputs: proto.output.map(readValueInfo),
    valueInfo: new Map(proto.valueInfo.map((info) => [info.name, readValueInfo(info)])),
    initializers,
    nodes: sorted(proto.node.map((node, index) => readNode(node, index, opsets, problems))),
  };
}

/** Runs one step and keeps its problems, so that the rest of the file is still looked at. */
function attempt(problems: Problem[], step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
  }
}

function readValueInfo({ name, type }: ValueInfoProto): OnnxValueInfo {
  const tensor = type?.tensorType;
  const dtype = tensor == null ? null : onnxDtype(tensor.elemType);
  if (tensor == null || dtype === null) return { name, dtype: 'not a tensor', shape: null };
  return { name, dtype, shape: tensor.shape == null ? null : tensor.shape.dim.map(readDimension) };
}

function readDimension(dim: DimensionProto): number | string | null {
  if (dim.value === 'dimParam') return dim.dimParam === '' ? null : dim.dimParam;
  if (dim.value !== 'dimValue') return null;
  const size = Number(wholeOf(dim.dimValue));
  return size > 0 && size < 2 ** 31 ? size : size === 0 ? 0 : null;
}

function readNode(proto: NodeProto, index: number, opsets: Opsets, problems: Problem[]): OnnxNode {
  const attributes = new Map<string, OnnxAttribute>();
  const node: OnnxNode = {
    index,
    name: proto.name,
    opType: proto.opType,
    domain: plainDomain(proto.domain),
    opset: opsets.get(plainDomain(proto.domain)) ?? 1,
    inputs: proto.input,
    outputs: proto.output,
    attributes,
  };
  for (const attribute of proto.attribute) {
    const where = `${nodePlace(node)} attribute "${attribute.name}"`;
    if (attributes.has(attribute.name)) problems.push(damaged(where, 'it is given twice'));
    attempt(problems, () => attributes.set(attribute.name, readAttribute(attribute, where)));
  }
  return node;
}

/** The kinds of AttributeProto.AttributeType (onnx.proto). Files before IR version 2 leave the type out. */
function readAttribute(proto: AttributeProto, where: string): OnnxAttribute {
  if (proto.refAttrName !== '') return { kind: 'other', what: 'a reference to an attribute of a function' };
  switch (proto.type === 0 ? guessedType(proto) : proto.type) {
    case 1:
      return { kind: 'float', value: proto.f };
    case 2:
      return { kind: 'int', value: wholeOf(proto.i) };
    case 3:
      return { kind: 'string', value: textOf(proto.s) };
    case 4:
      if (proto.t == null) throw damage(where, 'it is a tensor without content');
      return { kind: 'tensor', value: readTensor(proto.t, where) };
    case 5:
      return { kind: 'other', what: 'a sub-graph' };
    case 6:
      return { kind: 'floats', value: proto.floats };
    case 7:
      return { kind: 'ints', value: proto.ints.map(wholeOf) };
    case 8:
      return { kind: 'strings', value: proto.strings.map(textOf) };
    default:
      return { kind: 'other', what: `an attribute of type ${proto.type}` };
  }
}

function guessedType(proto: AttributeProto): number {
  if (proto.ints.length > 0) return 7;
  if (proto.floats.length > 0) return 6;
  if (proto.strings.length > 0) return 8;
  if (proto.t != null) return 4;
  if (proto.g != null) return 5;
  if (proto.s.length > 0) return 3;
  return Object.hasOwn(proto, 'f') ? 1 : 2;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
