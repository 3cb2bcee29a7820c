import type { Op } from '../ops/op.ts';
import type { TensorData } from '../tensor/dtype.ts';
import type { Rounding } from '../tensor/requantize.ts';
import type { Tensor, TensorType } from '../tensor/tensor.ts';
import { type Graph, type Node, nodeId, type Port, type State, type Value, type ValueId, valueId } from './graph.ts';

/** Collects the parts of a new graph in execution order. Front ends and tests use it; passes use patches. */
export class GraphBuilder {
  readonly #values = new Map<ValueId, Value>();
  readonly #nodes: Node[] = [];
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #states = new Map<ValueId, State>();
  #constantElements = 0;

  input(name: string, type: TensorType): ValueId {
    const value = this.#value(name, type, null);
    this.#inputs.push({ name, value });
    return value;
  }

  constant(name: string, tensor: Tensor): ValueId {
    this.#constantElements += tensor.data.length;
    return this.#value(name, tensor.type, tensor.data);
  }

  /** Adds a node with one output of the given type and returns that output. */
  node(name: string, op: Op, inputs: readonly ValueId[], type: TensorType, outputName: string): ValueId {
    const output = this.#value(outputName, type, null);
    this.#nodes.push({ id: nodeId(this.#nodes.length), name, op, inputs, outputs: [output] });
    return output;
  }

  /** Adds a node and returns its outputs in order. */
  nodeOfMany(
    name: string,
    op: Op,
    inputs: readonly ValueId[],
    results: readonly { readonly name: string; readonly type: TensorType }[],
  ): ValueId[] {
    const outputs = results.map((result) => this.#value(result.name, result.type, null));
    this.#nodes.push({ id: nodeId(this.#nodes.length), name, op, inputs, outputs });
    return outputs;
  }

  /** Adds a state and returns the value that it holds when a run begins; it stays so until {@link assign} says otherwise. */
  state(name: string, type: TensorType, initial: TensorData | null): ValueId {
    const value = this.#value(name, type, null);
    this.#states.set(value, { name, value, next: value, initial });
    return value;
  }

  /** Says what the state of `value` holds when the run has ended. */
  assign(value: ValueId, next: ValueId): void {
    const state = this.#states.get(value);
    if (state === undefined) throw new RangeError(`%${value} is no state`);
    this.#states.set(value, { ...state, next });
  }

  output(name: string, value: ValueId): void {
    this.#outputs.push({ name, value });
  }

  /** Elements of all constants so far. */
  get constantElements(): number {
    return this.#constantElements;
  }

  typeOf(id: ValueId): TensorType {
    return this.valueById(id).type;
  }

  valueById(id: ValueId): Value {
    const value = this.#values.get(id);
    if (value === undefined) throw new RangeError(`no value %${id}`);
    return value;
  }

  /** The constant behind `id`, or null where it is an input or computed. */
  constantOf(id: ValueId): Tensor | null {
    const { type, data } = this.valueById(id);
    return data === null ? null : { type, data };
  }

  build(name: string, producer: string, rounding: Rounding): Graph {
    return {
      name,
      producer,
      rounding,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      states: [...this.#states.values()],
      values: new Map(this.#values),
      nodes: [...this.#nodes],
      storage: new Map(),
    };
  }

  #value(name: string, type: TensorType, data: Value['data']): ValueId {
    const id = valueId(this.#values.size);
    this.#values.set(id, { id, name, type, data });
    return id;
  }
}
