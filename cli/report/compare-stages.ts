import type { PrunedGraph } from '../../converter/compress/prune/prune-graph.ts';
import { storednessOf } from '../../converter/compress/quantize/dequantize-graph.ts';
import type { QuantizedGraph } from '../../converter/compress/quantize/quantize-graph.ts';
import { realValues, storedTensor } from '../../converter/compress/quantize/report/real-values.ts';
import { storedInputs } from '../../converter/compress/quantize/report/tensor-errors.ts';
import { type Graph, typeOf, usesOf, type Value, type ValueId, valueById } from '../../converter/ir/graph.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';
import { quantizationsEqual } from '../../converter/tensor/quantization.ts';
import { formatShape, shapesEqual } from '../../converter/tensor/shape.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';
import type { LoadedModel } from '../model-file.ts';
import type { Comparison, TensorPair } from './errors.ts';

/** A pruned model against the one that it was made of: the channels that are left of each tensor. */
export function prunedComparison({ float, graph, kept }: PrunedGraph): Comparison {
  const pairs = graph.nodes.flatMap(({ name, outputs }) =>
    outputs.flatMap((id): TensorPair[] => {
      const before = float.values.get(id);
      if (before === undefined) return [];
      const channels = kept.get(id) ?? null;
      const width = channels?.length ?? before.type.shape.at(-1) ?? 1;
      const isSame = shapesEqual(
        [...before.type.shape.slice(0, -1), width],
        [...typeOf(graph, id).shape.slice(0, -1), typeOf(graph, id).shape.at(-1) ?? 1],
      );
      return isSame ? [{ layer: name, before: id, now: id, channels }] : [];
    }),
  );
  return { before: float, now: graph, pairs, isScaled: false, inputsNow: (inputs) => inputs };
}

/** A quantized model against the real one that its ranges were found for. */
export function quantizedComparison({ prepared, graph, stored }: QuantizedGraph): Comparison {
  const { producer } = usesOf(prepared.graph);
  const pairs = [...stored].flatMap(([before, now]): TensorPair[] => {
    const layer = producer.get(before);
    return layer === undefined ? [] : [{ layer: layer.name, before, now, channels: null }];
  });
  const inputsNow = (inputs: readonly Tensor[]) => storedInputs(graph, inputs);
  return { before: prepared.graph, now: graph, pairs, isScaled: false, inputsNow };
}

/** A model file against the one that it was made of. */
export interface FoundComparison {
  readonly comparison: Comparison;
  /** Whether layers are on integers that were real. */
  readonly isQuantized: boolean;
  readonly notes: readonly string[];
}

/**
 * Two model files, one made of the other by whatever tool: tensors are the same where their names and shapes are, else where the products stand in the
 * same order and have the same shapes. Throws ProblemError where the models do not take and give the same.
 */
export function comparisonOf(before: LoadedModel, now: LoadedModel): FoundComparison {
  const problems = portProblems(before, now);
  if (problems.length > 0) throw new ProblemError(problems);
  const named = pairsByName(before.imported, now.imported);
  const products = productsOf(now.imported).length;
  const inOrder = named.length < products / 2 ? pairsByOrder(before.imported, now.imported) : [];
  const pairs = inOrder.length > named.length ? inOrder : named;
  const left = products - new Set(pairs.map(({ layer }) => layer)).size;
  const notes = [
    ...(pairs === inOrder
      ? ['Layers are compared with those before by their order, since their names are others.']
      : []),
    ...(left > 0
      ? [`${left} of ${products} layers with weights have no counterpart of the same shape before, and no error.`]
      : []),
  ];
  const inputsNow = (inputs: readonly Tensor[]) => adapted(now.imported, inputs);
  return {
    comparison: { before: before.imported, now: now.imported, pairs, isScaled: true, inputsNow },
    isQuantized: storednessOf(now.graph).stored > storednessOf(before.graph).stored,
    notes,
  };
}

function portProblems(before: LoadedModel, now: LoadedModel): readonly Problem[] {
  const where = `--before ${before.fileName}`;
  const advice = `give the model that ${now.fileName} was made of`;
  return (['inputs', 'outputs'] as const).flatMap((side): Problem[] => {
    const shapes = ({ imported }: LoadedModel) =>
      imported[side].map(({ value }) => formatShape(typeOf(imported, value).shape)).join(', ');
    const [was, is] = [shapes(before), shapes(now)];
    if (was === is) return [];
    const what = `its ${side} are ${was || 'none'}, and those of ${now.fileName} are ${is || 'none'}`;
    return [{ code: 'report-before', where, what, advice }];
  });
}

function pairsByName(before: Graph, now: Graph): readonly TensorPair[] {
  const known = new Map(computed(before).map(({ value }) => [value.name, value]));
  // Outputs are the same whatever they are called.
  const outputs = new Map(now.outputs.map(({ value }, i) => [value, before.outputs[i]?.value]));
  return computed(now).flatMap(({ value, layer }): readonly TensorPair[] => {
    const output = outputs.get(value.id);
    const was = known.get(value.name) ?? (output === undefined ? undefined : before.values.get(output));
    return was === undefined ? [] : pairOf(layer, was, value);
  });
}

function pairsByOrder(before: Graph, now: Graph): readonly TensorPair[] {
  const [was, is] = [productsOf(before), productsOf(now)];
  if (was.length !== is.length) return [];
  return is.flatMap((product, i): readonly TensorPair[] => {
    const other = was[i];
    return other === undefined || other.operator !== product.operator
      ? []
      : pairOf(product.layer, other.value, product.value);
  });
}

function pairOf(layer: string, before: Value, now: Value): readonly TensorPair[] {
  if (!shapesEqual(before.type.shape, now.type.shape)) return [];
  return [{ layer, before: before.id, now: now.id, channels: null }];
}

interface ComputedValue {
  readonly value: Value;
  readonly layer: string;
  readonly operator: string;
}

/** What layers compute; views and changes of format do not. */
function computed(graph: Graph): readonly ComputedValue[] {
  return graph.nodes.flatMap(({ name, op, outputs }) => {
    if (op.type === 'reshape' || op.type === 'quantize' || op.type === 'dequantize') return [];
    return outputs.map((id: ValueId) => ({ value: valueById(graph, id), layer: name, operator: op.type }));
  });
}

function productsOf(graph: Graph): readonly ComputedValue[] {
  return computed(graph).filter(({ operator }) =>
    ['conv-2d', 'depthwise-conv-2d', 'fully-connected'].includes(operator),
  );
}

/** Inputs of one model as those of another: integers of the one are what they stand for in the other. */
export function adapted(graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  return graph.inputs.map(({ value }, i) => {
    const tensor = inputs[i];
    if (tensor === undefined) throw new RangeError(`input ${i} is missing`);
    const type = typeOf(graph, value);
    if (tensor.type.dtype === type.dtype && quantizationsEqual(tensor.type.quantization, type.quantization))
      return tensor;
    const real = Float32Array.from(realValues(tensor));
    const float: Tensor = { type: { dtype: 'float32', shape: type.shape, quantization: { kind: 'none' } }, data: real };
    return type.dtype === 'float32' ? float : storedTensor(float, type);
  });
}
