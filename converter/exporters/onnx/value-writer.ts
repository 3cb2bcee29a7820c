import { type Graph, type Value, type ValueId, valueById } from '../../ir/graph.ts';
import { pickElements, stridedOffsets } from '../../tensor/layout.ts';
import type { Quantization } from '../../tensor/quantization.ts';
import { stridesOf } from '../../tensor/shape.ts';
import { type Tensor, type TensorType, tensorType } from '../../tensor/tensor.ts';
import { int, ints } from './encode.ts';
import type { FileWriter, Ref } from './file-writer.ts';
import { axisIn, type Layout, otherLayout, permutationTo, permuted, shapeIn } from './layout.ts';

/** A value of the graph in one of its layouts. */
interface Form {
  readonly id: ValueId;
  readonly layout: Layout;
}

/**
 * The values of a graph as tensors of the file. Each may exist in two layouts, as real numbers and, where it has a scale, as the integers
 * that QuantizeLinear gives; what an operator asks for and does not exist yet is written then.
 */
export class ValueWriter {
  readonly #graph: Graph;
  readonly #file: FileWriter;
  readonly #real = new Map<string, Ref>();
  readonly #stored = new Map<string, Ref>();
  readonly #aliases = new Map<string, Form>();
  readonly #scales = new Map<string, Ref>();

  constructor(graph: Graph, file: FileWriter) {
    this.#graph = graph;
    this.#file = file;
    for (const { name, value } of graph.inputs) {
      const { type } = valueById(graph, value);
      const ref = file.input(name, { dtype: type.dtype, shape: type.shape });
      this.#formsOf(type).set(keyOf({ id: value, layout: 'plain' }), ref);
    }
  }

  /** Whether the value exists in this layout without a transpose. Constants exist in both. */
  has(id: ValueId, layout: Layout): boolean {
    const form = this.#resolved({ id, layout });
    if (valueById(this.#graph, form.id).data !== null) return true;
    return this.#real.has(keyOf(form)) || this.#stored.has(keyOf(form));
  }

  /** The numbers of a value: real ones, or whole ones that have no scale. */
  real(id: ValueId, layout: Layout): Ref {
    const form = this.#resolved({ id, layout });
    const known = this.#real.get(keyOf(form));
    if (known !== undefined) return known;
    const ref = this.#made(form);
    this.#real.set(keyOf(form), ref);
    return ref;
  }

  /** A value as an output of the model has it: stored integers where it has a scale. */
  port(id: ValueId): Ref {
    const { name, type, data } = valueById(this.#graph, id);
    if (type.quantization.kind === 'none') return this.real(id, 'plain');
    const { dtype, shape } = type;
    return data === null
      ? this.#storedForm(this.#resolved({ id, layout: 'plain' }))
      : this.#file.constant(name, { dtype, shape }, data);
  }

  /** Says what an operator has made of a value that no other makes. Gives the stored integers where the value has a scale. */
  define(id: ValueId, layout: Layout, ref: Ref): Ref {
    const { name, type } = valueById(this.#graph, id);
    const key = keyOf({ id, layout });
    if (type.quantization.kind === 'none') {
      this.#real.set(key, ref);
      this.#file.suggest(ref, name);
      return ref;
    }
    this.#file.suggest(ref, `${name}/real`);
    const stored = this.#quantized(ref, type, name);
    this.#stored.set(key, stored);
    return stored;
  }

  /** Something in the place of a value that could not be written, in a file that will not be finished. */
  standIn(id: ValueId): void {
    const { name, type } = valueById(this.#graph, id);
    const ref = this.#file.input(name, { dtype: realDtype(type), shape: type.shape });
    this.#real.set(keyOf({ id, layout: 'plain' }), ref);
  }

  /** Says that one form of a value is a form of another, to the last number. */
  alias(form: Form, source: Form): void {
    this.#aliases.set(keyOf(form), source);
  }

  /** A constant in another order of axes. */
  permutedConstant(id: ValueId, permutation: readonly number[]): Ref {
    const { name, type, data } = valueById(this.#graph, id);
    if (data === null) throw new RangeError(`"${name}" is computed`);
    const key = `${id}/${permutation.join()}`;
    const known = this.#real.get(key);
    if (known !== undefined) return known;
    const ref = this.constant(name, permutedTensor({ type, data }, permutation));
    this.#real.set(key, ref);
    return ref;
  }

  /** The real numbers of a constant, behind a DequantizeLinear where it has a scale. */
  constant(name: string, { type, data }: Tensor): Ref {
    const { dtype, shape } = type;
    const ref = this.#file.constant(name, { dtype, shape }, data);
    return type.quantization.kind === 'none' ? ref : this.#dequantized(ref, type, name);
  }

  #made(form: Form): Ref {
    const value = valueById(this.#graph, form.id);
    if (value.data !== null) return this.#constantForm(value, form.layout);
    if (value.type.quantization.kind === 'none') return this.#turned(form);
    return this.#dequantized(this.#storedForm(form), typeIn(form.layout, value.type), value.name);
  }

  /** The stored integers of a computed value with a scale. */
  #storedForm(form: Form): Ref {
    const known = this.#stored.get(keyOf(form));
    if (known !== undefined) return known;
    const { name, type } = valueById(this.#graph, form.id);
    const stored = this.#quantized(this.#turned(form), type, `${name}/${suffixes[form.layout]}`);
    this.#stored.set(keyOf(form), stored);
    return stored;
  }

  /** The numbers of a value, from those in its other layout. */
  #turned({ id, layout }: Form): Ref {
    const { name, type } = valueById(this.#graph, id);
    const source = this.real(id, otherLayout[layout]);
    const result = { dtype: realDtype(type), shape: shapeIn(layout, type.shape) };
    const perm = ints(permutationTo[layout]);
    const [turned = source] = this.#file.operator('Transpose', [source], [result], `${name}/${suffixes[layout]}`, {
      perm,
    });
    return turned;
  }

  #constantForm({ name, type, data }: Value, layout: Layout): Ref {
    if (data === null) throw new RangeError(`"${name}" is computed`);
    const plain = { type, data };
    return this.constant(name, layout === 'plain' ? plain : permutedTensor(plain, permutationTo[layout]));
  }

  #quantized(ref: Ref, type: TensorType, name: string): Ref {
    const { dtype, shape } = this.#file.typeOf(ref);
    if (dtype !== 'float32') throw new RangeError(`"${name}" is quantized from ${dtype}`);
    const parameters = this.#parameters(type, name);
    const [stored = ref] = this.#file.operator(
      'QuantizeLinear',
      [ref, ...parameters],
      [{ dtype: type.dtype, shape }],
      name,
      {},
    );
    return stored;
  }

  #dequantized(ref: Ref, type: TensorType, name: string): Ref {
    const parameters = this.#parameters(type, name);
    const { quantization } = type;
    const attributes = quantization.kind === 'per-channel' ? { axis: int(quantization.axis) } : {};
    const result = { dtype: 'float32', shape: type.shape } as const;
    const [real = ref] = this.#file.operator(
      'DequantizeLinear',
      [ref, ...parameters],
      [result],
      `${name}/dequantized`,
      attributes,
    );
    return real;
  }

  /** Scale and zero point; tensors with the same ones share them. An int32 has no zero point in ONNX. */
  #parameters({ dtype, quantization: q }: TensorType, name: string): Ref[] {
    if (q.kind === 'none') throw new RangeError(`"${name}" has no scale`);
    const [scales, zeros] = q.kind === 'per-tensor' ? [[q.scale], [q.zeroPoint]] : [q.scales, q.zeroPoints];
    const shape = q.kind === 'per-tensor' ? [] : [scales.length];
    const shared = (key: string, make: () => Ref): Ref => {
      const known = this.#scales.get(key);
      if (known !== undefined) return known;
      const ref = make();
      this.#scales.set(key, ref);
      return ref;
    };
    const scale = shared(`${shape.length}:${scales.join()}`, () =>
      this.#file.constant(`${name}/scale`, { dtype: 'float32', shape }, Float32Array.from(scales)),
    );
    if (dtype === 'int32') return [scale];
    const zero = shared(`${shape.length}:${dtype}:${zeros.join()}`, () =>
      this.#file.constant(`${name}/zero_point`, { dtype, shape }, zeroPoints(dtype, zeros)),
    );
    return [scale, zero];
  }

  #formsOf({ quantization }: TensorType): Map<string, Ref> {
    return quantization.kind === 'none' ? this.#real : this.#stored;
  }

  #resolved(form: Form): Form {
    const source = this.#aliases.get(keyOf(form));
    return source === undefined ? form : this.#resolved(source);
  }
}

function zeroPoints(dtype: TensorType['dtype'], values: readonly number[]) {
  if (dtype === 'uint8') return Uint8Array.from(values);
  if (dtype === 'int16') return Int16Array.from(values);
  return Int8Array.from(values);
}

/** Ends of the names of what exists in another layout than it was made in. */
const suffixes: { readonly [L in Layout]: string } = { plain: 'nhwc', 'channels-first': 'nchw' };

const keyOf = ({ id, layout }: Form): string => `${id}/${layout}`;

/** The element type of the numbers that a value stands for. */
export function realDtype({ dtype, quantization }: TensorType): TensorType['dtype'] {
  return quantization.kind === 'none' ? dtype : 'float32';
}

function typeIn(layout: Layout, { dtype, shape, quantization }: TensorType): TensorType {
  const moved: Quantization =
    quantization.kind === 'per-channel' ? { ...quantization, axis: axisIn(layout, quantization.axis) } : quantization;
  return tensorType(dtype, shapeIn(layout, shape), moved);
}

/** The tensor with its axes in another order, scales per channel included. */
export function permutedTensor(tensor: Tensor, permutation: readonly number[]): Tensor {
  const { dtype, shape, quantization: q } = tensor.type;
  const strides = permuted(stridesOf(shape), permutation);
  const quantization: Quantization = q.kind === 'per-channel' ? { ...q, axis: permutation.indexOf(q.axis) } : q;
  const type = tensorType(dtype, permuted(shape, permutation), quantization);
  return pickElements(tensor, stridedOffsets(type.shape, strides), type);
}
