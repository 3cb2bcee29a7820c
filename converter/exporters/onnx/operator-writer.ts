import type { Remark } from '../../frontends/onnx/written.ts';
import { type Graph, type Node, typeOf, type ValueId, valueById } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { Shape } from '../../tensor/shape.ts';
import { filled, type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';
import { type Attributes, dtypeCodes, int, ints } from './encode.ts';
import type { FileType, FileWriter, Ref } from './file-writer.ts';
import { type Layout, permutationTo, shapeIn } from './layout.ts';
import { permutedTensor, realDtype, type ValueWriter } from './value-writer.ts';

/** What all nodes of a file share while they are written. */
export interface FileContext {
  readonly graph: Graph;
  readonly file: FileWriter;
  readonly values: ValueWriter;
  /** Version of the default operator set. */
  readonly opset: number;
  /** Grows by what the operators of the file do not say about a value. */
  readonly remarks: Map<Ref, Remark>;
}

/** What QuantizeLinear gives. */
const quantizedDtypes: readonly DType[] = ['int8', 'uint8', 'int16'];

/** Writes one node of the graph. */
export class OperatorWriter {
  readonly node: Node;
  readonly #context: FileContext;

  constructor(context: FileContext, node: Node) {
    this.#context = context;
    this.node = node;
  }

  get opset(): number {
    return this.#context.opset;
  }

  inputType(i: number): TensorType {
    return typeOf(this.#context.graph, this.#id(this.node.inputs, i));
  }

  outputType(i = 0): TensorType {
    return typeOf(this.#context.graph, this.#id(this.node.outputs, i));
  }

  /** Whether the node computes on stored integers. */
  get isQuantized(): boolean {
    return [...this.node.inputs, ...this.node.outputs].some(
      (id) => typeOf(this.#context.graph, id).quantization.kind !== 'none',
    );
  }

  /** The numbers of operand `i`. */
  input(i: number, layout: Layout = 'plain'): Ref {
    return this.#context.values.real(this.#id(this.node.inputs, i), layout);
  }

  inputs(layout: Layout = 'plain'): Ref[] {
    return this.node.inputs.map((_, i) => this.input(i, layout));
  }

  /** Operands that broadcast against each other: in the other layout those with fewer than four axes gain axes of 1 in front. */
  broadcastInputs(layout: Layout): Ref[] {
    return this.node.inputs.map((_, i) => {
      const { shape } = this.inputType(i);
      if (layout === 'plain' || shape.length === 4) return this.input(i, layout);
      const padded = [...new Array<number>(4 - shape.length).fill(1), ...shape];
      const constant = this.constantInput(i);
      if (constant === null) return this.reshape(this.input(i), shapeIn(layout, padded));
      const tensor = { type: tensorType(constant.type.dtype, padded, constant.type.quantization), data: constant.data };
      return this.constant(`operand_${i}`, permutedTensor(tensor, permutationTo[layout]));
    });
  }

  /** The elements of a constant operand; null where it is computed. */
  constantInput(i: number): Tensor | null {
    const { type, data } = valueById(this.#context.graph, this.#id(this.node.inputs, i));
    return data === null ? null : { type, data };
  }

  /** Operand `i` with its axes in another order. */
  permutedInput(i: number, permutation: readonly number[]): Ref {
    const id = this.#id(this.node.inputs, i);
    if (this.constantInput(i) !== null) return this.#context.values.permutedConstant(id, permutation);
    return this.transpose(this.input(i), permutation);
  }

  /**
   * The layout in which an operator that takes either one is written: that in which most of its computed operands of four axes exist.
   */
  commonLayout(): Layout {
    let votes = 0;
    for (const [i, id] of this.node.inputs.entries()) {
      if (this.constantInput(i) !== null) continue;
      const { shape } = this.inputType(i);
      if (shape.length !== 4) {
        if (shape.some((size) => size !== 1)) return 'plain';
        continue;
      }
      votes += Number(this.#context.values.has(id, 'channels-first')) - Number(this.#context.values.has(id, 'plain'));
    }
    return votes > 0 && this.outputType().shape.length === 4 ? 'channels-first' : 'plain';
  }

  /** The layout in which operand 0 exists. */
  inputLayout(): Layout {
    const id = this.#id(this.node.inputs, 0);
    const { values } = this.#context;
    return this.inputType(0).shape.length === 4 && values.has(id, 'channels-first') && !values.has(id, 'plain')
      ? 'channels-first'
      : 'plain';
  }

  /** Says that output `i` of the node is `ref`, real numbers where the output has a scale. */
  result(ref: Ref, layout: Layout = 'plain', i = 0): Ref {
    const { dtype, quantization } = this.outputType(i);
    if (quantization.kind === 'per-channel')
      this.refuse('a computed tensor with scales per channel has no form in ONNX');
    if (quantization.kind !== 'none' && !quantizedDtypes.includes(dtype))
      this.refuse(`a computed ${dtype} with a scale has no form in ONNX`);
    return this.#context.values.define(this.#id(this.node.outputs, i), layout, ref);
  }

  /** Says what our reader has to know of the output `stored`, beyond its operators. */
  remark(stored: Ref, remark: Remark): void {
    this.#context.remarks.set(stored, remark);
  }

  /** Says that the output in one layout is operand 0 in another. */
  alias(layout: Layout, source: Layout): void {
    const [id, from] = [this.#id(this.node.outputs, 0), this.#id(this.node.inputs, 0)];
    this.#context.values.alias({ id, layout }, { id: from, layout: source });
  }

  /** The numbers of output `i` between operators: float32 where it has a scale. */
  realType(layout: Layout = 'plain', i = 0): FileType {
    const type = this.outputType(i);
    return { dtype: realDtype(type), shape: shapeIn(layout, type.shape) };
  }

  /** Adds an operator of one result. */
  operator(opType: string, inputs: readonly (Ref | null)[], type: FileType, attributes: Attributes = {}): Ref {
    const [result] = this.operatorOfMany(opType, inputs, [type], attributes);
    return result ?? this.refuse(`${opType} has no result`);
  }

  operatorOfMany(
    opType: string,
    inputs: readonly (Ref | null)[],
    types: readonly FileType[],
    attributes: Attributes = {},
  ): Ref[] {
    return this.#context.file.operator(opType, inputs, types, `${this.#name()}/${opType}`, attributes);
  }

  typeOf(ref: Ref): FileType {
    return this.#context.file.typeOf(ref);
  }

  transpose(ref: Ref, permutation: readonly number[]): Ref {
    if (permutation.every((axis, i) => axis === i)) return ref;
    const { dtype, shape } = this.typeOf(ref);
    const turned = permutation.map((axis) => shape[axis] ?? 1);
    return this.operator('Transpose', [ref], { dtype, shape: turned }, { perm: ints(permutation) });
  }

  reshape(ref: Ref, shape: Shape): Ref {
    const { dtype, shape: before } = this.typeOf(ref);
    if (before.join() === shape.join()) return ref;
    return this.operator('Reshape', [ref, this.integers('shape', shape)], { dtype, shape });
  }

  /** Numbers as another element type. */
  cast(ref: Ref, dtype: DType): Ref {
    const { dtype: before, shape } = this.typeOf(ref);
    if (before === dtype) return ref;
    return this.operator('Cast', [ref], { dtype, shape }, { to: int(dtypeCodes[dtype]) });
  }

  /** The numbers of a constant of our own making. */
  constant(name: string, tensor: Tensor): Ref {
    return this.#context.values.constant(`${this.#name()}/${name}`, tensor);
  }

  /** A list of int64, as shapes, axes and the like are. */
  integers(name: string, values: readonly number[]): Ref {
    const data = BigInt64Array.from(values, (value) => BigInt(value));
    return this.constant(name, { type: tensorType('int64', [values.length]), data });
  }

  /** One number without axes. */
  number(name: string, dtype: DType, value: number): Ref {
    const stored = dtype.endsWith('64') && dtype !== 'float64' ? BigInt(value) : value;
    return this.constant(name, filled(tensorType(dtype, []), stored));
  }

  refuse(what: string, advice = 'convert the model here instead of writing it as ONNX'): never {
    const problem: Problem = { code: 'onnx-export', where: this.node.name, what, advice };
    throw new ProblemError(problem);
  }

  #name(): string {
    return valueById(this.#context.graph, this.#id(this.node.outputs, 0)).name;
  }

  #id(list: readonly ValueId[], i: number): ValueId {
    const id = list[i];
    return id === undefined ? this.refuse(`it has no operand ${i}`) : id;
  }
}
