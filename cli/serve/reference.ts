import { evaluateRun, initialStates } from '../../converter/ir/evaluate.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { summarize } from '../../converter/summary.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import type { Tensor } from '../../converter/tensor/tensor.ts';

/** One run of the model: each tensor as base64 of its elements, little-endian, by name. */
export interface Vector {
  readonly inputs: { readonly [name: string]: string };
  /** What the reference evaluator makes of them; null where there is no model to ask. */
  readonly outputs: { readonly [name: string]: string } | null;
}

/** Runs that `thimble verify` compares where nothing else is wished: random inputs of the seeds 1, 2, 3. */
const usualVectors = 3;

/** From here on the reference evaluator takes seconds for one run: one has to do. */
const slowMacs = 100e6;

/** The reference evaluator for the page: each run is computed when it is first asked for, after those before it, since a model may keep state. */
export class ReferenceRuns {
  readonly count: number;
  readonly #graph: Graph;
  readonly #done: Vector[] = [];
  #states: readonly Tensor[];

  constructor(graph: Graph) {
    this.count = summarize(graph).macs > slowMacs ? 1 : usualVectors;
    this.#graph = graph;
    this.#states = initialStates(graph);
  }

  /** Run `index`, from 0; null beyond the last. */
  run(index: number): Vector | null {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) return null;
    while (this.#done.length <= index) this.#done.push(this.#next(this.#done.length + 1));
    return this.#done[index] ?? null;
  }

  #next(seed: number): Vector {
    const inputs = randomInputs(this.#graph, seed);
    const { outputs, states } = evaluateRun(this.#graph, inputs, this.#states);
    this.#states = states;
    return { inputs: named(this.#graph.inputs, inputs), outputs: named(this.#graph.outputs, outputs) };
  }
}

function named(ports: readonly { readonly name: string }[], tensors: readonly Tensor[]): { [name: string]: string } {
  return Object.fromEntries(
    ports.map(({ name }, i) => [name, Buffer.from(toBytes(tensors[i]?.data ?? new Uint8Array())).toString('base64')]),
  );
}
