import type { TableName } from '../../frontends/tflite/format/schema/schema.ts';
import { type Graph, type Node, typeOf, type ValueId, valueById } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import type { TensorData } from '../../tensor/dtype.ts';
import type { Rounding } from '../../tensor/requantize.ts';
import { type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';

/** A tensor of the file. */
export interface WrittenTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Null for computed tensors. */
  readonly data: TensorData | null;
  /** Whether its elements are int4 numbers, which are written two to a byte. */
  readonly isInt4: boolean;
}

/** An operator of the file; operands are indices of tensors. */
export interface WrittenOperator {
  readonly code: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: { readonly type: TableName; readonly value: Readonly<Record<string, unknown>> } | null;
}

/** Options of an operator by the name of their table. */
export type Options = WrittenOperator['options'];

/** Collects tensors and operators of a file. */
export class FileWriter {
  readonly graph: Graph;
  readonly tensors: WrittenTensor[] = [];
  readonly operators: WrittenOperator[] = [];
  readonly #known = new Map<ValueId, number>();
  /** Readers know inputs and outputs by the names of their tensors. */
  readonly #portNames: ReadonlyMap<ValueId, string>;

  constructor(graph: Graph) {
    this.graph = graph;
    this.#portNames = new Map([...graph.outputs, ...graph.inputs].map(({ name, value }) => [value, name]));
  }

  /** The index of a value of the graph; constants are written when they are first used. */
  index(id: ValueId): number {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { name, type, data } = valueById(this.graph, id);
    const storage = this.graph.storage.get(id);
    const isInt4 = storage?.kind === 'int4' && storage.group === null;
    const index = this.add({ name: this.#portNames.get(id) ?? name, type, data, isInt4 });
    this.#known.set(id, index);
    return index;
  }

  add(tensor: WrittenTensor): number {
    this.tensors.push(tensor);
    return this.tensors.length - 1;
  }
}

/** Writes one node of the graph. */
export class OperatorWriter {
  readonly node: Node;
  readonly #file: FileWriter;

  constructor(file: FileWriter, node: Node) {
    this.#file = file;
    this.node = node;
  }

  get rounding(): Rounding {
    return this.#file.graph.rounding;
  }

  inputType(i: number): TensorType {
    return typeOf(this.#file.graph, this.#id(this.node.inputs, i));
  }

  outputType(i = 0): TensorType {
    return typeOf(this.#file.graph, this.#id(this.node.outputs, i));
  }

  input(i: number): number {
    return this.#file.index(this.#id(this.node.inputs, i));
  }

  inputs(): readonly number[] {
    return this.node.inputs.map((id) => this.#file.index(id));
  }

  output(i = 0): number {
    return this.#file.index(this.#id(this.node.outputs, i));
  }

  /** The elements of a constant operand; null where it is computed. */
  constantInput(i: number): Tensor | null {
    const { type, data } = valueById(this.#file.graph, this.#id(this.node.inputs, i));
    return data === null ? null : { type, data };
  }

  constant(name: string, tensor: Tensor): number {
    return this.#file.add({ name: `${this.#name()}/${name}`, type: tensor.type, data: tensor.data, isInt4: false });
  }

  /** A constant of int32 with one axis. */
  integers(name: string, values: readonly number[]): number {
    return this.constant(name, { type: tensorType('int32', [values.length]), data: Int32Array.from(values) });
  }

  /** A computed tensor between operators of this node. */
  between(name: string, type: TensorType): number {
    return this.#file.add({ name: `${this.#name()}/${name}`, type, data: null, isInt4: false });
  }

  operator(code: string, inputs: readonly number[], outputs: readonly number[], options: Options = null): void {
    this.#file.operators.push({ code, inputs, outputs, options });
  }

  /** Writes the elements of one tensor under another shape. */
  reshape(input: number, output: number, shape: readonly number[]): void {
    const value = { new_shape: [...shape] };
    this.operator('RESHAPE', [input, this.integers('new_shape', shape)], [output], { type: 'ReshapeOptions', value });
  }

  /** The only operator of a node with these operands. */
  whole(code: string, inputs: readonly number[], options: Options = null): void {
    this.operator(
      code,
      inputs,
      this.node.outputs.map((_, i) => this.output(i)),
      options,
    );
  }

  refuse(what: string, advice = 'convert the model here instead of writing it as TFLite'): never {
    throw new ProblemError(this.#problem(what, advice));
  }

  #problem(what: string, advice: string): Problem {
    return { code: 'tflite-export', where: this.node.name, what, advice };
  }

  #name(): string {
    return valueById(this.#file.graph, this.#id(this.node.outputs, 0)).name;
  }

  #id(list: readonly ValueId[], i: number): ValueId {
    const id = list[i];
    return id === undefined ? this.refuse(`it has no operand ${i}`) : id;
  }
}
