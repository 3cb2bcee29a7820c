import type { Graph, ValueId } from '../../../ir/graph.ts';
import { verifyGraph } from '../../../ir/verify.ts';
import { type EncodingOf, encodingsFor } from './encodings.ts';
import { chooseFormats } from './formats.ts';
import { LoweredGraph } from './lowered-graph.ts';
import type { KeptReal, Lowering } from './lowering.ts';
import { lowerNode } from './node.ts';
import { type NodeFormats, tieValues } from './ties.ts';

export interface Lowered {
  readonly graph: Graph;
  /** Where each float value is stored; values that only stay real are not listed. */
  readonly stored: ReadonlyMap<ValueId, ValueId>;
  /** The format in which each node of the float graph computes. */
  readonly formats: NodeFormats;
  readonly keptReal: readonly KeptReal[];
  readonly encodingOf: EncodingOf;
}

/**
 * The graph on integers: int8 (or int16) activations, int8 weights with a scale for each output channel, int32 biases. Results round
 * once (`single`). Nodes without an integer form stay real, between `dequantize` and `quantize`.
 */
export function lowerToIntegers(graph: Graph, lowering: Lowering): Lowered {
  const keptReal: KeptReal[] = [];
  const formats = chooseFormats(graph, lowering.formatOf, keptReal);
  const encodingOf = encodingsFor(graph, formats, tieValues(graph, formats), lowering.rangeOf);
  const lowered = new LoweredGraph(graph, encodingOf, lowering.ports, formats);
  for (const node of graph.nodes) {
    const reason = lowerNode(lowered, node, formats.get(node.id) ?? 'float32', lowering);
    if (reason === null) continue;
    keptReal.push({ node, reason });
    formats.set(node.id, 'float32');
    lowered.copy(node);
  }
  const result = lowered.finish();
  verifyGraph(result, 'quantize');
  return { graph: result, stored: lowered.stored, formats, keptReal, encodingOf };
}
