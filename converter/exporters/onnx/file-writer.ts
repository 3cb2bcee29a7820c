import type { DType, TensorData } from '../../tensor/dtype.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { Attributes, FileNode, Initializer, NamedTensor } from './encode.ts';

/** A tensor of the file while it is written: an index into {@link FileWriter}'s list. */
export type Ref = number & { readonly brand: 'onnx-tensor' };

/** What is known of a tensor of the file. It has no scale: those are operands of operators. */
export interface FileType {
  readonly dtype: DType;
  readonly shape: Shape;
}

interface WrittenTensor {
  readonly type: FileType;
  readonly data: TensorData | null;
}

interface WrittenOperator {
  readonly opType: string;
  readonly inputs: readonly (Ref | null)[];
  readonly outputs: readonly Ref[];
  readonly attributes: Attributes;
}

/** The parts of a file in their final names. */
export interface NamedParts {
  readonly inputs: readonly NamedTensor[];
  readonly outputs: readonly NamedTensor[];
  readonly between: readonly NamedTensor[];
  readonly initializers: readonly Initializer[];
  readonly nodes: readonly FileNode[];
  nameOf(ref: Ref): string;
}

/** Collects tensors and operators of a file, in an order in which they can run. Names are given at the end: ports have the first choice. */
export class FileWriter {
  readonly #tensors: WrittenTensor[] = [];
  readonly #hints = new Map<Ref, string>();
  readonly #operators: WrittenOperator[] = [];
  readonly #inputs = new Map<Ref, string>();
  readonly #outputs = new Map<Ref, string>();

  input(name: string, type: FileType): Ref {
    const ref = this.#add(name, type, null);
    this.#inputs.set(ref, name);
    return ref;
  }

  constant(hint: string, type: FileType, data: TensorData): Ref {
    return this.#add(hint, type, data);
  }

  /** Adds an operator with one result for each of `types`. */
  operator(
    opType: string,
    inputs: readonly (Ref | null)[],
    types: readonly FileType[],
    hint: string,
    attributes: Attributes,
  ): Ref[] {
    const outputs = types.map((type) => this.#add(hint, type, null));
    this.#operators.push({ opType, inputs, outputs, attributes });
    return outputs;
  }

  /** A name for the tensor where no other has it. */
  suggest(ref: Ref, hint: string): void {
    this.#hints.set(ref, hint);
  }

  typeOf(ref: Ref): FileType {
    const tensor = this.#tensors[ref];
    if (tensor === undefined) throw new RangeError(`the file has no tensor ${ref}`);
    return tensor.type;
  }

  /** Says that the model has the tensor as its output `name`; a copy where the tensor has another name already. */
  output(name: string, ref: Ref): void {
    if (this.#inputs.get(ref) === name) {
      this.#outputs.set(ref, name);
      return;
    }
    const isNamed = this.#inputs.has(ref) || this.#outputs.has(ref) || this.#tensors[ref]?.data !== null;
    const [copy = ref] = isNamed ? this.operator('Identity', [ref], [this.typeOf(ref)], name, {}) : [];
    this.#outputs.set(copy, name);
  }

  finish(): NamedParts {
    const names = this.#names();
    const nameOf = (ref: Ref): string => names.get(ref) ?? '';
    const named = (ref: Ref): NamedTensor => ({ name: nameOf(ref), ...this.typeOf(ref) });
    const isPort = (ref: Ref) => this.#inputs.has(ref) || this.#outputs.has(ref);
    const all = this.#tensors.map((tensor, i) => ({ ...tensor, ref: i as Ref }));
    return {
      inputs: [...this.#inputs.keys()].map(named),
      outputs: [...this.#outputs.keys()].map(named),
      between: all.filter(({ ref, data }) => data === null && !isPort(ref)).map(({ ref }) => named(ref)),
      initializers: all.flatMap(({ ref, data }) => (data === null ? [] : [{ ...named(ref), data }])),
      nodes: this.#operators.map(({ opType, inputs, outputs, attributes }, i) => ({
        name: `${opType}_${i}`,
        opType,
        inputs: inputs.map((ref) => (ref === null ? '' : nameOf(ref))),
        outputs: outputs.map(nameOf),
        attributes,
      })),
      nameOf,
    };
  }

  #names(): ReadonlyMap<Ref, string> {
    const names = new Map<Ref, string>([...this.#inputs, ...this.#outputs]);
    const taken = new Set(names.values());
    const counts = new Map<string, number>();
    for (const [ref, given] of this.#hints) {
      if (names.has(ref)) continue;
      const hint = given === '' ? 'tensor' : given;
      let name = hint;
      while (taken.has(name)) {
        const count = (counts.get(hint) ?? 0) + 1;
        counts.set(hint, count);
        name = `${hint}_${count}`;
      }
      taken.add(name);
      names.set(ref, name);
    }
    return names;
  }

  #add(hint: string, type: FileType, data: TensorData | null): Ref {
    const ref = (this.#tensors.push({ type, data }) - 1) as Ref;
    this.#hints.set(ref, hint);
    return ref;
  }
}
