import { type Graph, type Node, typeOf, usesOf, type ValueId } from '../../../ir/graph.ts';
import { nodeGraph } from '../../../ir/subgraph.ts';
import { numericData, type Tensor } from '../../../tensor/tensor.ts';
import type { Executor, RunGraph } from '../../executor.ts';
import { tracer } from '../../trace.ts';
import type { Sample, Statistics } from '../calibrate.ts';
import { type Encoding, encodingOf, fakeQuantize, type IntegerFormat } from '../format.ts';
import { observers } from '../observers/index.ts';
import { type ObserverName, observerNames } from '../observers/observer.ts';
import { relativeError } from '../relative-error.ts';
import type { Codec } from '../statistics/memo.ts';
import type { Range } from '../statistics/tensor-statistics.ts';

/** Samples on which candidates are compared, spread over all. */
const comparedSamples = 8;

/** A range with the observer that found it. */
export interface ChosenRange {
  readonly observer: ObserverName;
  readonly range: Range;
}

interface Reader {
  readonly node: Node;
  readonly run: RunGraph;
  readonly operands: readonly ValueId[];
}

/**
 * For each tensor the range, of those that the observers find, with which the operators that read it come nearest to their real results:
 * the sum over readers of the squared error of their outputs, relative to the outputs' own size. Tensors that nobody reads are outputs
 * of the model and are judged by themselves.
 */
export function chooseRanges(
  graph: Graph,
  statistics: Statistics,
  samples: readonly Sample[],
  execute: Executor,
  format: IntegerFormat,
  onDone: (done: number, total: number) => void = () => {},
): ReadonlyMap<ValueId, ChosenRange> {
  const candidates = new Map([...statistics].map(([id, found]) => [id, candidatesFor(found, format)]));
  const errors = new Map([...candidates].map(([id, list]) => [id, list.map(() => 0)]));
  const readers = readersOf(graph, execute);
  const trace = tracer(graph, execute);
  const compared = spreadOver(samples, comparedSamples);
  compared.forEach((sample, done) => {
    const tensorOf = trace(sample());
    for (const [id, list] of candidates) {
      const sums = errors.get(id);
      if (sums === undefined || list.length < 2) continue;
      list.forEach(({ range }, i) => {
        const stored = rounded(tensorOf(id), encodingOf(range, format), format);
        sums[i] = (sums[i] ?? 0) + harm(id, stored, readers.get(id) ?? [], tensorOf);
      });
    }
    onDone(done + 1, compared.length);
  });
  return new Map(
    [...candidates].flatMap(([id, list]) => {
      const sums = errors.get(id) ?? [];
      const best = list[sums.indexOf(Math.min(...sums))] ?? list[0];
      return best === undefined ? [] : [[id, best] as const];
    }),
  );
}

/** What {@link chooseRanges} finds for the tensors of these statistics. */
export function rangesCodec(statistics: Statistics): Codec<ReadonlyMap<ValueId, ChosenRange>> {
  const ids = [...statistics.keys()];
  return {
    keep: (chosen) => {
      const all = ids.map((id) => chosen.get(id));
      const ends = all.flatMap((one) => (one === undefined ? [] : [one.range.min, one.range.max]));
      return { json: all.map((one) => one?.observer), arrays: [Float64Array.from(ends)] };
    },
    restore: ({ json, arrays: [ends] }) => {
      if (!Array.isArray(json) || json.length !== ids.length || ends?.length !== 2 * ids.length) return null;
      const chosen = ids.flatMap((id, i): [ValueId, ChosenRange][] => {
        const observer = observerNames.find((name) => name === json[i]);
        const [min = 0, max = 0] = ends.subarray(2 * i, 2 * i + 2);
        return observer === undefined ? [] : [[id, { observer, range: { min, max } }]];
      });
      return chosen.length === ids.length ? new Map(chosen) : null;
    },
  };
}

/** What each observer finds; ranges that another one found before are left out. */
function candidatesFor(statistics: Parameters<(typeof observers)['mse']>[0], format: IntegerFormat): ChosenRange[] {
  const list: ChosenRange[] = [];
  for (const observer of observerNames) {
    const range = observers[observer](statistics, format);
    const width = range.max - range.min;
    const isNew = list.every(({ range: other }) => {
      return Math.abs(other.max - range.max) + Math.abs(other.min - range.min) > 0.01 * width;
    });
    if (isNew) list.push({ observer, range });
  }
  return list;
}

/** The operators that compute with a tensor; those that only move elements leave the judgement to their own readers. */
function readersOf(graph: Graph, execute: Executor): ReadonlyMap<ValueId, readonly Reader[]> {
  const ready = new Map<Node, Reader>();
  const readers = new Map<ValueId, Reader[]>();
  for (const [id, nodes] of usesOf(graph).consumers) {
    if (typeOf(graph, id).dtype !== 'float32') continue;
    for (const node of nodes) {
      if (node.outputs.some((output) => typeOf(graph, output).dtype !== 'float32')) continue;
      const part = nodeGraph(graph, node);
      const reader = ready.get(node) ?? { node, run: execute(part), operands: part.inputs.map(({ value }) => value) };
      ready.set(node, reader);
      readers.set(id, [...(readers.get(id) ?? []), reader]);
    }
  }
  return readers;
}

/** Relative squared error that a changed tensor makes in the results of its readers. */
function harm(id: ValueId, changed: Tensor, readers: readonly Reader[], tensorOf: (id: ValueId) => Tensor): number {
  if (readers.length === 0) return relativeError(tensorOf(id), changed);
  return readers.reduce((sum, { node, run, operands }) => {
    const results = run(operands.map((operand) => (operand === id ? changed : tensorOf(operand))));
    return sum + node.outputs.reduce((part, output, i) => part + relativeError(tensorOf(output), results[i]), 0);
  }, 0);
}

function rounded({ type, data }: Tensor, encoding: Encoding, format: IntegerFormat): Tensor {
  const source = numericData({ type, data });
  return { type, data: Float32Array.from(source, (value) => fakeQuantize(value, encoding, format)) };
}

function spreadOver<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]).filter(
    (item): item is T => item !== undefined,
  );
}
