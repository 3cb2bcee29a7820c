import { constantOf, type Graph, typeOf, type ValueId } from '../../ir/graph.ts';
import { subgraph } from '../../ir/subgraph.ts';
import { byteSize, type Tensor } from '../../tensor/tensor.ts';
import type { Executor } from '../executor.ts';
import type { Sample } from '../quantize/calibrate.ts';
import { lookAt } from './part.ts';

/** Bytes that a front keeps at most over all samples. */
const frontBytes = 2 ** 28;

/**
 * The samples in the middle of a graph: what has been computed before some node and is read there or behind. Work on one layer after the other
 * then computes each part of the model once, instead of everything before each layer again.
 *
 * It moves forward only, and where what crosses a place takes more than {@link frontBytes} it stays where it is. Graphs with states are computed
 * from their inputs each time, since states go on from sample to sample.
 */
export class Front {
  readonly #samples: readonly Sample[];
  readonly #execute: Executor;
  readonly #mostBytes: number;
  #index = 0;
  #crossing: readonly ValueId[] = [];
  /** By sample, in the order of `#crossing`; null at the inputs of the graph. */
  #tensors: readonly (readonly Tensor[])[] | null = null;

  constructor(samples: readonly Sample[], execute: Executor, mostBytes = frontBytes) {
    this.#samples = samples;
    this.#execute = execute;
    this.#mostBytes = mostBytes;
  }

  /** Nodes before this one are computed. */
  get index(): number {
    return this.#index;
  }

  /**
   * Moves up to node `index` of the graph, if what crosses there is small enough. The graph may have changed since the last call, but not in
   * what the nodes behind the front compute.
   */
  moveTo(graph: Graph, index: number): void {
    if (index <= this.#index || graph.states.length > 0) return;
    const crossing = crossingAt(graph, index);
    const bytes = crossing.reduce((sum, id) => sum + byteSize(typeOf(graph, id)), 0);
    if (bytes * this.#samples.length > this.#mostBytes) return;
    const look = this.look(graph, crossing);
    this.#tensors = this.#samples.map((_, s) => look(s));
    this.#crossing = crossing;
    this.#index = index;
  }

  /** The values of samples by number, which lie at or behind the front. */
  look(graph: Graph, values: readonly ValueId[]): (sample: number) => readonly Tensor[] {
    const tensors = this.#tensors;
    if (tensors === null) {
      const whole = lookAt(graph, values, this.#execute);
      return (s) => whole(this.#samples[s]?.() ?? []);
    }
    const known = new Map(this.#crossing.map((id, i) => [id, i]));
    const wanted = [...new Set(values)].filter((id) => !known.has(id) && constantOf(graph, id) === null);
    const part = wanted.length === 0 ? null : this.#execute(subgraph(graph, this.#crossing, wanted));
    return (s) => {
      const here = tensors[s] ?? [];
      const outputs = part === null ? [] : part(here);
      return values.map((id) => {
        const tensor = here[known.get(id) ?? -1] ?? outputs[wanted.indexOf(id)] ?? constantOf(graph, id);
        if (tensor === null) throw new RangeError(`%${id} is neither computed nor a constant`);
        return tensor;
      });
    };
  }
}

/** What nodes before `index` and inputs give, and nodes from there on or the outputs read. */
export function crossingAt({ nodes, inputs, outputs, values }: Graph, index: number): readonly ValueId[] {
  const before = new Set(inputs.map(({ value }) => value));
  for (const node of nodes.slice(0, index)) for (const id of node.outputs) before.add(id);
  const read = new Set(outputs.map(({ value }) => value));
  for (const node of nodes.slice(index)) for (const id of node.inputs) read.add(id);
  return [...read].filter((id) => before.has(id) && values.get(id)?.data === null);
}
