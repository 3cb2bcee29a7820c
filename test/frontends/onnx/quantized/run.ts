import { importOnnx } from '../../../../converter/frontends/onnx/import.ts';
import { noImportOptions } from '../../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../../converter/ir/evaluate.ts';
import { type Graph, typeOf } from '../../../../converter/ir/graph.ts';
import { verifyGraph } from '../../../../converter/ir/verify.ts';
import { optimizeGraph } from '../../../../converter/pipeline.ts';
import { allocate } from '../../../../converter/tensor/dtype.ts';
import type { Tensor } from '../../../../converter/tensor/tensor.ts';
import { type ModelDraft, writeModel } from '../draft.ts';

/** The graph of a draft, verified. */
export function graphOf(draft: ModelDraft): Graph {
  const graph = importOnnx(writeModel(draft), 'draft', noImportOptions);
  verifyGraph(graph, 'import');
  return graph;
}

/** The outputs for inputs in the order of the draft; the same before and after the passes, to the bit. */
export function outputsOf(graph: Graph, ...inputs: readonly (readonly number[])[]): number[][] {
  const tensors = graph.inputs.map(({ value }, i): Tensor => {
    const type = typeOf(graph, value);
    const data = allocate(type.dtype, inputs[i]?.length ?? 0);
    inputs[i]?.forEach((number, k) => {
      data[k] = number;
    });
    return { type, data };
  });
  const numbers = (of: Graph) => evaluateGraph(of, tensors).map(({ data }) => Array.from(data, Number));
  const results = numbers(graph);
  const optimized = numbers(optimizeGraph(graph).graph);
  if (JSON.stringify(optimized) !== JSON.stringify(results)) throw new Error(`after the passes: ${optimized}`);
  return results;
}

/** Each operator with the dtype of its first operand: `conv-2d int8`. */
export function operatorsOf(graph: Graph): string[] {
  return graph.nodes.map(({ op, inputs: [first] }) =>
    first === undefined ? op.type : `${op.type} ${typeOf(graph, first).dtype}`,
  );
}

/** An int attribute of a node. */
export const int = (name: string, i: number) => ({ name, type: 2, i });

/** A float attribute of a node. */
export const float = (name: string, f: number) => ({ name, type: 1, f });
