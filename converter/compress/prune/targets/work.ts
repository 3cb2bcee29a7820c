import { type Graph, inputTypes, type Node, type NodeId, outputTypes, valueById } from '../../../ir/graph.ts';
import { opCost } from '../../../ops/registry.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { ChannelGroup } from '../groups/types.ts';

/** Multiply-accumulates of one inference. */
export function macsOf(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + nodeMacs(graph, node), 0);
}

/** Elements of all constants. */
export function parametersOf(graph: Graph): number {
  let sum = 0;
  for (const { data } of graph.values.values()) sum += data?.length ?? 0;
  return sum;
}

const nodeMacs = (graph: Graph, node: Node) => opCost(node.op, inputTypes(graph, node), outputTypes(graph, node)).macs;

/** Work and size of one node with weights, and how much of both is left. */
interface Load {
  readonly macs: number;
  readonly weights: number;
  readonly rows: number;
  readonly columns: number;
  rowsLeft: number;
  columnsLeft: number;
}

/**
 * MACs and parameters as units leave, in closed form: those of a node with weights are proportional to its rows and to its columns. Exact for
 * convolutions and matrix products; what else shrinks has no weights.
 */
export class Workload {
  readonly #loads = new Map<NodeId, Load>();

  constructor(graph: Graph, groups: readonly ChannelGroup[]) {
    const members = groups.flatMap(({ producers, consumers }) => [...producers, ...consumers]);
    for (const node of graph.nodes) {
      const member = members.find((one) => one.node === node.id);
      const weightsId = member === undefined ? undefined : node.inputs[member.weights];
      if (weightsId === undefined) continue;
      const { shape } = valueById(graph, weightsId).type;
      // Depthwise weights have rows only, along their last axis.
      const isDepthwise = node.op.type === 'depthwise-conv-2d';
      const rows = dimension(shape, isDepthwise ? -1 : 0);
      const columns = isDepthwise ? 1 : dimension(shape, -1);
      this.#loads.set(node.id, {
        ...{ macs: nodeMacs(graph, node), weights: elementCount(shape), rows, columns },
        ...{ rowsLeft: rows, columnsLeft: columns },
      });
    }
  }

  /** By how much the total falls when one more unit of the group leaves. */
  saving(group: ChannelGroup, unit: number, what: 'macs' | 'parameters'): number {
    const before = this.#sum(group, what);
    const undo = this.#take(group, unit);
    const after = this.#sum(group, what);
    undo();
    return before - after;
  }

  remove(group: ChannelGroup, unit: number): void {
    this.#take(group, unit);
  }

  #sum({ producers, consumers }: ChannelGroup, what: 'macs' | 'parameters'): number {
    const nodes = new Set([...producers, ...consumers].map(({ node }) => node));
    let sum = 0;
    for (const id of nodes) {
      const load = this.#loads.get(id);
      if (load === undefined) continue;
      const left = (load.rowsLeft / load.rows) * (load.columnsLeft / load.columns);
      sum += what === 'macs' ? load.macs * left : load.weights * left + load.rowsLeft;
    }
    return sum;
  }

  #take({ producers, consumers }: ChannelGroup, unit: number): () => void {
    const changes: (() => void)[] = [];
    for (const { node, channelsOf } of producers) {
      const load = this.#loads.get(node);
      if (load === undefined) continue;
      const count = channelsOf(unit).length;
      load.rowsLeft -= count;
      changes.push(() => {
        load.rowsLeft += count;
      });
    }
    for (const { node, channelsOf } of consumers) {
      const load = this.#loads.get(node);
      if (load === undefined) continue;
      const count = channelsOf(unit).length;
      load.columnsLeft -= count;
      changes.push(() => {
        load.columnsLeft += count;
      });
    }
    return () => {
      for (const change of changes) change();
    };
  }
}
