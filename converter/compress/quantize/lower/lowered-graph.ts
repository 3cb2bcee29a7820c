import { GraphBuilder } from '../../../ir/builder.ts';
import { type Graph, type Node, type Port, type State, typeOf, type ValueId, valueById } from '../../../ir/graph.ts';
import type { Op } from '../../../ops/op.ts';
import { quantizeReal } from '../../../ops/quantized.ts';
import { invariant } from '../../../problem.ts';
import { elementCount } from '../../../tensor/shape.ts';
import {
  numericData,
  storeElement,
  type Tensor,
  type TensorType,
  tensorType,
  typesEqual,
  zeros,
} from '../../../tensor/tensor.ts';
import type { IntegerFormat } from '../format.ts';
import type { EncodingOf } from './encodings.ts';
import type { NodeFormats } from './ties.ts';

/**
 * The graph being written. A value of the float graph may exist in several forms: real, and stored in one or two formats; a form that is
 * asked for and absent is made of another one.
 */
export class LoweredGraph {
  readonly source: Graph;
  readonly #builder = new GraphBuilder();
  readonly #encodingOf: EncodingOf;
  readonly #forms = new Map<ValueId, ValueId[]>();
  readonly #constants = new Map<string, ValueId>();
  readonly #ports: 'stored' | 'real';
  readonly #states: { readonly value: ValueId; readonly next: ValueId; readonly type: TensorType }[] = [];

  constructor(source: Graph, encodingOf: EncodingOf, ports: 'stored' | 'real', formats: NodeFormats) {
    this.source = source;
    this.#encodingOf = encodingOf;
    this.#ports = ports;
    const firstReader = (id: ValueId) => source.nodes.find((node) => node.inputs.includes(id));
    const formatFor = (id: ValueId): IntegerFormat | null => {
      const reader = firstReader(id);
      const format = reader === undefined ? 'float32' : (formats.get(reader.id) ?? 'float32');
      return format === 'float32' || typeOf(source, id).dtype !== 'float32' ? null : format;
    };
    for (const port of source.inputs) this.#input(port, this.#ports === 'stored' ? formatFor(port.value) : null);
    for (const state of source.states) this.#state(state, formatFor(state.value));
  }

  /** Where each float value is stored as integers; values that were integers before are not listed. */
  get stored(): ReadonlyMap<ValueId, ValueId> {
    const isStored = (id: ValueId) => this.#builder.typeOf(id).quantization.kind !== 'none';
    return new Map(
      [...this.#forms].flatMap(([id, forms]) => {
        if (typeOf(this.source, id).dtype !== 'float32') return [];
        const found = forms.find(isStored);
        return found === undefined ? [] : [[id, found] as const];
      }),
    );
  }

  /** The type of a float value when it is stored. */
  storedType(id: ValueId, format: IntegerFormat): TensorType {
    return tensorType(format, typeOf(this.source, id).shape, this.#encodingOf(id, format));
  }

  typeOf(id: ValueId): TensorType {
    return this.#builder.typeOf(id);
  }

  /** The value as it is in the source: real numbers, or whatever it is that is not quantized. */
  real(id: ValueId): ValueId {
    return this.form(id, typeOf(this.source, id));
  }

  /** The value as a tensor of `type`, converted where it only exists in other forms. */
  form(id: ValueId, type: TensorType): ValueId {
    const forms = this.#forms.get(id) ?? [];
    const found = forms.find((form) => typesEqual(this.#builder.typeOf(form), type));
    if (found !== undefined) return found;
    const { name, data, type: own } = valueById(this.source, id);
    if (data !== null) return this.#constantForm(id, name, { type: own, data }, type);
    const [from] = forms;
    invariant(from !== undefined, `"${name}" is read before it is computed`);
    const made = this.#convert(name, from, type);
    this.#forms.set(id, [...forms, made]);
    return made;
  }

  constant(name: string, tensor: Tensor): ValueId {
    return this.#builder.constant(name, tensor);
  }

  /** Writes a node whose outputs stand for those of `node`, in these types. */
  write(node: Node, op: Op, inputs: readonly ValueId[], types: readonly TensorType[]): void {
    const results = node.outputs.map((id, i) => {
      const { name, type } = valueById(this.source, id);
      return { name, type: types[i] ?? type };
    });
    const outputs = this.#builder.nodeOfMany(node.name, op, inputs, results);
    node.outputs.forEach((id, i) => {
      const output = outputs[i];
      if (output !== undefined) this.#forms.set(id, [output]);
    });
  }

  /** Writes the node as it is, on real numbers. */
  copy(node: Node): void {
    const inputs = node.inputs.map((id) => this.real(id));
    this.write(
      node,
      node.op,
      inputs,
      node.outputs.map((id) => typeOf(this.source, id)),
    );
  }

  finish(): Graph {
    for (const { value, next, type } of this.#states) this.#builder.assign(value, this.form(next, type));
    for (const { name, value } of this.source.outputs) {
      const forms = this.#forms.get(value) ?? [];
      const wanted = this.#ports === 'stored' ? (forms[0] ?? this.real(value)) : this.real(value);
      this.#builder.output(name, wanted);
    }
    // Layers that were on integers before keep their rounding.
    const wasStored = [...this.source.values.values()].some(({ type }) => type.quantization.kind !== 'none');
    const rounding = wasStored ? this.source.rounding : 'single';
    return this.#builder.build(this.source.name, this.source.producer, rounding);
  }

  #input({ name, value }: Port, format: IntegerFormat | null): void {
    const type = format === null ? typeOf(this.source, value) : this.storedType(value, format);
    this.#forms.set(value, [this.#builder.input(name, type)]);
  }

  #state({ name, value, next, initial }: State, format: IntegerFormat | null): void {
    const own = typeOf(this.source, value);
    const type = format === null ? own : this.storedType(value, format);
    // A state that begins with zeros begins with the zero point.
    const first = initial === null && format !== null ? new Float32Array(elementCount(own.shape)) : initial;
    const data = first === null || format === null ? first : storedConstant({ type: own, data: first }, type).data;
    const id = this.#builder.state(name, type, data);
    this.#forms.set(value, [id]);
    this.#states.push({ value: id, next, type });
  }

  #constantForm(id: ValueId, name: string, tensor: Tensor, type: TensorType): ValueId {
    const key = `${id} ${JSON.stringify(type)}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const made = this.#builder.constant(name, typesEqual(tensor.type, type) ? tensor : storedConstant(tensor, type));
    this.#constants.set(key, made);
    return made;
  }

  #convert(name: string, from: ValueId, type: TensorType): ValueId {
    const source = this.#builder.typeOf(from);
    if (source.quantization.kind === 'none')
      return this.#builder.node(
        `quantize ${name}`,
        { type: 'quantize', attributes: {} },
        [from],
        type,
        `${name}/stored`,
      );
    if (type.quantization.kind === 'none')
      return this.#builder.node(
        `dequantize ${name}`,
        { type: 'dequantize', attributes: {} },
        [from],
        type,
        `${name}/real`,
      );
    return this.#builder.node(
      `requantize ${name}`,
      { type: 'requantize', attributes: {} },
      [from],
      type,
      `${name}/${type.dtype}`,
    );
  }
}

/** The elements of a real constant as integers of `type`. */
function storedConstant(tensor: Tensor, type: TensorType): Tensor {
  const stored = zeros(type);
  numericData(tensor).forEach((value, i) => {
    storeElement(stored.data, i, quantizeReal(value, type));
  });
  return stored;
}
