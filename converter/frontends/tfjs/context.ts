import type { Tensor } from '../../tensor/tensor.ts';
import type { GraphWriter, Operand } from '../graph-writer.ts';
import type { JsonView } from '../json-view.ts';
import { LayerWriter } from '../layer-writer.ts';
import { base64Text, type GraphNode, wholeAttribute } from './node.ts';

/** Translates one node and returns its outputs. Throws ProblemError where it cannot. */
export type TranslateNode = (context: NodeContext) => Operand | readonly Operand[];

/** Attributes that change nothing for inference. */
const idleAttributes =
  /^(_.*|T|Tidx|Tshape|Tpaddings|Tperm|Tdim|TI|N|Index|Taxis|Tindices|Tparams|Tblock_shape|Tmultiples|DstT|SrcT|U|dtype|value|shape|container|shared_name|use_cudnn_on_gpu|num_args|TArgs|num_host_args|host_args|Truncate|Tlen|out_type|Targs|output_type|Tout|type|dtypes|Tsplits|validate_indices|is_training|exponential_avg_factor)$/;

/** What the translation of one node sees and does. */
export class NodeContext extends LayerWriter {
  readonly node: GraphNode;
  readonly inputs: readonly Operand[];
  readonly #read = new Set<string>();
  #inputsRead = 0;

  constructor(writer: GraphWriter, node: GraphNode, inputs: readonly Operand[]) {
    super(writer, node.place, node.name, 'tfjs');
    this.node = node;
    this.inputs = inputs;
  }

  /** Input `index`; a problem where the node has none. */
  input(index: number): Operand {
    this.#inputsRead = Math.max(this.#inputsRead, index + 1);
    const operand = this.inputs[index];
    if (operand === undefined) throw this.invalid(`its input ${index} is missing`);
    return operand;
  }

  /** All inputs. */
  all(): readonly Operand[] {
    this.#inputsRead = this.inputs.length;
    return this.inputs;
  }

  /** The constant that input `index` is; a problem where it is computed at run time. */
  constant(index: number, role: string): Tensor {
    const { tensor, name } = this.input(index);
    if (tensor !== null) return tensor;
    throw this.unsupported(`${role} ("${name}") is computed at run time`, 'only constants are supported here');
  }

  /** A constant of whole numbers. */
  integers(index: number, role: string): number[] {
    const { data, type } = this.constant(index, role);
    if (type.dtype !== 'int32') throw this.invalid(`${role} has the dtype ${type.dtype}`);
    return Array.from(data as ArrayLike<number>);
  }

  #attribute(name: string): JsonView {
    this.#read.add(name);
    return this.node.attributes.get(name);
  }

  has(name: string): boolean {
    return !this.#attribute(name).isNull;
  }

  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  text(name: string, fallback: string): string {
    const text = this.#attribute(name).get('s');
    return text.isNull ? fallback : base64Text(text);
  }

  texts(name: string): string[] {
    const list = this.#attribute(name).get('list').get('s');
    return list.isNull ? [] : list.list().map(base64Text);
  }

  int(name: string, fallback: number): number {
    const value = this.#attribute(name).get('i');
    return value.isNull ? fallback : wholeAttribute(value);
  }

  ints(name: string): number[] {
    const list = this.#attribute(name).get('list').get('i');
    return list.isNull ? [] : list.list().map(wholeAttribute);
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name).get('f').numberOr(fallback);
  }

  flag(name: string): boolean {
    return this.#attribute(name).get('b').flag(false);
  }

  dtype(name: string): string {
    return this.#attribute(name).get('type').textOr('');
  }

  /** After the translation: parts of the node that it had no use for. */
  checkUsed(): void {
    if (this.inputs.length > this.#inputsRead)
      throw this.invalid(`it has ${this.inputs.length} inputs instead of ${this.#inputsRead}`);
    for (const name of this.node.attributes.keys()) {
      if (!this.#read.has(name) && !idleAttributes.test(name))
        throw this.unsupported(`the attribute ${name} is not known`, 'leave it out');
    }
  }
}
