import type { OnnxAttribute, OnnxDtype, OnnxNode } from '../format/model.ts';

/** What new nodes have to know of the file. */
export interface FileNames {
  /** Version of the default operator set. */
  readonly opset: number;
  /** All names of tensors. */
  readonly taken: ReadonlySet<string>;
  /** Names that something else than a Cast to float32 reads. */
  readonly readAsWhole: ReadonlySet<string>;
}

/** Writes nodes that together compute what one node of the file computes. */
export class NodeSketch {
  readonly node: OnnxNode;
  readonly nodes: OnnxNode[] = [];
  readonly #file: FileNames;
  #count = 0;

  constructor(node: OnnxNode, file: FileNames) {
    this.node = node;
    this.#file = file;
  }

  /** Version of the default operator set, of which the new nodes are. */
  get opset(): number {
    return this.#file.opset;
  }

  /** Whether all readers of the node's first output cast it to float32. */
  get isReadAsFloat(): boolean {
    return !this.#file.readAsWhole.has(this.node.outputs[0] ?? '');
  }

  /** Name of input `index`, '' where the node has none. */
  input(index: number): string {
    return this.node.inputs[index] ?? '';
  }

  int(name: string, fallback: number): number {
    const attribute = this.node.attributes.get(name);
    return attribute?.kind === 'int' ? Number(attribute.value) : fallback;
  }

  float(name: string, fallback: number): number {
    const attribute = this.node.attributes.get(name);
    return attribute?.kind === 'float' ? attribute.value : fallback;
  }

  /** The node's attributes without those named. */
  attributes(...dropped: readonly string[]): ReadonlyMap<string, OnnxAttribute> {
    return new Map([...this.node.attributes].filter(([name]) => !dropped.includes(name)));
  }

  /** Adds a node of one output; gives the name of that output. */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: ReadonlyMap<string, OnnxAttribute> = new Map(),
    domain = '',
  ): string {
    const { index, name, outputs } = this.node;
    const base = outputs.find((output) => output !== '') ?? name;
    let output: string;
    do output = `${base}/${opType}_${this.#count++}`;
    while (this.#file.taken.has(output));
    this.nodes.push({
      index,
      name,
      opType,
      domain,
      opset: this.opset,
      inputs,
      outputs: [output],
      captured: [],
      overload: '',
      attributes,
    });
    return output;
  }

  /** A constant of one element. */
  constant(dtype: OnnxDtype, value: number): string {
    const bytes = new Uint8Array(dtype === 'float' || dtype === 'int32' ? 4 : 1);
    if (dtype === 'float') new DataView(bytes.buffer).setFloat32(0, value, true);
    else bytes[0] = value;
    const tensor = { name: '', dtype, shape: [], bytes };
    return this.add('Constant', [], new Map([['value', { kind: 'tensor', value: tensor }]]));
  }

  /** The real numbers of input `data` with the scale and zero point at these inputs, along `axis` where there are many. */
  dequantize(data: number, scale: number, zeroPoint: number, axis: number | null = null): string {
    const operands = [this.input(data), this.input(scale), this.input(zeroPoint)];
    return this.add('DequantizeLinear', operands, axis === null ? new Map() : axisAttribute(axis));
  }

  /** The real numbers of an int32 bias, whose scale is the product of the scales at two inputs; null where it is absent. */
  bias(data: number, scale: number, weightScale: number): string | null {
    if (this.input(data) === '') return null;
    const product = this.add('Mul', [this.input(scale), this.input(weightScale)]);
    return this.add('DequantizeLinear', [this.input(data), product], axisAttribute(-1));
  }

  /** Ends with the result in the scale and zero point at these inputs. */
  quantizeTo(real: string, scale: number, zeroPoint: number): void {
    this.rename(this.add('QuantizeLinear', [real, this.input(scale), this.input(zeroPoint)]));
  }

  /** Says that output `index` of the node is `result`, an output of a node written here. */
  rename(result: string, index = 0): void {
    const at = this.nodes.findIndex(({ outputs }) => outputs[0] === result);
    const node = this.nodes[at];
    const name = this.node.outputs[index] ?? '';
    if (node === undefined || name === '') return;
    this.nodes[at] = { ...node, outputs: [name] };
    this.nodes.forEach((other, i) => {
      if (!other.inputs.includes(result)) return;
      this.nodes[i] = { ...other, inputs: other.inputs.map((input) => (input === result ? name : input)) };
    });
  }
}

export function axisAttribute(axis: number): ReadonlyMap<string, OnnxAttribute> {
  return new Map([['axis', { kind: 'int', value: BigInt(axis) }]]);
}

/** Writes the nodes that say the same, or gives false where it cannot. */
export type Expand = (sketch: NodeSketch) => boolean;
