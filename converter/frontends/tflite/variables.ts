import type { GraphBuilder } from '../../ir/builder.ts';
import type { ValueId } from '../../ir/graph.ts';
import type { Op } from '../../ops/op.ts';
import { allocate, isQuantizedDType, type TensorData } from '../../tensor/dtype.ts';
import { zeroPointAt } from '../../tensor/quantization.ts';
import { elementCount } from '../../tensor/shape.ts';
import type { Tensor, TensorType } from '../../tensor/tensor.ts';

/** A variable while operators read and assign it in their order. */
interface Variable {
  /** What it holds when a run begins: the value of a state, null where nothing has read that yet. */
  begin: ValueId | null;
  /** What it holds now, null before the first assignment. */
  now: ValueId | null;
  initial: Tensor | null;
}

/**
 * The resource variables of a model, by the container and name of their handles, and its variable tensors. Reads and assignments are
 * resolved while operators are translated; what is left is one state for each variable whose value of the run before is read.
 */
export class Variables {
  readonly #builder: GraphBuilder;
  readonly #byName = new Map<string, Variable>();
  /** Names of the variables behind tensors of dtype `resource`. */
  readonly #handles = new Map<number, string>();

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
  }

  /** Says which variable the resource tensor stands for. */
  handle(tensor: number, name: string): void {
    this.#handles.set(tensor, name);
  }

  /** The variable behind a resource tensor, null for any other tensor. */
  nameOf(tensor: number): string | null {
    return this.#handles.get(tensor) ?? null;
  }

  /** Forgets the handles: tensor numbers belong to one subgraph. */
  leaveSubgraph(): void {
    this.#handles.clear();
  }

  /** Says what the variable holds before the first run. */
  initialize(name: string, initial: Tensor): void {
    this.#variable(name).initial = initial;
  }

  /** What the variable holds now. `type` is that of the tensor it is read as. */
  read(name: string, type: TensorType): ValueId {
    const variable = this.#variable(name);
    if (variable.now !== null) return variable.now;
    variable.begin ??= this.#builder.state(name, type, initialData(variable.initial, type));
    return variable.begin;
  }

  assign(name: string, value: ValueId): void {
    this.#variable(name).now = value;
  }

  /**
   * After the last operator: what each state holds from now on. A view of another value is copied by name, so that no state is a view.
   *
   * @returns names of variables that change shape, dtype or the number of their elements while the model runs
   */
  finish(): readonly string[] {
    const changed: string[] = [];
    for (const [name, { begin, now }] of this.#byName) {
      if (begin === null || now === null) continue;
      const [from, to] = [this.#builder.typeOf(begin), this.#builder.typeOf(now)];
      if (from.dtype !== to.dtype || elementCount(from.shape) !== elementCount(to.shape)) changed.push(name);
      else this.#builder.assign(begin, this.#shaped(now, from));
    }
    return changed;
  }

  #shaped(id: ValueId, type: TensorType): ValueId {
    const { name, type: found } = this.#builder.valueById(id);
    if (found.shape.join() === type.shape.join()) return id;
    const op: Op = { type: 'reshape', attributes: { shape: type.shape } };
    return this.#builder.node(`state ${name}`, op, [id], { ...found, shape: type.shape }, `${name}/held`);
  }

  #variable(name: string): Variable {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const variable: Variable = { begin: null, now: null, initial: null };
    this.#byName.set(name, variable);
    return variable;
  }
}

/** Null where the variable begins with zeros; a quantized one that nothing initializes begins with its zero point, which is 0. */
function initialData(initial: Tensor | null, type: TensorType): TensorData | null {
  if (initial !== null) {
    const isZero = initial.data.every((element: number | bigint) => Number(element) === 0 && !Object.is(element, -0));
    return isZero ? null : initial.data;
  }
  const { quantization } = type;
  const zero = quantization.kind === 'none' ? 0 : zeroPointAt(quantization, 0);
  if (zero === 0 || !isQuantizedDType(type.dtype)) return null;
  return allocate(type.dtype, elementCount(type.shape)).fill(zero);
}
