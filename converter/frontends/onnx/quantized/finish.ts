import {
  constantOf,
  type Graph,
  isNode,
  type Node,
  typeOf,
  type Value,
  type ValueId,
  valueById,
} from '../../../ir/graph.ts';
import { applyPatch, PatchBuilder } from '../../../ir/patch.ts';
import { type Rule, rewrite } from '../../../ir/rewrite.ts';
import { realValues } from '../../../ops/dequantize.ts';
import type { WrittenIntegers } from '../written.ts';
import { fuseWritten } from './as-written.ts';
import { bytesToInt8 } from './bytes.ts';
import { fuseQuantize } from './fuse.ts';
import { roundedToEven } from './linear.ts';
import { sinkDequantize } from './sink.ts';

/**
 * A graph as translated, with real numbers between `dequantize` and `quantize`, made into one on integers wherever operators have an
 * integer form (see `docs/adr/0012-quantized-onnx.md`). Graphs without quantization stay as they are.
 */
export function onIntegers(graph: Graph, written: WrittenIntegers | null): Graph {
  const hasScales = graph.nodes.some(({ op }) => op.type === 'quantize' || op.type === 'dequantize');
  if (!hasScales) return written === null ? graph : { ...graph, rounding: written.rounding };
  if (written !== null) return onWrittenIntegers(graph, written);
  const fused = rewrite(bytesToInt8(graph), [sinkDequantize, fuseQuantize]).graph;
  const folded = rewrite(fused, [foldDequantized]).graph;
  return { ...withoutUnread(tiesToEven(folded)), rounding: 'float' };
}

/** The integers of a file that we wrote, see {@link fuseWritten}. */
function onWrittenIntegers(graph: Graph, written: WrittenIntegers): Graph {
  const fused = rewrite(graph, [sinkDequantize, fuseWritten(written)]).graph;
  const folded = rewrite(fused, [foldDequantized]).graph;
  const isReal = ({ name }: Node) => written.remarks.get(name) === 'real';
  return { ...withoutUnread(tiesToEven(folded, isReal)), rounding: written.rounding };
}

/** dequantize(constant) == constant: weights of operators that stay on real numbers. */
const foldDequantized: Rule = {
  name: 'fold-dequantized',
  match(graph, node, uses) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (node.op.type !== 'dequantize' || input === undefined || output === undefined) return null;
    const stored = constantOf(graph, input);
    if (stored === null || ((uses.consumers.get(output)?.length ?? 0) === 0 && !uses.outputs.has(output))) return null;
    const patch = new PatchBuilder(graph, node).remove(node);
    const { name, type } = valueById(graph, output);
    return patch
      .replace(output, patch.constant(name, { type, data: realValues(stored) }))
      .finish(`${node.name} is a constant`);
  },
};

/**
 * QuantizeLinear rounds ties to even, our `quantize` away from zero: numbers that are whole steps are the same for both. Nodes that
 * `isOurs` finds are ours in this, too.
 */
function tiesToEven(graph: Graph, isOurs: (node: Node) => boolean = () => false): Graph {
  let result = graph;
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (!isNode(node, 'quantize') || isOurs(node) || input === undefined || output === undefined) continue;
    const { quantization } = typeOf(graph, output);
    if (quantization.kind !== 'per-tensor') continue;
    const patch = new PatchBuilder(result, node).remove(node);
    const { name, type } = valueById(graph, output);
    const expression = roundedToEven(quantization.scale);
    const { name: inputName, type: inputType } = valueById(result, input);
    const steps = patch.node(
      node.name,
      { type: 'map', attributes: { expression } },
      [input],
      inputType,
      `${inputName}/steps`,
    );
    patch.replace(output, patch.node(node.name, node.op, [steps], type, name));
    result = applyPatch(result, patch.finish('ties to even'));
  }
  return result;
}

/** The graph without nodes and constants that nobody reads. */
function withoutUnread(graph: Graph): Graph {
  const read = new Set<ValueId>(graph.outputs.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((id) => read.has(id))) continue;
    for (const id of node.inputs) read.add(id);
    nodes.push(node);
  }
  for (const { value } of graph.inputs) read.add(value);
  const values = new Map<ValueId, Value>([...graph.values].filter(([id]) => read.has(id)));
  return { ...graph, values, nodes: nodes.reverse() };
}
