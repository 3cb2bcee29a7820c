import type { TensorData } from '../tensor/dtype.ts';
import { formatType } from '../tensor/tensor.ts';
import type { WeightStorage } from '../tensor/weight-storage.ts';
import { type Graph, type Node, type Value, type ValueId, valueById } from './graph.ts';

/** Constants up to this many elements print in full, so that small graphs round-trip; larger ones print as a digest. */
const fullDataElements = 64;

/**
 * The graph as text, one value per line; `parseGraph` reads it back where no constant is too large to print.
 *
 *     graph "net" producer="" rounding=exact
 *     input %0 "x": float32 1x4
 *     const %1 "w": float32 2x4 = [1,2,3,4,5,6,7,8]
 *     %3 "y": float32 1x2 = fully-connected(%0, %1, %2) {"clamp":{"max":"inf","min":"-inf"}} from "FULLY_CONNECTED #0"
 *     output "y" %3
 *     state "h" %4 -> %7 = [0,0]
 *     stored %1 int8 axis=0 scales=[0.5,0.25]
 */
export function printGraph(graph: Graph): string {
  const lines = [`graph ${quote(graph.name)} producer=${quote(graph.producer)} rounding=${graph.rounding}`];
  for (const port of graph.inputs) lines.push(`input ${declare(valueById(graph, port.value))}`);
  for (const state of graph.states) lines.push(`held ${declare(valueById(graph, state.value))}`);
  for (const value of graph.values.values()) {
    if (value.data !== null) lines.push(`const ${declare(value)} = ${printData(value.data)}`);
  }
  for (const [id, storage] of graph.storage) lines.push(printStorage(id, storage));
  for (const node of graph.nodes) lines.push(printNode(graph, node));
  for (const port of graph.outputs) lines.push(`output ${quote(port.name)} %${port.value}`);
  for (const { name, value, next, initial } of graph.states) {
    lines.push(`state ${quote(name)} %${value} -> %${next} = ${initial === null ? 'zeros' : printData(initial)}`);
  }
  return `${lines.join('\n')}\n`;
}

function printNode(graph: Graph, node: Node): string {
  const outputs = node.outputs.map((id) => declare(valueById(graph, id))).join(', ');
  const inputs = node.inputs.map((id) => `%${id}`).join(', ');
  return `${outputs} = ${node.op.type}(${inputs}) ${printAttributes(node.op.attributes)} from ${quote(node.name)}`;
}

/** Attributes as JSON with sorted keys; numbers that JSON lacks are the strings "inf", "-inf", "nan" and "-0". */
export function printAttributes(attributes: object): string {
  return JSON.stringify(attributes, (_, value: unknown) => {
    if (value === Number.POSITIVE_INFINITY) return 'inf';
    if (value === Number.NEGATIVE_INFINITY) return '-inf';
    if (Number.isNaN(value)) return 'nan';
    if (Object.is(value, -0)) return '-0';
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function printStorage(id: ValueId, storage: WeightStorage): string {
  switch (storage.kind) {
    case 'float16':
      return `stored %${id} float16`;
    case 'int8':
      return `stored %${id} int8 axis=${storage.axis} scales=[${storage.scales.join(',')}]`;
    case 'int4':
      if (storage.group === null) return `stored %${id} int4`;
      return `stored %${id} int4 group=${storage.group} multipliers=[${storage.multipliers.join(',')}]`;
    default:
      return storage satisfies never;
  }
}

function declare(value: Value): string {
  return `%${value.id} ${quote(value.name)}: ${formatType(value.type)}`;
}

function printData(data: TensorData): string {
  if (data.length > fullDataElements) return `<${data.length} elements, digest ${digest(data)}>`;
  return `[${Array.from(data as ArrayLike<number | bigint>, (x) => (Object.is(x, -0) ? '-0' : String(x))).join(',')}]`;
}

/** 32-bit FNV-1a over the bytes (Fowler, Noll, Vo): a fingerprint for reading, not for security. */
function digest(data: TensorData): string {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function quote(text: string): string {
  return JSON.stringify(text);
}
