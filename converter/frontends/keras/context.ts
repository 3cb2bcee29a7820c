import type { Tensor } from '../../tensor/tensor.ts';
import type { GraphWriter, Operand } from '../graph-writer.ts';
import type { JsonView } from '../json-view.ts';
import { LayerWriter } from '../layer-writer.ts';
import type { KerasLayer } from './layer.ts';
import type { StoredWeight } from './weights.ts';

/**
 * What is left of the work that a model may cause. Models within models multiply: sixteen of them, each called ten times by the next,
 * would be 10^16 calls.
 */
export interface Budget {
  callsLeft: number;
  weightElementsLeft: number;
}

/** What the calls of all layers share. */
export interface CallSetting {
  readonly writer: GraphWriter;
  /** Version of Keras that wrote the model, as far as it is known: [2, 4]. */
  readonly version: readonly [major: number, minor: number] | null;
  readonly budget: Budget;
  /** Translates a layer that another one holds. */
  readonly callInner: (
    layer: KerasLayer,
    callArguments: readonly CallArgument[],
    stored: readonly StoredWeight[],
  ) => readonly Operand[];
}

/** Translates one call of a layer. Throws ProblemError where it cannot. */
export type TranslateLayer = (context: LayerContext) => Operand | readonly Operand[];

/** A value among the arguments of a call: a tensor, several of them, or a constant of the configuration. */
export interface CallArgument {
  readonly name: string | null;
  readonly value: Operand | readonly Operand[] | JsonView;
}

/** Options that change nothing at inference. */
const idleOptions =
  /^(name|trainable|dtype|batch_input_shape|batch_shape|input_shape|input_dim|input_dtype|build_input_shape|seed|noise_shape|.*_(initializer|regularizer|constraint|lr_multiplier)|init|W_.*|b_.*|lora_rank|autocast|.*_scale_init)$/;

/** What the translation of one call of a layer sees and does. */
export class LayerContext extends LayerWriter {
  readonly layer: KerasLayer;
  readonly arguments: readonly CallArgument[];
  readonly #setting: CallSetting;
  readonly #stored: readonly StoredWeight[];
  readonly #read = new Set<string>();
  #weightsRead = 0;

  constructor(
    layer: KerasLayer,
    callArguments: readonly CallArgument[],
    stored: readonly StoredWeight[],
    setting: CallSetting,
  ) {
    super(setting.writer, layer.place, layer.name, 'keras');
    this.layer = layer;
    this.arguments = callArguments;
    this.#stored = stored;
    this.#setting = setting;
  }

  get version(): CallSetting['version'] {
    return this.#setting.version;
  }

  /** The stored weights, for a layer that hands them to those it holds. */
  takeWeights(): readonly StoredWeight[] {
    this.#weightsRead = this.#stored.length;
    return this.#stored;
  }

  /** The one output of a layer that this one holds. */
  callInner(layer: KerasLayer, input: Operand, stored: readonly StoredWeight[]): Operand {
    const [result, ...more] = this.#setting.callInner(layer, [{ name: null, value: input }], stored);
    if (result === undefined || more.length > 0)
      throw this.unsupported('a layer of several outputs inside', 'use it on its own');
    return result;
  }

  /** All tensors that the call is given. */
  get inputs(): readonly Operand[] {
    return this.arguments.flatMap(({ value }) => (isOperand(value) ? [value] : isOperands(value) ? value : []));
  }

  /** The one tensor that the call is given. */
  get input(): Operand {
    const [input] = this.inputs;
    if (input === undefined || this.inputs.length !== 1)
      throw this.invalid(`it has ${this.inputs.length} inputs, not 1`);
    const extra = this.arguments.find(({ value }) => value !== input);
    if (extra !== undefined)
      throw this.unsupported(`it is called with the argument ${extra.name ?? ''}`, 'leave it out');
    return input;
  }

  /** The option `key` of the layer, or the first of its other names that is there. */
  option(key: string, ...aliases: readonly string[]): JsonView {
    for (const name of [key, ...aliases]) this.#read.add(name);
    const { config } = this.layer;
    const found = [key, ...aliases].find((name) => !config.get(name).isNull);
    return config.get(found ?? key);
  }

  /** Options that are known and have no effect. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key);
  }

  /**
   * The weights of the layer by their roles, which are all that the layer has and in its order; null ones are not there.
   *
   * @param roles for example `kernel` and, where the layer has one, `bias`
   */
  weights(...roles: readonly (string | null)[]): Tensor[] {
    const wanted = roles.filter((role) => role !== null);
    this.#weightsRead = this.#stored.length;
    const ordered = this.#stored.every((weight) => weight.role === null);
    if (this.#stored.length === 0) {
      throw this.problem(
        'keras-weights',
        'the file has no weights for it',
        'save the model with its weights, not its architecture alone',
      );
    }
    const found = wanted.map((role, i) => {
      const matches = ordered ? this.#stored.slice(i, i + 1) : this.#stored.filter((weight) => weight.role === role);
      return matches.length === 1 ? matches[0] : undefined;
    });
    const complete = found.filter((weight) => weight !== undefined);
    if (complete.length < wanted.length || this.#stored.length !== wanted.length) {
      const names = this.#stored.map(({ name }) => name).join(', ');
      throw this.problem(
        'keras-weights',
        `it should have the weights ${wanted.join(', ')}; the file has ${names === '' ? 'none' : names}`,
        'save the model again',
      );
    }
    return complete.map((weight) => {
      const tensor = weight.read();
      if (tensor.data.length === 0) throw this.invalid(`its weight ${weight.name} is empty`);
      this.#setting.budget.weightElementsLeft -= tensor.data.length;
      if (this.#setting.budget.weightElementsLeft < 0) {
        this.#setting.budget.callsLeft = 0;
        throw this.problem('keras-too-large', 'the weights of the model are larger than 1 GiB', 'use a smaller model');
      }
      return tensor;
    });
  }

  get hasWeights(): boolean {
    return this.#stored.length > 0;
  }

  get weightCount(): number {
    return this.#stored.length;
  }

  /** Roles of the stored weights; null ones where the file knows only their order. */
  get roles(): readonly (string | null)[] {
    return this.#stored.map(({ role }) => role);
  }

  /** A stored tensor as an operand. */
  constant(tensor: Tensor, role: string): Operand {
    return this.#setting.writer.constant(`${this.layer.name}/${role}`, tensor);
  }

  /** After the translation: options that it had no use for. Their meaning would be lost without a word. */
  checkUsed(): void {
    const { config } = this.layer;
    for (const key of config.keys()) {
      const { value } = config.get(key);
      if (value === null || value === false || this.#read.has(key) || idleOptions.test(key)) continue;
      throw this.unsupported(`the option ${key} is not known`, 'leave it out');
    }
    if (this.#stored.length > this.#weightsRead) {
      throw this.problem('keras-weights', 'it has weights that such a layer does not have', 'save the model again');
    }
  }
}

export function isOperand(value: CallArgument['value']): value is Operand {
  return 'type' in value && 'tensor' in value;
}

export function isOperands(value: CallArgument['value']): value is readonly Operand[] {
  return Array.isArray(value);
}
