import { type Problem, ProblemError } from '../../../problem.ts';
import { capturedBy, checkFlow, sorted } from './check-flow.ts';
import type { ExternalData } from './external-data.ts';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';
import { onnxDtype } from './model.ts';
import { damage, damaged, nodePlace } from './problems.ts';
import {
  type AttributeProto,
  type DimensionProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
  wholeOf,
} from './proto.ts';
import { readSparseTensor } from './sparse-tensor.ts';
import { readTensor } from './tensor.ts';

/** What all graphs of a file share while they are read. */
export interface GraphContext {
  /** Version of each operator set by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly overloads: ReadonlyMap<NodeProto, string>;
  readonly external: ExternalData;
  /** Grows. */
  readonly problems: Problem[];
}

/** `ai.onnx` is another name of the default domain. */
export function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** Runs one step and keeps its problems, so that the rest of the file is still looked at. */
export function attempt(problems: Problem[], step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
  }
}

/** Reads a graph; problems go to the context. Sub-graphs are checked for their flow, which needs their context to be read. */
export function readGraph(proto: GraphProto, context: GraphContext, isMain: boolean): OnnxGraph {
  const initializers = readInitializers(proto, context);
  return {
    name: proto.name,
    // Before IR version 4 all initializers of the main graph are inputs too.
    inputs: proto.input.map(readValueInfo).filter(({ name }) => !isMain || !initializers.has(name)),
    outputs: proto.output.map(readValueInfo),
    valueInfo: new Map(proto.valueInfo.map((info) => [info.name, readValueInfo(info)])),
    initializers,
    nodes: sorted(proto.node.map((node, index) => readNode(node, index, context))),
  };
}

function readInitializers(proto: GraphProto, context: GraphContext): ReadonlyMap<string, OnnxTensor> {
  const { problems, external } = context;
  const initializers = new Map<string, OnnxTensor>();
  const add = (tensor: OnnxTensor): void => {
    if (initializers.has(tensor.name)) problems.push(damaged(`tensor "${tensor.name}"`, 'it is stored twice'));
    initializers.set(tensor.name, tensor);
  };
  for (const tensor of proto.initializer) attempt(problems, () => add(readTensor(tensor, undefined, external)));
  proto.sparseInitializer.forEach((tensor, i) => {
    attempt(problems, () => add(readSparseTensor(tensor, `sparse initializer ${i}`, reader(context))));
  });
  return initializers;
}

function reader({ external }: GraphContext) {
  return (proto: TensorProto, where?: string): OnnxTensor => readTensor(proto, where, external);
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

function readNode(proto: NodeProto, index: number, context: GraphContext): OnnxNode {
  const domain = plainDomain(proto.domain);
  const { opsets, overloads } = context;
  const bare: OnnxNode = {
    index,
    name: proto.name,
    opType: proto.opType,
    domain,
    opset: opsets.get(domain) ?? 1,
    inputs: proto.input,
    outputs: proto.output,
    captured: [],
    overload: overloads.get(proto) ?? '',
    attributes: new Map(),
  };
  const attributes = readAttributes(proto.attribute, nodePlace(bare), context);
  const captured = [...attributes.values()].flatMap((attribute) => {
    return attribute.kind === 'graph' ? capturedBy(attribute.value) : [];
  });
  return { ...bare, attributes, captured: [...new Set(captured)] };
}

/** Attributes by name; problems go to the context. */
export function readAttributes(
  protos: readonly AttributeProto[],
  place: string,
  context: GraphContext,
): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>();
  for (const proto of protos) {
    const where = `${place} attribute "${proto.name}"`;
    if (attributes.has(proto.name)) context.problems.push(damaged(where, 'it is given twice'));
    attempt(context.problems, () => attributes.set(proto.name, readAttribute(proto, where, context)));
  }
  return attributes;
}

/** The kinds of AttributeProto.AttributeType (onnx.proto). Files before IR version 2 leave the type out. */
function readAttribute(proto: AttributeProto, where: string, context: GraphContext): OnnxAttribute {
  if (proto.refAttrName !== '') return { kind: 'reference', name: proto.refAttrName };
  switch (proto.type === 0 ? guessedType(proto) : proto.type) {
    case 1:
      return { kind: 'float', value: proto.f };
    case 2:
      return { kind: 'int', value: wholeOf(proto.i) };
    case 3:
      return { kind: 'string', value: textOf(proto.s) };
    case 4:
      if (proto.t == null) throw damage(where, 'it is a tensor without content');
      return { kind: 'tensor', value: readTensor(proto.t, where, context.external) };
    case 5:
      if (proto.g == null) throw damage(where, 'it is a graph without content');
      return { kind: 'graph', value: readSubGraph(proto.g, where, context) };
    case 6:
      return { kind: 'floats', value: proto.floats };
    case 7:
      return { kind: 'ints', value: proto.ints.map(wholeOf) };
    case 8:
      return { kind: 'strings', value: proto.strings.map(textOf) };
    case 11:
      if (proto.sparseTensor == null) throw damage(where, 'it is a tensor without content');
      return { kind: 'tensor', value: readSparseTensor(proto.sparseTensor, where, reader(context)) };
    default:
      return { kind: 'other', what: `an attribute of type ${proto.type}` };
  }
}

/** The names that it captures are checked with the node that it belongs to. */
function readSubGraph(proto: GraphProto, where: string, context: GraphContext): OnnxGraph {
  const rules = { where, isMain: false, captures: true };
  const graph = readGraph(proto, context, false);
  checkFlow(graph, rules, context.problems);
  return graph;
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
