import { constantOf, type Graph, type Node, type NodeId, typeOf, type ValueId } from '../../../ir/graph.ts';
import { nodeGraph } from '../../../ir/subgraph.ts';
import { at, type Clamp, noClamp } from '../../../ops/definition.ts';
import type { Op, OpType } from '../../../ops/op.ts';
import { invariant } from '../../../problem.ts';
import { elementCount } from '../../../tensor/shape.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import type { Executor, RunGraph } from '../../executor.ts';
import { withConstants } from '../../product.ts';
import { behindClamp, type Step } from '../backward/rule.ts';
import { backwardRules } from '../backward/table.ts';
import { type TunedLayer, tunedLayer } from './layers.ts';
import { Matrices } from './matrices.ts';

/** A graph whose products have weights that change: forward, and backward to the gradients of these weights. */
export class Network {
  readonly layers: readonly TunedLayer[];
  readonly #graph: Graph;
  readonly #wanted: readonly ValueId[];
  readonly #nodes: readonly Node[];
  readonly #byNode: ReadonlyMap<NodeId, TunedLayer>;
  readonly #runs: ReadonlyMap<NodeId, RunGraph>;
  /** Values that depend on a layer. */
  readonly #behind: ReadonlySet<ValueId>;
  #tensors = new Map<ValueId, Tensor>();

  /** @param wanted values that the loss is about */
  constructor(graph: Graph, wanted: readonly ValueId[], execute: Executor) {
    const matrices = new Matrices(execute);
    this.#graph = graph;
    this.#wanted = wanted;
    this.#nodes = nodesOnTheWay(graph, wanted);
    this.layers = this.#nodes.flatMap((node) => tunedLayer(graph, node, matrices) ?? []);
    this.#byNode = new Map(this.layers.map((layer) => [layer.node.id, layer]));
    this.#behind = valuesBehind(this.#nodes, this.#byNode);
    const others = this.#nodes.filter(({ id }) => !this.#byNode.has(id));
    this.#runs = new Map(others.map((node) => [node.id, execute(nodeGraph(graph, node))]));
  }

  /** The wanted values. */
  forward(inputs: readonly Tensor[]): readonly Float32Array[] {
    const tensors = new Map<ValueId, Tensor>();
    this.#graph.inputs.forEach(({ value }, i) => {
      tensors.set(value, at(inputs, i));
    });
    this.#tensors = tensors;
    for (const node of this.#nodes) {
      const layer = this.#byNode.get(node.id);
      if (layer === undefined) {
        const computed = [...new Set(node.inputs.filter((id) => constantOf(this.#graph, id) === null))];
        const outputs = this.#runs.get(node.id)?.(computed.map((id) => this.#tensor(id))) ?? [];
        node.outputs.forEach((id, i) => {
          tensors.set(id, at(outputs, i));
        });
      } else {
        const id = at(node.outputs, 0);
        const data = layer.forward(dataAs(this.#tensor(at(node.inputs, 0)), 'float32'));
        clampInPlace(data, clampOf(node.op));
        tensors.set(id, { type: typeOf(this.#graph, id), data });
      }
    }
    return this.#wanted.map((id) => dataAs(this.#tensor(id), 'float32'));
  }

  /** Adds to the gradients of all layers, from dL/d(wanted value) of the last {@link forward}. */
  backward(seeds: readonly Float32Array[]): void {
    const found = new Map<ValueId, Float32Array>();
    this.#wanted.forEach((id, i) => {
      found.set(id, at(seeds, i).slice());
    });
    for (const node of [...this.#nodes].reverse()) {
      const outputId = at(node.outputs, 0);
      const arriving = found.get(outputId);
      if (arriving === undefined || !this.#behind.has(outputId)) continue;
      const output = this.#tensor(outputId);
      const gradient = behindClamp(clampOf(node.op), output, arriving);
      const into = (index: number): Float32Array => {
        const id = at(node.inputs, index);
        const known = found.get(id) ?? new Float32Array(elementCount(typeOf(this.#graph, id).shape));
        found.set(id, known);
        return known;
      };
      const layer = this.#byNode.get(node.id);
      if (layer === undefined) {
        apply(node.op, { inputs: node.inputs.map((id) => this.#tensor(id)), output, gradient, into });
      } else {
        layer.backward(gradient, this.#behind.has(at(node.inputs, 0)) ? into(0) : null);
      }
      found.delete(outputId);
    }
  }

  /** The graph with the weights as they are now. */
  toGraph(): Graph {
    const changed = this.layers.flatMap(({ node, weights, bias }) => [
      [at(node.inputs, 1), weights.slice()] as const,
      [at(node.inputs, 2), bias.slice()] as const,
    ]);
    return withConstants(this.#graph, new Map(changed));
  }

  #tensor(id: ValueId): Tensor {
    const tensor = this.#tensors.get(id) ?? constantOf(this.#graph, id);
    invariant(tensor !== null, `%${id} was not computed`);
    return tensor;
  }
}

function apply<T extends OpType>(op: Op<T>, step: Step): void {
  backwardRules[op.type]?.(op.attributes, step);
}

function clampOf(op: Op): Clamp {
  return 'clamp' in op.attributes ? op.attributes.clamp : noClamp;
}

function clampInPlace(data: Float32Array, { min, max }: Clamp): void {
  if (min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY) return;
  for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i] ?? 0, min), max);
}

/** The nodes that compute `wanted`, in order. */
export function nodesOnTheWay(graph: Graph, wanted: readonly ValueId[]): readonly Node[] {
  const needed = new Set(wanted);
  return [...graph.nodes]
    .reverse()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((id) => needed.has(id))) return false;
      for (const id of inputs) needed.add(id);
      return true;
    })
    .reverse();
}

/** Values that depend on weights of a layer. */
export function valuesBehind(
  nodes: readonly Node[],
  layers: { readonly has: (id: NodeId) => boolean },
): ReadonlySet<ValueId> {
  const behind = new Set<ValueId>();
  for (const { id, inputs, outputs } of nodes) {
    if (!layers.has(id) && !inputs.some((input) => behind.has(input))) continue;
    for (const output of outputs) behind.add(output);
  }
  return behind;
}
