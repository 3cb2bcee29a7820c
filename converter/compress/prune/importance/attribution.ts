import { type Graph, type NodeId, typeOf, usesOf, type ValueId, valueById } from '../../../ir/graph.ts';
import { type Problem, ProblemError } from '../../../problem.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import { gradientBarriers, gradientsOf } from '../backward/gradients.ts';
import type { ChannelGroup } from '../groups/types.ts';
import { lookAt } from '../part.ts';
import { fixedScorer, type ScoreContext, type ScoreDefinition, scoresByUnit } from './score.ts';

/** What attribution begins at: the first output, but what a softmax at the end reads, which hides what a confident model would change. */
export function lossValue(graph: Graph): ValueId {
  const [port] = graph.outputs;
  const value = port?.value;
  if (value === undefined) throw new RangeError(`graph "${graph.name}" has no output`);
  const node = usesOf(graph).producer.get(value);
  return node?.op.type === 'softmax' || node?.op.type === 'log-softmax' ? (node.inputs[0] ?? value) : value;
}

/**
 * Class-aware attribution: for each sample the relevance of a unit for the class that the model answers, which is the sum over positions of
 * activation times gradient of that class's value before the softmax. In networks of ReLUs without biases that is layer-wise relevance
 * propagation with the 0-rule (Bach et al. 2015; Ancona et al. 2018, section 3). Sizes are averaged over the samples of a class, and the
 * score of a unit is its largest share in any class that counts, so that what a single class needs stays.
 */
export const attribution: ScoreDefinition = {
  what: 'relevance of a unit for the class that needs it most (activation x gradient)',
  needsSamples: true,
  refuses: ({ graph, groups }) => {
    const [barrier] = barriersBehind(graph, groups.groups);
    return barrier === undefined ? null : `no relevance passes ${barrier}; use reconstruction`;
  },
  prepare: (context) => {
    const classes = relevanceByClass(context);
    const classesOf = (group: ChannelGroup) =>
      classes.map(({ answer, scores }) => ({ answer, scores: scores.get(group.id) ?? new Float64Array() }));
    const counted = classes.map(({ answer }) => context.classes?.includes(answer) ?? true);
    if (!counted.includes(true)) throw new ProblemError(noSuchAnswer(context.classes ?? [], classes));
    const largest = (group: ChannelGroup, unit: number) =>
      classesOf(group)
        .filter((_, i) => counted[i])
        .reduce((most, { scores: list }) => {
          const total = list.reduce((a, b) => a + b, 0);
          return Math.max(most, total === 0 ? 0 : (list[unit] ?? 0) / total);
        }, 0);
    return fixedScorer(scoresByUnit(context.groups, largest), classesOf);
  },
};

function noSuchAnswer(wanted: readonly number[], found: readonly ByClass[]): Problem {
  return {
    code: 'prune-classes',
    where: `--classes ${wanted.join(',')}`,
    what: `the model answers none of them on any sample; it answers ${found.map(({ answer }) => answer).join(', ')}`,
    advice: 'name classes by the number of their element in the output, from 0, or give samples of these',
  };
}

/** Names of operators that no gradient passes, between groups and the output. */
function barriersBehind(graph: Graph, groups: readonly ChannelGroup[]): readonly string[] {
  const touched = new Set(groups.flatMap(({ values }) => values.map(({ value }) => value)));
  const behind = new Set<ValueId>(touched);
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((id) => behind.has(id))) for (const id of outputs) behind.add(id);
  }
  const needed = new Set<ValueId>([lossValue(graph)]);
  const onTheWay = new Set<NodeId>();
  for (const { id, inputs, outputs } of [...graph.nodes].reverse()) {
    if (!outputs.some((output) => needed.has(output))) continue;
    onTheWay.add(id);
    for (const input of inputs) needed.add(input);
  }
  return gradientBarriers(graph)
    .filter(({ id, inputs }) => onTheWay.has(id) && inputs.some((input) => behind.has(input)))
    .map(({ name }) => name);
}

type ByGroup = ReadonlyMap<ChannelGroup['id'], Float64Array>;

interface ByClass {
  readonly answer: number;
  readonly scores: ByGroup;
}

/** Mean relevance of each unit for each class that the model answers on some sample. */
function relevanceByClass({ graph, groups, samples, execute }: ScoreContext): readonly ByClass[] {
  const start = lossValue(graph);
  const run = differentiate(graph, execute);
  const sums = new Map<number, { readonly scores: ByGroup; count: number }>();
  for (const sample of samples) {
    const tensorOf = run(sample());
    const values = dataAs(tensorOf(start), 'float32');
    const answer = values.reduce((best, value, i) => (value > (values[best] ?? 0) ? i : best), 0);
    const seed = new Float32Array(elementCount(typeOf(graph, start).shape));
    seed[answer] = 1;
    const gradients = gradientsOf(graph, tensorOf, new Map([[start, seed]]));
    const entry = sums.get(answer) ?? { scores: scoresByUnit(groups, () => 0), count: 0 };
    entry.count++;
    sums.set(answer, entry);
    for (const group of groups.groups) {
      const relevance = unitRelevance(graph, group, tensorOf, (id) => gradients.of(id));
      const list = entry.scores.get(group.id);
      relevance.forEach((value, unit) => {
        if (list !== undefined) list[unit] = (list[unit] ?? 0) + Math.abs(value);
      });
    }
  }
  return [...sums.entries()]
    .sort(([a], [b]) => a - b)
    .map(([answer, { scores, count }]) => {
      return { answer, scores: new Map([...scores].map(([id, list]) => [id, list.map((value) => value / count)])) };
    });
}

/** Sum over positions and readers of x dL/dx for each unit. */
function unitRelevance(
  graph: Graph,
  group: ChannelGroup,
  tensorOf: (id: ValueId) => Tensor,
  gradientOf: (id: ValueId) => Float32Array | null,
): Float64Array {
  const result = new Float64Array(group.units);
  const seen = new Set<ValueId>();
  for (const { node, input, inputAxis, inputChannelsOf } of group.consumers) {
    const id = graph.nodes.find((one) => one.id === node)?.inputs[input];
    const gradient = id === undefined ? null : gradientOf(id);
    if (id === undefined || gradient === null || seen.has(id)) continue;
    seen.add(id);
    const { shape } = typeOf(graph, id);
    if (inputAxis !== shape.length - 1) continue;
    const channels = shape.at(-1) ?? 1;
    const sums = new Float64Array(channels);
    dataAs(tensorOf(id), 'float32').forEach((x, i) => {
      sums[i % channels] = (sums[i % channels] ?? 0) + x * (gradient[i] ?? 0);
    });
    for (let unit = 0; unit < group.units; unit++) {
      for (const channel of inputChannelsOf(unit)) result[unit] = (result[unit] ?? 0) + (sums[channel] ?? 0);
    }
  }
  return result;
}

/** Runs a graph and shows all its tensors, constants included. */
function differentiate(graph: Graph, execute: ScoreContext['execute']) {
  const computed = graph.nodes.flatMap(({ outputs }) => outputs);
  const look = lookAt(graph, computed, execute);
  return (inputs: readonly Tensor[]) => {
    const tensors = new Map<ValueId, Tensor>();
    look(inputs).forEach((tensor, i) => {
      const id = computed[i];
      if (id !== undefined) tensors.set(id, tensor);
    });
    graph.inputs.forEach(({ value }, i) => {
      const tensor = inputs[i];
      if (tensor !== undefined) tensors.set(value, tensor);
    });
    return (id: ValueId): Tensor => {
      const found = tensors.get(id);
      if (found !== undefined) return found;
      const { data, type } = valueById(graph, id);
      if (data === null) throw new RangeError(`%${id} was not traced`);
      return { data, type };
    };
  };
}
