import { type Graph, typeOf, usesOf, type ValueId } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import type { Problem } from '../../../problem.ts';
import { byteSize, dataAs, type Tensor } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import { isProduct } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import { gradientBarriers } from '../backward/gradients.ts';
import { relativeError } from '../importance/impact.ts';
import { randomNumbers } from '../importance/weights.ts';
import { lookAt } from '../part.ts';
import { Adam } from './adam.ts';
import { Network, nodesOnTheWay, valuesBehind } from './network.ts';
import { type Range, usualVariations, type Variation, varied } from './vary.ts';

/** How a pruned graph is tuned. */
export interface TuneOptions {
  /** Steps of {@link batch} samples; 0 for none. */
  readonly steps: number;
  /** How samples are varied; null for what is usual for their shapes. */
  readonly variations: readonly Variation[] | null;
  readonly seed: number;
}

/** Samples that a step looks at. */
const batch = 32;

/** Size of the first steps, as a share of the size of a weight; it falls to 0 along a half cosine (Loshchilov & Hutter 2017). */
const firstRate = 3e-3;

/** Bytes of samples that are kept; more are read again each time. */
const keptBytes = 2 ** 28;

/** A tuned graph, with the error of its outputs on the samples as they are, as a share of their variance. */
export interface Tuned {
  readonly graph: Graph;
  readonly errorBefore: number;
  readonly errorAfter: number;
}

/**
 * Fits all weights of a pruned graph at once to what the float graph answers: steps of gradient descent on the squared error of the outputs before
 * the softmax, on variations of the samples. Labels play no part. Where the outputs on the samples themselves are no better behind it, the
 * graph stays as it was. The same for the same seed.
 */
export function tune(
  float: Graph,
  pruned: Graph,
  samples: readonly Sample[],
  execute: Executor,
  { steps, variations, seed }: TuneOptions,
  onDone: (done: number, total: number) => void = () => {},
): Tuned {
  const wanted = lossValues(pruned);
  const load = keeping(samples);
  const teacher = lookAt(float, wanted, execute);
  const answersOf = (inputs: readonly Tensor[]) => teacher(inputs).map((tensor) => dataAs(tensor, 'float32'));
  const truths = samples.map((_, s) => answersOf(load(s)));
  const variances = wanted.map((_, k) => varianceOf(truths.map((answers) => at(answers, k))));
  const network = new Network(pruned, wanted, execute);
  const errorOf = () => {
    const found = samples.map((_, s) => network.forward(load(s)));
    const errors = wanted.map((_, k) =>
      relativeError(
        truths.map((row) => at(row, k)),
        found.map((row) => at(row, k)),
      ),
    );
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  };
  const errorBefore = errorOf();
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1));
  for (let i = 0; i < 8; i++) random();
  const pick = () => load(Math.floor(random() * samples.length));
  const kinds = variations ?? usualVariations(load(0));
  const range = rangeOf(samples.length, load);
  const tensors = network.layers.flatMap(({ weights, bias }) => [weights, bias]);
  const gradients = network.layers.flatMap(({ weightGradient, biasGradient }) => [weightGradient, biasGradient]);
  const adam = new Adam(tensors);
  for (let step = 0; step < steps; step++) {
    for (const gradient of gradients) gradient.fill(0);
    for (let b = 0; b < batch; b++) {
      const inputs = varied(pick(), pick(), kinds, range, random);
      const truth = answersOf(inputs);
      const found = network.forward(inputs);
      network.backward(
        found.map((values, k) => {
          const [right, scale] = [at(truth, k), 2 / (batch * at(variances, k))];
          return values.map((value, i) => scale * (value - (right[i] ?? 0)));
        }),
      );
    }
    adam.step(gradients, (firstRate / 2) * (1 + Math.cos((Math.PI * step) / steps)));
    onDone(step + 1, steps);
  }
  const errorAfter = errorOf();
  return errorAfter < errorBefore
    ? { graph: network.toGraph(), errorBefore, errorAfter }
    : { graph: pruned, errorBefore, errorAfter: errorBefore };
}

/** What the outputs are compared by: each of real numbers, but what a softmax at the end reads. */
function lossValues(graph: Graph): readonly ValueId[] {
  const { producer } = usesOf(graph);
  const values = graph.outputs.map(({ value }) => {
    const node = producer.get(value);
    return node?.op.type === 'softmax' || node?.op.type === 'log-softmax' ? at(node.inputs, 0) : value;
  });
  const computed = values.filter((id) => producer.has(id) && typeOf(graph, id).dtype === 'float32');
  return [...new Set(computed)];
}

/** Everything that speaks against tuning a graph. */
export function tuneProblems(graph: Graph): readonly Problem[] {
  const problem = (what: string): Problem => {
    return {
      code: 'prune-tune',
      where: '--tune',
      what,
      advice: 'leave the option out; least squares repair every layer',
    };
  };
  if (graph.states.length > 0) return [problem('the model keeps state from one run to the next')];
  const wanted = lossValues(graph);
  if (wanted.length === 0) return [problem('no output of the model is a real number')];
  const nodes = nodesOnTheWay(graph, wanted);
  const layers = new Set(nodes.filter(isProduct).map(({ id }) => id));
  const behind = valuesBehind(nodes, layers);
  const onTheWay = new Set(nodes);
  return gradientBarriers(graph)
    .filter((node) => onTheWay.has(node) && node.inputs.some((id) => behind.has(id)))
    .map(({ name }) => problem(`no gradient passes ${name}`));
}

/** Mean over the samples of the squared distance to their mean. */
function varianceOf(rows: readonly Float32Array[]): number {
  const size = rows[0]?.length ?? 0;
  let total = 0;
  for (let i = 0; i < size; i++) {
    const mean = rows.reduce((sum, row) => sum + (row[i] ?? 0), 0) / rows.length;
    total += rows.reduce((sum, row) => sum + ((row[i] ?? 0) - mean) ** 2, 0) / rows.length;
  }
  return total === 0 ? 1 : total;
}

function rangeOf(count: number, load: (index: number) => readonly Tensor[]): Range {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let s = 0; s < count; s++) {
    for (const { data } of load(s)) {
      if (!(data instanceof Float32Array)) continue;
      for (const value of data) {
        if (value < min) min = value;
        if (value > max) max = value;
      }
    }
  }
  return { min, max };
}

/** The inputs of samples by number, kept where they are small. */
function keeping(samples: readonly Sample[]): (index: number) => readonly Tensor[] {
  const kept = new Map<number, readonly Tensor[]>();
  let bytes = 0;
  return (index) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const inputs = at(samples, index)();
    bytes += inputs.reduce((sum, { type }) => sum + byteSize(type), 0);
    if (bytes <= keptBytes) kept.set(index, inputs);
    return inputs;
  };
}
