import type { Comparison } from '../../ops/compare.ts';
import { noClamp } from '../../ops/definition.ts';
import type { Op } from '../../ops/op.ts';
import type { ScalarExpression } from '../../ops/scalar-expression.ts';
import type { ZipFunction } from '../../ops/zip.ts';
import { ProblemError } from '../../problem.ts';
import { allocate, type DType } from '../../tensor/dtype.ts';
import { numberToFloat16 } from '../../tensor/float16.ts';
import type { Quantization } from '../../tensor/quantization.ts';
import { type Shape, shapesEqual } from '../../tensor/shape.ts';
import { storeElement, type Tensor, tensorType } from '../../tensor/tensor.ts';
import { WriteFault } from '../graph-writer.ts';
import { computedAs, internalTensor, unpackedTensor } from './dtype.ts';
import {
  type OnnxAttribute,
  type OnnxDtype,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  onnxDtypeBits,
} from './format/model.ts';
import { nodePlace } from './format/problems.ts';
import type { Scope } from './scope.ts';
import type { UnrollBudget } from './unroll-budget.ts';
import { absent, type Bound, isOperand } from './value.ts';
import type { OnnxWriter, Operand } from './writer.ts';

/** Translates one ONNX node into canonical nodes. Throws ProblemError where it cannot. */
export type TranslateOperator = (context: OperatorContext) => void;

/** What all nodes of a model share while they are translated. */
export interface Translation {
  readonly writer: OnnxWriter;
  /** The model's own functions by {@link OnnxFunction.key}. */
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  /** Tensors of the file that have been read, so that each becomes one constant. */
  readonly loaded: Map<OnnxTensor, Operand>;
  /** Grows by each element type of the file that is computed in another one. */
  readonly narrowed: Set<OnnxDtype>;
  /** Where the user finds nodes that stand for another one of the file. */
  readonly places: ReadonlyMap<OnnxNode, string>;
  /** What sub-graphs and functions may still unfold into. */
  readonly budget: UnrollBudget;
  /** Translates a graph that stands for a node; throws ProblemError with everything in it that is not supported. */
  readonly translateGraph: (graph: OnnxGraph, scope: Scope, translation: Translation) => readonly Bound[];
}

/** Operators whose result does not show how many bits their operand had: those that may read elements of less than a byte. */
const readsPacked: readonly string[] = ['DequantizeLinear', 'Cast'];

/** What the translation of one node sees and does. */
export class OperatorContext {
  readonly node: OnnxNode;
  readonly place: string;
  /** Version of the operator set that the node belongs to. */
  readonly opset: number;
  readonly #translation: Translation;
  readonly #scope: Scope;
  readonly #inputsRead = new Set<number>();
  readonly #attributesRead = new Set<string>();

  constructor(node: OnnxNode, translation: Translation, scope: Scope) {
    this.node = node;
    this.place = `${translation.places.get(node) ?? nodePlace(node)}${scope.place}`;
    this.opset = node.opset;
    this.#translation = translation;
    this.#scope = scope;
  }

  /** Input `index`; a problem where the node has none. */
  input(index: number): Operand {
    const operand = this.optional(index);
    if (operand !== null) return operand;
    throw this.problem('onnx-missing-input', `input ${index} is missing`, 'export the model again');
  }

  optional(index: number): Operand | null {
    const value = this.bound(index);
    if (isOperand(value)) return value;
    if (value.kind === 'absent') return null;
    throw this.problem(
      'onnx-sequence',
      `input ${index} ("${this.node.inputs[index] ?? ''}") is a sequence, not a tensor`,
      'take one tensor of it (SequenceAt)',
    );
  }

  /** Input `index`, be it a tensor, a sequence, or absent. */
  bound(index: number): Bound {
    this.#inputsRead.add(index);
    const name = this.node.inputs[index] ?? '';
    const found = name === '' ? null : this.#scope.find(name);
    if (found === null) return absent;
    return 'bytes' in found ? this.#loaded(found) : found;
  }

  #loaded(stored: OnnxTensor): Operand {
    const { loaded, writer } = this.#translation;
    const packed = onnxDtypeBits[stored.dtype] < 8;
    if (packed && !readsPacked.includes(this.node.opType)) throw this.#refusedDtype(stored);
    const known = loaded.get(stored);
    if (known !== undefined) return known;
    const operand = writer.constant(stored.name, packed ? this.#unpacked(stored) : this.fromFile(stored));
    loaded.set(stored, operand);
    return operand;
  }

  #unpacked(stored: OnnxTensor): Tensor {
    const tensor = unpackedTensor(stored);
    if (tensor === null) throw this.#refusedDtype(stored);
    return tensor;
  }

  /** All inputs, for operators that take any number of them. */
  inputs(): Operand[] {
    return this.node.inputs.map((_, index) => this.input(index));
  }

  /** A tensor of the file; a problem where we have no such dtype. */
  fromFile(tensor: OnnxTensor): Tensor {
    const internal = internalTensor(tensor);
    if (internal === null) throw this.#refusedDtype(tensor);
    if (computedAs(tensor.dtype) !== null) this.#translation.narrowed.add(tensor.dtype);
    return internal;
  }

  #refusedDtype({ dtype, name }: OnnxTensor): ProblemError {
    const what = `the dtype ${dtype} of "${name}" is not supported`;
    return this.problem('onnx-dtype', what, 'export the model with float32 tensors');
  }

  /** The constant that input `index` is; a problem where it is computed at run time. */
  constant(index: number, role: string): Tensor {
    return this.constantOf(this.input(index), role);
  }

  constantOf({ tensor, name }: Operand, role: string): Tensor {
    if (tensor !== null) return tensor;
    const what = `${role} ("${name}") is computed at run time`;
    throw this.problem(
      'onnx-not-constant',
      what,
      'only constants are supported here: freeze it when exporting the model',
    );
  }

  /** A constant of whole numbers, for shapes, axes and the like. */
  integers(index: number, role: string): number[] {
    const { data, type } = this.constant(index, role);
    if (type.dtype === 'int32' || type.dtype === 'int64') return Array.from(data as ArrayLike<number | bigint>, Number);
    throw this.problem('onnx-dtype', `${role} has dtype ${type.dtype}`, 'int32 and int64 are supported');
  }

  optionalIntegers(index: number, role: string): number[] | null {
    return this.optional(index) === null ? null : this.integers(index, role);
  }

  hasAttribute(name: string): boolean {
    return this.node.attributes.has(name);
  }

  /** Attributes that change nothing for inference. */
  ignore(...names: string[]): void {
    for (const name of names) this.#attributesRead.add(name);
  }

  int(name: string, fallback: number): number {
    const value = this.#attribute(name, 'int');
    return value === null ? fallback : Number(value.value);
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name, 'float')?.value ?? fallback;
  }

  string(name: string, fallback: string): string {
    return this.#attribute(name, 'string')?.value ?? fallback;
  }

  ints(name: string): number[] | null {
    return this.#attribute(name, 'ints')?.value.map(Number) ?? null;
  }

  floatList(name: string): readonly number[] | null {
    return this.#attribute(name, 'floats')?.value ?? null;
  }

  stringList(name: string): readonly string[] | null {
    return this.#attribute(name, 'strings')?.value ?? null;
  }

  tensorAttribute(name: string): Tensor | null {
    const attribute = this.#attribute(name, 'tensor');
    return attribute === null ? null : this.fromFile(attribute.value);
  }

  /** The attribute in whatever kind the file has it, or null. */
  attribute(name: string): OnnxAttribute | null {
    this.#attributesRead.add(name);
    return this.node.attributes.get(name) ?? null;
  }

  /** An axis that may count from the end; a problem where `rank` dimensions have none. */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    throw this.invalid(`axis ${axis} does not exist in ${rank} dimensions`);
  }

  /** Distinct axes, ascending. */
  axes(axes: readonly number[], rank: number): number[] {
    const found = axes.map((axis) => this.axis(axis, rank)).sort((a, b) => a - b);
    if (new Set(found).size < found.length) throw this.invalid(`an axis is listed twice: ${axes.join(', ')}`);
    return found;
  }

  /** Adds a node; dtype is that of the first operand. */
  write(op: Op, operands: readonly Operand[], name = this.#nextName(op.type)): Operand {
    return this.writeAs(operands[0]?.type.dtype ?? 'float32', op, operands, name);
  }

  /** Adds a node whose result has the given dtype. */
  writeAs(dtype: DType, op: Op, operands: readonly Operand[], name = this.#nextName(op.type)): Operand {
    return this.#checked((writer) => writer.node(this.place, op, operands, dtype, name));
  }

  /** Adds a node whose result is of another dtype than the first operand, with a quantization of its own or none. */
  writeQuantized(op: Op, operands: readonly Operand[], dtype: DType, quantization: Quantization): Operand {
    const name = this.#nextName(op.type);
    return this.#checked((writer) => writer.node(this.place, op, operands, dtype, name, quantization));
  }

  /** A float32 constant together with the integers that the file has for it. */
  dequantized(real: Tensor, stored: Tensor): Operand {
    return this.#translation.writer.dequantized(this.#nextName('constant'), real, stored);
  }

  /** Adds a node with one output for each of `dtypes`. */
  writeMany(op: Op, operands: readonly Operand[], dtypes: readonly DType[]): Operand[] {
    const results = dtypes.map((dtype) => ({ name: this.#nextName(op.type), dtype }));
    return this.#checked((writer) => writer.nodeOfMany(this.place, op, operands, results));
  }

  #checked<T>(write: (writer: OnnxWriter) => T): T {
    try {
      return write(this.#translation.writer);
    } catch (error) {
      if (error instanceof WriteFault) throw this.invalid(error.message);
      throw error;
    }
  }

  #written = 0;

  #nextName(type: string): string {
    const base = this.node.outputs.find((output) => output !== '') ?? this.node.opType;
    return `${base}${this.#scope.tag}/${type}${this.#written++ === 0 ? '' : `_${this.#written}`}`;
  }

  map(operand: Operand, expression: ScalarExpression): Operand {
    this.realOnly(operand);
    return this.mapAny(operand, expression);
  }

  /** As `map`, for functions that whole numbers have too. */
  mapAny(operand: Operand, expression: ScalarExpression): Operand {
    return this.write({ type: 'map', attributes: { expression } }, [operand]);
  }

  /** Numbers as another dtype; nothing where they have it. */
  cast(operand: Operand, dtype: DType): Operand {
    return operand.type.dtype === dtype ? operand : this.writeAs(dtype, { type: 'cast', attributes: {} }, [operand]);
  }

  compare(relation: Comparison, a: Operand, b: Operand): Operand {
    return this.writeAs('bool', { type: 'compare', attributes: { relation } }, [a, b]);
  }

  select(condition: Operand, a: Operand, b: Operand): Operand {
    return this.writeAs(a.type.dtype, { type: 'select', attributes: {} }, [condition, a, b]);
  }

  /** A constant of one element. */
  scalar(dtype: DType, value: number | bigint): Operand {
    const data = allocate(dtype, 1);
    storeElement(data, 0, dtype === 'float16' ? numberToFloat16(Number(value)) : value);
    return this.literal({ type: tensorType(dtype, []), data });
  }

  zip(fn: ZipFunction, a: Operand, b: Operand): Operand {
    return this.write({ type: 'zip', attributes: { fn, clamp: noClamp } }, [a, b]);
  }

  reshape(operand: Operand, shape: Shape): Operand {
    if (shapesEqual(operand.type.shape, shape)) return operand;
    return this.write({ type: 'reshape', attributes: { shape } }, [operand]);
  }

  transpose(operand: Operand, permutation: readonly number[]): Operand {
    if (permutation.every((axis, i) => axis === i)) return operand;
    return this.write({ type: 'transpose', attributes: { permutation } }, [operand]);
  }

  /** A constant of our own making. */
  literal(tensor: Tensor, name = this.#nextName('constant')): Operand {
    if (this.#scope.depth > 0) this.#translation.budget.spendElements(tensor.data.length, this.place);
    return this.#translation.writer.constant(name, tensor);
  }

  /** int32 numbers, as indices, places and their sizes are. */
  int32s(values: ArrayLike<number>, shape: Shape): Operand {
    return this.literal({ type: tensorType('int32', shape), data: Int32Array.from(values) });
  }

  floats(values: ArrayLike<number>, shape: Shape): Operand {
    return this.literal({ type: tensorType('float32', shape), data: Float32Array.from(values) });
  }

  /** Room for a constant of so many elements; a problem where a small file would unfold into a huge one. */
  claim(elements: number): void {
    if (!Number.isSafeInteger(elements) || !this.#translation.writer.mayAdd(elements)) {
      throw this.problem(
        'onnx-too-large',
        `its constant result has ${elements} elements`,
        'compute it outside of the model',
      );
    }
  }

  /** Says that output `index` of the node is `operand`. */
  bind(value: Bound, index = 0): void {
    const name = this.node.outputs[index] ?? '';
    if (name !== '') this.#scope.set(name, value);
  }

  /**
   * Translates a sub-graph of the node in place, its inputs being `inputs`; the result are its outputs.
   *
   * @param tag tells one run of the sub-graph from others of the same node: `[3]`
   */
  run(graph: OnnxGraph, inputs: readonly Bound[], tag: string): readonly Bound[] {
    if (inputs.length !== graph.inputs.length) {
      throw this.invalid(`its sub-graph has ${graph.inputs.length} inputs, not ${inputs.length}`);
    }
    const scope = this.#scope.inner(graph, { tag, place: ` in ${this.place}${tag}`, outer: this.#scope });
    graph.inputs.forEach(({ name }, i) => {
      scope.set(name, inputs[i] ?? absent);
    });
    this.#translation.budget.spend(this.place);
    return this.#translation.translateGraph(graph, scope, this.#translation);
  }

  /** Whether so many runs of a sub-graph are certainly too many. */
  exceedsBudget(runs: number): boolean {
    return this.#translation.budget.exceededBy(runs);
  }

  /** The sub-graph that attribute `name` is. */
  graphAttribute(name: string): OnnxGraph {
    const attribute = this.#attribute(name, 'graph');
    if (attribute === null) throw this.invalid(`the attribute ${name} is missing`);
    return attribute.value;
  }

  /** Whether some node or the model itself reads output `index`. */
  isRead(index: number): boolean {
    return this.#scope.read.has(this.node.outputs[index] ?? '');
  }

  floatOnly(...operands: readonly Operand[]): void {
    const other = operands.find((operand) => operand.type.dtype !== 'float32');
    if (other !== undefined) this.dtypeRefused(other.type.dtype, 'float32');
  }

  realOnly(...operands: readonly Operand[]): void {
    const other = operands.find((operand) => !operand.type.dtype.startsWith('float'));
    if (other !== undefined) this.dtypeRefused(other.type.dtype, 'float32');
  }

  dtypeRefused(dtype: DType, supported: string): never {
    throw this.problem('onnx-dtype', `the dtype ${dtype} is not supported`, `use ${supported} here`);
  }

  /** After the translation: parts of the node that it had no use for. Their meaning would be lost without a word. */
  checkUsed(): void {
    const input = this.node.inputs.findIndex((name, index) => name !== '' && !this.#inputsRead.has(index));
    if (input >= 0)
      throw this.invalid(`it has ${this.node.inputs.length} inputs; the one at position ${input} has no meaning`);
    for (const name of this.node.attributes.keys()) {
      if (!this.#attributesRead.has(name)) throw this.unsupported(`the attribute ${name} is not known`, 'leave it out');
    }
    const output = this.node.outputs.find((name) => this.#scope.read.has(name) && this.#scope.find(name) === null);
    if (output !== undefined) {
      throw this.unsupported(
        `its output "${output}" is not supported`,
        'export the model without the use of this output',
      );
    }
  }

  problem(code: string, what: string, advice: string): ProblemError {
    return new ProblemError({ code, where: this.place, what, advice });
  }

  invalid(what: string): ProblemError {
    return this.problem('onnx-invalid-operator', what, 'check the operator in the original model, or leave it out');
  }

  unsupported(what: string, advice: string): ProblemError {
    return this.problem('unsupported-attribute', what, advice);
  }

  #attribute<K extends OnnxAttribute['kind']>(name: string, kind: K): Extract<OnnxAttribute, { kind: K }> | null {
    const attribute = this.attribute(name);
    if (attribute === null) return null;
    if (attribute.kind !== kind) throw this.invalid(`the attribute ${name} is of kind ${attribute.kind}, not ${kind}`);
    return attribute as Extract<OnnxAttribute, { kind: K }>;
  }
}
