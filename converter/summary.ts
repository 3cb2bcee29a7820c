import { type Graph, inputTypes, type Node, outputTypes, typeOf, type ValueId, valueById } from './ir/graph.ts';
import type { AppliedPatch } from './ir/rewrite.ts';
import type { OpType } from './ops/op.ts';
import { opCost } from './ops/registry.ts';
import { elementCount } from './tensor/shape.ts';
import { byteSize, type TensorType } from './tensor/tensor.ts';
import { storedBytes } from './tensor/weight-storage.ts';

/** What one operator is and costs. */
export interface OperatorSummary {
  readonly index: number;
  /** The operator and place in the user's own words. */
  readonly name: string;
  readonly operator: OpType;
  /** Type of output 0. */
  readonly output: TensorType;
  readonly macs: number;
  /** Constants that no operator before reads: the sum over all rows is what the model holds. */
  readonly parameterBytes: number;
  /** All outputs. */
  readonly activationBytes: number;
}

/** A named input or output. */
export interface PortSummary {
  readonly name: string;
  readonly type: TensorType;
}

export interface ModelSummary {
  readonly name: string;
  readonly producer: string;
  readonly inputs: readonly PortSummary[];
  readonly outputs: readonly PortSummary[];
  readonly operators: readonly OperatorSummary[];
  readonly macs: number;
  readonly parameterBytes: number;
  readonly activationBytes: number;
}

/** The operators of a graph with what they cost, and the totals. */
export function summarize(graph: Graph): ModelSummary {
  const counted = new Set<ValueId>();
  const operators = graph.nodes.map((node, index) => summarizeNode(graph, node, index, counted));
  const sum = (of: (row: OperatorSummary) => number) => operators.reduce((total, row) => total + of(row), 0);
  return {
    name: graph.name,
    producer: graph.producer,
    inputs: graph.inputs.map(({ name, value }) => ({ name, type: typeOf(graph, value) })),
    outputs: graph.outputs.map(({ name, value }) => ({ name, type: typeOf(graph, value) })),
    operators,
    macs: sum((row) => row.macs),
    parameterBytes: sum((row) => row.parameterBytes),
    activationBytes: sum((row) => row.activationBytes),
  };
}

function summarizeNode(graph: Graph, node: Node, index: number, counted: Set<ValueId>): OperatorSummary {
  const [inputs, outputs] = [inputTypes(graph, node), outputTypes(graph, node)];
  let parameterBytes = 0;
  for (const id of node.inputs) {
    const { data, type } = valueById(graph, id);
    if (data === null || counted.has(id)) continue;
    counted.add(id);
    const storage = graph.storage.get(id);
    parameterBytes += storage?.kind === 'int4' ? storedBytes(storage, elementCount(type.shape)) : byteSize(type);
  }
  const [first] = node.outputs;
  return {
    index,
    name: node.name,
    operator: node.op.type,
    output:
      first === undefined ? { dtype: 'float32', shape: [], quantization: { kind: 'none' } } : typeOf(graph, first),
    macs: opCost(node.op, inputs, outputs).macs,
    parameterBytes,
    activationBytes: outputs.reduce((total, type) => total + byteSize(type), 0),
  };
}

/** How often each rule was applied, in the order of first use. */
export function countRules(applied: readonly AppliedPatch[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rule } of applied) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return counts;
}
