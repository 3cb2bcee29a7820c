import type { GraphBuilder } from '../../ir/builder.ts';
import { mayFold } from '../../ir/fold.ts';
import type { ValueId } from '../../ir/graph.ts';
import { nodeFaults } from '../../ir/verify.ts';
import type { Op } from '../../ops/op.ts';
import { evaluateOp, outputShapes } from '../../ops/registry.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { formatShape, type Shape } from '../../tensor/shape.ts';
import { byteSize, type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';
import type { TfliteOperator, TfliteSubgraph, TfliteTensor } from './format/model.ts';
import { type OptionsType, optionsOf } from './format/operator.ts';
import { operatorPlace } from './format/place.ts';
import type { Decoded } from './format/schema/schema.ts';
import { tensorBytesLimit } from './format/tensor.ts';
import { fileType, internalType } from './tensor-type.ts';
import type { Variables } from './variables.ts';

/** Translates one TFLite operator into canonical nodes. Throws ProblemError where it cannot. */
export type TranslateOperator = (context: OperatorContext) => void;

/** What all operators of a subgraph share while they are translated. */
export interface Translation {
  readonly builder: GraphBuilder;
  readonly subgraph: TfliteSubgraph;
  /** Values by the number of their tensor. */
  readonly values: Map<number, ValueId>;
  readonly variables: Variables;
  /** Whether the subgraph is one that gives variables their initial values. */
  readonly isInitialization: boolean;
}

/** The name under which a variable tensor is kept. */
export function variableName(subgraph: TfliteSubgraph, index: number): string {
  return `${subgraph.tensors[index]?.name ?? ''}#${index}`;
}

/** What the translation of one operator sees and does. Operands are counted as in the operator's own lists. */
export class OperatorContext {
  readonly builder: GraphBuilder;
  readonly operator: TfliteOperator;
  /** `CONV_2D #3 "block1/conv"`, for node names and problems. */
  readonly place: string;
  readonly #subgraph: TfliteSubgraph;
  readonly #values: Map<number, ValueId>;
  readonly variables: Variables;
  readonly isInitialization: boolean;
  readonly #read = new Set<number>();

  constructor(operator: TfliteOperator, { builder, subgraph, values, variables, isInitialization }: Translation) {
    this.builder = builder;
    this.operator = operator;
    this.place = operatorPlace(operator, subgraph.tensors);
    this.variables = variables;
    this.isInitialization = isInitialization;
    this.#subgraph = subgraph;
    this.#values = values;
  }

  options<T extends OptionsType>(type: T): Decoded<T> {
    return optionsOf(this.operator, type, this.#subgraph.tensors);
  }

  get inputCount(): number {
    return this.operator.inputs.length;
  }

  get outputCount(): number {
    return this.operator.outputs.length;
  }

  /** Input `index`; a problem where the operator has none. */
  input(index: number): ValueId {
    const id = this.optionalInput(index);
    if (id === null) throw this.problem('tflite-missing-input', `input ${index} is missing`, 'export the model again');
    return id;
  }

  optionalInput(index: number): ValueId | null {
    this.#read.add(index);
    const tensor = this.operator.inputs[index] ?? -1;
    return tensor < 0 ? null : (this.#values.get(tensor) ?? null);
  }

  /** After the translation: operands in the file that it has no use for. Their meaning would be lost without a word. */
  checkOperands(): void {
    const unread = this.operator.inputs.findIndex((tensor, index) => tensor >= 0 && !this.#read.has(index));
    if (unread >= 0)
      throw this.invalid(`it has ${this.inputCount} inputs; the one at position ${unread} has no meaning`);
    const unbound = this.operator.outputs.findIndex((tensor) => {
      return !this.#values.has(tensor) && this.variables.nameOf(tensor) === null;
    });
    if (unbound >= 0)
      throw this.invalid(`it has ${this.outputCount} outputs; the one at position ${unbound} has no meaning`);
  }

  type(id: ValueId): TensorType {
    return this.builder.typeOf(id);
  }

  /** The dtype that input `index` has in the file, before uint8 became int8. */
  fileDtype(index: number): string | null {
    return this.#subgraph.tensors[this.operator.inputs[index] ?? -1]?.dtype ?? null;
  }

  name(id: ValueId): string {
    return this.builder.valueById(id).name;
  }

  /** The constant behind input `index`; a problem where it is computed at run time. */
  constant(index: number, role: string): Tensor {
    const value = this.builder.valueById(this.input(index));
    if (value.data !== null) return { type: value.type, data: value.data };
    throw this.problem(
      'tflite-not-constant',
      `${role} ("${value.name}") is computed at run time`,
      'only constants are supported here: freeze it when exporting the model',
    );
  }

  /** A constant of whole numbers, for shapes, axes and the like. */
  integers(index: number, role: string): number[] {
    const { data, type } = this.constant(index, role);
    if (type.dtype !== 'int32' && type.dtype !== 'int64') {
      throw this.problem('tflite-dtype', `${role} has dtype ${type.dtype}`, 'int32 and int64 are supported');
    }
    return Array.from(data as ArrayLike<number | bigint>, Number);
  }

  /** Dtype and quantization that output `index` has inside the graph; the shape is the file's and may be stale. */
  outputType(index: number): TensorType {
    const tensor = this.outputTensor(index);
    const type = fileType(tensor);
    if (type !== null) return internalType(type);
    throw this.problem(
      'tflite-dtype',
      `output "${tensor.name}" has dtype ${tensor.dtype}`,
      'this dtype is not supported',
    );
  }

  outputTensor(index: number): TfliteTensor {
    const tensor = this.#subgraph.tensors[this.operator.outputs[index] ?? -1];
    if (tensor !== undefined) return tensor;
    throw this.problem('tflite-missing-output', `output ${index} is missing`, 'export the model again');
  }

  /** Intermediate tensor `index`, which carries only quantization; null where the operator has none. */
  intermediate(index: number): TfliteTensor | null {
    return this.#subgraph.tensors[this.operator.intermediates[index] ?? -1] ?? null;
  }

  /** Adds a node with several outputs, whose shapes follow from its inputs, with dtype and quantization of `likes`. */
  nodeOfMany(op: Op, inputs: readonly ValueId[], likes: readonly TensorType[], names: readonly string[]): ValueId[] {
    const types = inputs.map((id) => this.type(id));
    const results = this.#shapes(op, types).map((shape, i) => {
      const like = likes[i];
      if (like === undefined) throw this.invalid('the operator has more outputs than expected');
      return { name: names[i] ?? this.place, type: tensorType(like.dtype, shape, like.quantization) };
    });
    const outputs = results.map(({ type }) => type);
    if (outputs.some((type) => byteSize(type) > tensorBytesLimit)) throw this.invalid('its result is too large');
    const faults = nodeFaults(op, types, outputs);
    if (faults.length > 0) throw this.invalid(faults.join('; '));
    if (outputs.some(({ shape }) => shape.includes(0))) throw this.invalid('its result has no elements');
    return this.builder.nodeOfMany(this.place, op, inputs, results);
  }

  /** Adds a node whose shape follows from its inputs, with dtype and quantization of `like`. */
  node(op: Op, inputs: readonly ValueId[], like: TensorType, name: string): ValueId {
    const types = inputs.map((id) => this.type(id));
    const shape = this.#shape(op, types);
    const type = tensorType(like.dtype, shape, like.quantization);
    if (byteSize(type) > tensorBytesLimit) {
      throw this.problem(
        'tflite-too-large',
        `its result of ${formatShape(shape)} needs more than ${tensorBytesLimit} bytes`,
        'give the model smaller input shapes, or export it again if the file is damaged',
      );
    }
    const faults = nodeFaults(op, types, [type]);
    if (faults.length > 0) throw this.invalid(faults.join('; '));
    const folded = this.#fold(op, inputs, type);
    if (folded !== null) return this.builder.constant(name, folded);
    if (shape.includes(0)) throw this.invalid(`its result has no elements: the shape is ${formatShape(shape)}`);
    return this.builder.node(this.place, op, inputs, type, name);
  }

  /** Adds the node that computes output `index` of the operator. */
  output(index: number, op: Op, inputs: readonly ValueId[]): ValueId {
    const id = this.node(op, inputs, this.outputType(index), this.outputTensor(index).name);
    this.bind(index, id);
    return id;
  }

  /** Says that output `index` of the operator is the value `id`. */
  bind(index: number, id: ValueId): void {
    this.#values.set(this.operator.outputs[index] ?? -1, id);
  }

  /** Says that output `index` of the operator stands for a variable. */
  bindVariable(index: number, name: string): void {
    this.variables.handle(this.operator.outputs[index] ?? -1, name);
  }

  /** The variable that input `index` stands for, null where it is another tensor. */
  variableBehind(index: number): string | null {
    this.#read.add(index);
    return this.variables.nameOf(this.operator.inputs[index] ?? -1);
  }

  /** Says what the variable tensor at input `index` holds from this operator on. */
  assignVariable(index: number, id: ValueId): void {
    const tensor = this.operator.inputs[index] ?? -1;
    this.variables.assign(variableName(this.#subgraph, tensor), id);
    this.#values.set(tensor, id);
  }

  /** A view of `id` under another shape; `id` itself where the shape is the same already. */
  reshape(id: ValueId, shape: Shape, name = `${this.name(id)}/reshape`): ValueId {
    const type = this.type(id);
    if (type.shape.length === shape.length && type.shape.every((size, axis) => size === shape[axis])) return id;
    return this.node({ type: 'reshape', attributes: { shape } }, [id], type, name);
  }

  problem(code: string, what: string, advice: string): ProblemError {
    const problem: Problem = { code, where: this.place, what, advice };
    return new ProblemError(problem);
  }

  /** The operator's operands do not fit its meaning: wrong in the file, or beyond what we support. */
  invalid(what: string): ProblemError {
    return this.problem('tflite-invalid-operator', what, 'check the operator in the original model, or leave it out');
  }

  unsupported(what: string, advice: string): ProblemError {
    return this.problem('unsupported-attribute', what, advice);
  }

  /** Nodes of constants are computed at once: shapes, axes and expanded weights are wanted as constants by later operators. */
  #fold(op: Op, inputs: readonly ValueId[], type: TensorType): Tensor | null {
    const known = inputs.map((id) => this.builder.constantOf(id)).filter((tensor) => tensor !== null);
    if (known.length < inputs.length) return null;
    const types = known.map((tensor) => tensor.type);
    if (!mayFold(op, types, [type], this.builder.constantElements)) return null;
    return evaluateOp(op, known, [type], 'exact')[0] ?? null;
  }

  #shape(op: Op, inputs: readonly TensorType[]): Shape {
    const [shape] = this.#shapes(op, inputs);
    if (shape !== undefined) return shape;
    throw this.invalid('the operator has no output');
  }

  #shapes(op: Op, inputs: readonly TensorType[]): readonly Shape[] {
    try {
      return outputShapes(op, inputs);
    } catch (error) {
      if (error instanceof RangeError) throw this.invalid(error.message);
      throw error;
    }
  }
}
