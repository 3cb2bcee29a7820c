import { readsOf } from './format/check-flow.ts';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from './format/model.ts';
import type { Bound } from './value.ts';

/** Where a graph is translated. */
interface Surroundings {
  /** Sets names of values apart from those of other runs of the graph: `[3]`. */
  readonly tag: string;
  /** Follows the place of each node: ` in Loop "decode"[3]`. */
  readonly place: string;
  /** Where names are looked up that the graph does not have; null for the main graph and functions. */
  readonly outer: Scope | null;
}

/** The names of one graph while it is translated: the main graph, a sub-graph, or one call of a function. */
export class Scope {
  readonly tag: string;
  readonly place: string;
  /** Names that some node or the graph itself reads. */
  readonly read: ReadonlySet<string>;
  /** The nodes that some output needs; the others are left out without being understood. */
  readonly nodes: readonly OnnxNode[];
  /** Attributes of the function call that the graph belongs to. */
  readonly call: ReadonlyMap<string, OnnxAttribute>;
  /** How many graphs are around this one. */
  readonly depth: number;
  readonly #graph: OnnxGraph;
  readonly #outer: Scope | null;
  readonly #values = new Map<string, Bound>();

  constructor(
    graph: OnnxGraph,
    surroundings: Surroundings,
    call: ReadonlyMap<string, OnnxAttribute> = new Map(),
    depth = 0,
  ) {
    this.tag = surroundings.tag;
    this.place = surroundings.place;
    this.#outer = surroundings.outer;
    this.#graph = graph;
    this.call = call;
    this.depth = depth;
    this.nodes = liveNodes(graph);
    this.read = new Set([...this.nodes.flatMap(readsOf), ...graph.outputs.map(({ name }) => name)]);
  }

  /** A scope inside of this one: of a sub-graph, or with attributes of its own of a function. */
  inner(graph: OnnxGraph, surroundings: Surroundings, call: ReadonlyMap<string, OnnxAttribute> = this.call): Scope {
    return new Scope(graph, { ...surroundings, tag: `${this.tag}${surroundings.tag}` }, call, this.depth + 1);
  }

  set(name: string, value: Bound): void {
    this.#values.set(name, value);
  }

  /** What `name` stands for: a value, a stored tensor, or null where it has not been computed. */
  find(name: string): Bound | OnnxTensor | null {
    return this.#values.get(name) ?? this.#graph.initializers.get(name) ?? this.#outer?.find(name) ?? null;
  }
}

function liveNodes(graph: OnnxGraph): OnnxNode[] {
  const wanted = new Set(graph.outputs.map((output) => output.name));
  const live: OnnxNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    for (const name of readsOf(node)) wanted.add(name);
    live.push(node);
  }
  return live.reverse();
}
