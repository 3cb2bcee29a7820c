import type { Graph, NodeId, ValueId } from '../../../ir/graph.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import { withConstants } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import type { ChannelGroup, ChannelGroups } from '../groups/types.ts';
import { type ColumnSystem, columnSystems } from './system.ts';

/** Columns of one system that a unit takes. */
interface Share {
  readonly system: ColumnSystem;
  readonly columns: readonly number[];
}

/**
 * The systems of all products that read channels of groups. Units leave one after another; what is left is re-fitted each time, so that
 * costs are those of the model as it has become.
 */
export class GroupColumns {
  readonly #graph: Graph;
  readonly #systems: ReadonlyMap<NodeId, readonly ColumnSystem[]>;
  readonly #placed: ReadonlyMap<ColumnSystem, ReadonlyMap<number, readonly number[]>>;
  /** Output channels that have left, by node. */
  readonly #gone = new Map<NodeId, Set<number>>();

  private constructor(graph: Graph, systems: ReadonlyMap<NodeId, readonly ColumnSystem[]>) {
    this.#graph = graph;
    this.#systems = systems;
    this.#placed = new Map([...systems.values()].flat().map((system) => [system, columnsByPlace(system)]));
  }

  static of(graph: Graph, { groups }: ChannelGroups, samples: readonly Sample[], execute: Executor): GroupColumns {
    const nodes = new Set(groups.flatMap(({ consumers }) => consumers.map(({ node }) => node)));
    return new GroupColumns(graph, columnSystems(graph, nodes, samples, execute));
  }

  /** Whether every reader of the group is a product, so that its units have costs. */
  covers({ consumers }: ChannelGroup): boolean {
    return consumers.length > 0 && consumers.every(({ node }) => this.#systems.has(node));
  }

  /** What the mean squared error at the readers of a unit grows by when it leaves, summed over their outputs. */
  costOf(group: ChannelGroup, unit: number): number {
    let total = 0;
    for (const { node } of group.consumers) {
      const gone = this.#gone.get(node);
      const weightOf = (output: number) => (gone?.has(output) === true ? 0 : 1);
      for (const { system, columns } of this.#shares(group, unit, node)) {
        total += system.cost(columns, weightOf);
      }
    }
    return Math.max(0, total);
  }

  /** Lets a unit leave. */
  remove(group: ChannelGroup, unit: number): void {
    for (const { node } of group.consumers) {
      for (const { system, columns } of this.#shares(group, unit, node)) system.remove(columns);
    }
    for (const { node, channelsOf } of group.producers) {
      const gone = this.#gone.get(node) ?? new Set<number>();
      for (const channel of channelsOf(unit)) gone.add(channel);
      this.#gone.set(node, gone);
    }
  }

  /** The same in the same state, with copies of what the group's readers have: to try removals of this group on. */
  trialFor({ consumers }: ChannelGroup): GroupColumns {
    const copies = consumers.map(({ node }) => {
      return [node, (this.#systems.get(node) ?? []).map((system) => system.clone())] as const;
    });
    return new GroupColumns(this.#graph, new Map(copies));
  }

  /** The graph with the re-fitted weights and biases of the readers of a group. */
  refitted(graph: Graph, { consumers }: ChannelGroup): Graph {
    const changed = new Map<ValueId, Float32Array>();
    for (const { node: id } of consumers) {
      const systems = this.#systems.get(id) ?? [];
      const [first] = systems;
      if (first === undefined) continue;
      const { product } = first;
      const [, weightsId, biasId] = product.node.inputs;
      if (weightsId === undefined || biasId === undefined) continue;
      const weights = dataAs(product.weights, 'float32').slice();
      const bias = dataAs(product.bias, 'float32').slice();
      for (const system of systems) system.write(weights, bias, dataAs(product.bias, 'float32'));
      changed.set(weightsId, weights);
      changed.set(biasId, bias);
    }
    return withConstants(graph, changed);
  }

  #shares(group: ChannelGroup, unit: number, node: NodeId): readonly Share[] {
    const consumer = group.consumers.find((one) => one.node === node);
    const places = consumer?.channelsOf(unit) ?? [];
    return (this.#systems.get(node) ?? []).flatMap((system): Share[] => {
      const columns = places.flatMap((place) => this.#placed.get(system)?.get(place) ?? []);
      return columns.length === 0 ? [] : [{ system, columns }];
    });
  }
}

/** For each place along the input axis of the weights, the last one, the columns that belong to it. */
function columnsByPlace({ product, block }: ColumnSystem): ReadonlyMap<number, readonly number[]> {
  const { shape } = product.weights.type;
  const size = shape.at(-1) ?? 1;
  const stride = stridesOf(shape).at(-1) ?? 1;
  const places = new Map<number, number[]>();
  const [output] = block.outputs;
  if (output === undefined) return places;
  for (let k = 0; k < block.size; k++) {
    const place = Math.floor(block.weightAt(output, k) / stride) % size;
    const list = places.get(place);
    if (list === undefined) places.set(place, [k]);
    else list.push(k);
  }
  return places;
}
