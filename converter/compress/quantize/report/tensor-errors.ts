import { type Graph, type Node, typeOf, usesOf, type ValueId, valueById } from '../../../ir/graph.ts';
import { subgraph } from '../../../ir/subgraph.ts';
import { integerRange, isQuantizedDType } from '../../../tensor/dtype.ts';
import { numericData, type Tensor, type TensorType } from '../../../tensor/tensor.ts';
import type { Executor, RunGraph } from '../../executor.ts';
import { tracer } from '../../trace.ts';
import type { Sample } from '../calibrate.ts';
import type { ObserverName } from '../observers/observer.ts';
import type { QuantizedGraph } from '../quantize-graph.ts';
import { spread } from '../remedies/equalize.ts';
import { feltErrors } from './felt-errors.ts';
import { realValues, storedTensor } from './real-values.ts';

/** How a stored tensor compares with the real one, over all samples looked at. */
export interface TensorError {
  /** The tensor in the user's own words. */
  readonly name: string;
  /** The layer that makes it; null for an input of the model. */
  readonly layer: string | null;
  /** The tensors that this layer reads, by their names. */
  readonly operands: readonly string[];
  readonly type: TensorType;
  readonly observer: ObserverName | null;
  /** Smallest and largest value seen in calibration. */
  readonly min: number;
  readonly max: number;
  /** Power of the real values over the power of the difference, in dB, when all layers before run on integers too. */
  readonly accumulatedDb: number;
  /** The same when the layer gets inputs that are right but for their own rounding: what this layer alone does. */
  readonly injectedDb: number;
  /**
   * The ratio in the results of the operators that read the tensor, when this layer's weights and result are the only thing that is
   * rounded: what this layer does to the model.
   */
  readonly feltDb: number;
  /** Share of the stored values at the ends of the integer range. */
  readonly saturated: number;
  /** Range of the widest channel over that of the narrowest that is not dead. */
  readonly channelSpread: number;
  /** Channels that never are anything but one value. */
  readonly deadChannels: number;
  /** Channels with more than a tenth of their values beyond what the integers can say. */
  readonly saturatedChannels: number;
}

/** Ratios above this are as good as exact. */
const exactDb = 200;

/** Samples on which readers of tensors are asked. */
const feltSamples = 8;

interface Sums {
  signal: number;
  accumulated: number;
  injected: number;
  saturated: number;
  count: number;
  /** By channel, values whose stored integer is the end of the range while the real one is further out. */
  readonly clipped: Float64Array;
}

/** Share of its values beyond the integers from which on a channel is saturated. */
const saturatedShare = 0.1;

interface Layer {
  readonly run: RunGraph;
  readonly inputs: readonly { readonly real: ValueId; readonly type: TensorType }[];
}

/** Error of every stored tensor, in the order of execution. */
export function tensorErrors(
  quantized: QuantizedGraph,
  samples: readonly Sample[],
  execute: Executor,
  onDone: (done: number) => void = () => {},
): readonly TensorError[] {
  const { prepared, graph, stored, ranges } = quantized;
  const [traceReal, traceStored] = [tracer(prepared.graph, execute), tracer(graph, execute)];
  const layers = layersOf(quantized, execute);
  const producers = usesOf(prepared.graph).producer;
  const felt = feltErrors(quantized, execute);
  const sums = new Map<ValueId, Sums>();
  samples.forEach((sample, done) => {
    const inputs = sample();
    const real = traceReal(inputs);
    if (done < feltSamples) felt.add(real);
    const integers = traceStored(storedInputs(graph, inputs));
    for (const [id, storedId] of stored) {
      const sum = sums.get(id) ?? emptySums(typeOf(prepared.graph, id).shape.at(-1) ?? 1);
      sums.set(id, sum);
      const found = integers(storedId);
      add(sum, real(id), found, layers.get(id) === undefined ? found : injectedOf(layers.get(id), real));
    }
    onDone(done + 1);
  });
  return [...sums].map(([id, sum]): TensorError => {
    const statistics = prepared.statistics.get(id);
    const channels = statistics?.channels;
    const widths = channels?.max.map((max, c) => max - (channels.min[c] ?? 0)) ?? new Float64Array();
    return {
      name: valueById(prepared.graph, id).name,
      layer: producers.get(id)?.name ?? null,
      operands: (producers.get(id)?.inputs ?? []).flatMap((operand) => {
        const { name, data } = valueById(prepared.graph, operand);
        return data === null ? [name] : [];
      }),
      type: typeOf(graph, stored.get(id) ?? id),
      observer: ranges.get(id)?.observer ?? null,
      min: statistics?.range.min ?? 0,
      max: statistics?.range.max ?? 0,
      accumulatedDb: decibels(sum.signal, sum.accumulated),
      injectedDb: decibels(sum.signal, sum.injected),
      feltDb: decibels(1, felt.of(id) ?? 0),
      saturated: sum.count === 0 ? 0 : sum.saturated / sum.count,
      channelSpread: spread(widths),
      deadChannels: widths.filter((width) => width === 0).length,
      saturatedChannels: sum.clipped.filter((count) => count * sum.clipped.length > saturatedShare * sum.count).length,
    };
  });
}

/** Inputs of the float model as those of the quantized one. */
export function storedInputs(graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  return graph.inputs.map(({ value }, i) => {
    const tensor = inputs[i];
    if (tensor === undefined) throw new RangeError(`input ${i} is missing`);
    const type = typeOf(graph, value);
    return tensor.type.dtype === type.dtype ? tensor : storedTensor(tensor, type);
  });
}

/** For each stored result the part of the quantized graph between the stored operands of its layer and it. */
function layersOf({ prepared, graph, stored }: QuantizedGraph, execute: Executor): ReadonlyMap<ValueId, Layer> {
  const layers = new Map<ValueId, Layer>();
  const computed = (node: Node) => node.inputs.filter((id) => valueById(prepared.graph, id).data === null);
  for (const node of prepared.graph.nodes) {
    const [output] = node.outputs;
    const result = output === undefined ? undefined : stored.get(output);
    const operands = [...new Set(computed(node))];
    const inputs = operands.flatMap((real) => {
      const id = stored.get(real);
      return id === undefined ? [] : [{ real, id, type: typeOf(graph, id) }];
    });
    if (output === undefined || result === undefined || inputs.length < operands.length) continue;
    const part = subgraph(
      graph,
      inputs.map(({ id }) => id),
      [result],
    );
    layers.set(output, { run: execute(part), inputs });
  }
  return layers;
}

function injectedOf(layer: Layer | undefined, real: (id: ValueId) => Tensor): Tensor | undefined {
  return layer?.run(layer.inputs.map(({ real: id, type }) => storedTensor(real(id), type)))[0];
}

function emptySums(channels: number): Sums {
  const clipped = new Float64Array(Math.max(1, channels));
  return { signal: 0, accumulated: 0, injected: 0, saturated: 0, count: 0, clipped };
}

function add(sum: Sums, real: Tensor, found: Tensor, injected: Tensor | undefined): void {
  const want = numericData(real);
  const [have, alone] = [realValues(found), injected === undefined ? null : realValues(injected)];
  const raw = numericData(found);
  const { dtype, quantization } = found.type;
  const ends = isQuantizedDType(dtype) ? integerRange[dtype] : { min: Number.NaN, max: Number.NaN };
  const { scale, zeroPoint } = quantization.kind === 'per-tensor' ? quantization : { scale: 1, zeroPoint: 0 };
  // What the integers can say, to half a step beyond.
  const [lowest, highest] = [ends.min - 0.5, ends.max + 0.5].map((end) => (end - zeroPoint) * scale);
  for (let i = 0; i < want.length; i++) {
    const value = want[i] ?? 0;
    sum.signal += value * value;
    sum.accumulated += (value - (have[i] ?? 0)) ** 2;
    sum.injected += (value - ((alone ?? have)[i] ?? 0)) ** 2;
    if (raw[i] !== ends.min && raw[i] !== ends.max) continue;
    sum.saturated++;
    if (value >= (lowest ?? 0) && value <= (highest ?? 0)) continue;
    const channel = i % sum.clipped.length;
    sum.clipped[channel] = (sum.clipped[channel] ?? 0) + 1;
  }
  sum.count += want.length;
}

/** 10 log10(signal / noise), at most {@link exactDb}. */
export function decibels(signal: number, noise: number): number {
  if (noise === 0) return exactDb;
  if (signal === 0) return 0;
  return Math.min(exactDb, 10 * Math.log10(signal / noise));
}
