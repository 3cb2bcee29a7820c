import onnxProto from 'onnx-proto';
import { damage } from './problems.ts';
import type { AttributeProto, GraphProto, ModelProto, NodeProto } from './proto.ts';
import { contentsOf } from './wire.ts';

/** Fields that are newer than the schema of our decoder and change what a model means, read from the file itself. */
export interface NewerFields {
  /** Of each function, in the order of the file. */
  readonly functions: readonly { readonly overload: string; readonly defaults: readonly AttributeProto[] }[];
  /** Overload names of calls; nodes without one are left out. */
  readonly overloads: ReadonlyMap<NodeProto, string>;
}

/** Numbers of the fields (onnx.proto of ONNX 1.16 and later). */
const fields = {
  modelGraph: 7,
  modelFunction: 25,
  functionNode: 7,
  functionDefault: 11,
  functionOverload: 13,
  graphNode: 1,
  nodeAttribute: 5,
  nodeOverload: 8,
  attributeGraph: 6,
} as const;

/** Reads what the decoder skipped; costs nothing where the model has no functions. */
export function readNewerFields(bytes: Uint8Array, model: ModelProto): NewerFields {
  const messages = contentsOf(bytes, fields.modelFunction);
  const functions = messages.map((message) => ({
    overload: text(contentsOf(message, fields.functionOverload)),
    defaults: contentsOf(message, fields.functionDefault).map(decodeAttribute),
  }));
  const overloads = new Map<NodeProto, string>();
  if (functions.some(({ overload }) => overload !== '')) {
    const [graph] = contentsOf(bytes, fields.modelGraph).slice(-1);
    if (graph !== undefined && model.graph != null) addGraph(graph, model.graph, overloads);
    messages.forEach((message, i) => {
      addNodes(contentsOf(message, fields.functionNode), model.functions?.[i]?.node ?? [], overloads);
    });
  }
  return { functions, overloads };
}

function decodeAttribute(bytes: Uint8Array): AttributeProto {
  try {
    return onnxProto.onnx.AttributeProto.decode(bytes) as unknown as AttributeProto;
  } catch (error) {
    throw damage(
      'a function of the model',
      `a default value is damaged (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function addGraph(bytes: Uint8Array, graph: GraphProto, overloads: Map<NodeProto, string>): void {
  addNodes(contentsOf(bytes, fields.graphNode), graph.node, overloads);
}

/** Messages and what was decoded from them stand in the same order. */
function addNodes(messages: readonly Uint8Array[], nodes: readonly NodeProto[], overloads: Map<NodeProto, string>) {
  messages.forEach((message, i) => {
    const node = nodes[i];
    if (node === undefined) return;
    const overload = text(contentsOf(message, fields.nodeOverload));
    if (overload !== '') overloads.set(node, overload);
    contentsOf(message, fields.nodeAttribute).forEach((attribute, k) => {
      const [graph] = contentsOf(attribute, fields.attributeGraph).slice(-1);
      const decoded = node.attribute[k]?.g;
      if (graph !== undefined && decoded != null) addGraph(graph, decoded, overloads);
    });
  });
}

function text(contents: readonly Uint8Array[]): string {
  const last = contents.at(-1);
  return last === undefined ? '' : new TextDecoder().decode(last);
}
