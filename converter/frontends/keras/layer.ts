import type { JsonView } from '../json-view.ts';
import { kerasDamaged, kerasProblem } from './problems.ts';

/** One layer of a model's configuration. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  /** `Conv2D "block3/conv"`. */
  readonly place: string;
  readonly config: JsonView;
  /** The calls of the layer in a functional model; null in a sequential one, where each layer has one. */
  readonly calls: readonly KerasCall[] | null;
  /** The layers of a model that is used as a layer; null for any other. */
  readonly model: KerasNetwork | null;
}

/** A tensor in a functional model: an output of one call of a layer. */
export interface TensorKey {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** An argument of a call, by its position or name: a tensor, several of them, or a value. */
export interface KerasArgument {
  readonly name: string | null;
  readonly value: TensorKey | readonly TensorKey[] | JsonView;
}

export interface KerasCall {
  readonly arguments: readonly KerasArgument[];
}

/** Layers and how they hang together; `ends` are null in a sequential model. */
export interface KerasNetwork {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly ends: { readonly inputs: readonly TensorKey[]; readonly outputs: readonly TensorKey[] } | null;
  /** Input shape of a sequential model that says it beside its layers. */
  readonly builtShape: JsonView | null;
}

const functionalNames: readonly string[] = ['Functional', 'Model'];

/** Models within models; layers of all of them together, each counted as often as it is called. */
const deepestModel = 16;
const mostLayers = 20_000;

/** Reads `{class_name, config}` of a Sequential or functional model. */
export function readNetwork(model: JsonView, place: string): KerasNetwork {
  return new NetworkReader().network(model, place, deepestModel);
}

function checkNames(layers: readonly KerasLayer[], place: string): void {
  const names = new Set(layers.map((layer) => layer.name));
  if (names.size < layers.length) throw kerasDamaged(place, 'two layers have the same name');
}

class NetworkReader {
  #layers = 0;

  network(model: JsonView, place: string, depth: number): KerasNetwork {
    if (depth === 0)
      throw kerasProblem('keras-nested', place, 'models are nested too deep', 'use fewer models inside of each other');
    const className = model.get('class_name').text();
    const config = model.get('config');
    if (className === 'Sequential') return this.#sequential(config, place, depth);
    if (functionalNames.includes(className)) return this.#functional(config, place, depth);
    throw kerasProblem(
      'keras-model-class',
      place,
      `a model of the class ${className} has its network in Python code`,
      'build it with the functional API or as Sequential, load its weights and save that',
    );
  }

  #sequential(config: JsonView, place: string, depth: number): KerasNetwork {
    const layers = (config.items() ?? config.get('layers').list()).map((layer) => this.#layer(layer, false, depth));
    checkNames(layers, place);
    const built = config.get('build_input_shape');
    return { name: config.get('name').textOr(place), layers, ends: null, builtShape: built.isNull ? null : built };
  }

  #functional(config: JsonView, place: string, depth: number): KerasNetwork {
    const layers = config
      .get('layers')
      .list()
      .map((layer) => this.#layer(layer, true, depth));
    checkNames(layers, place);
    const ends = { inputs: tensorKeys(config.get('input_layers')), outputs: tensorKeys(config.get('output_layers')) };
    if (ends.outputs.length === 0) throw kerasDamaged(place, 'the model has no outputs');
    return { name: config.get('name').textOr(place), layers, ends, builtShape: null };
  }

  #layer(view: JsonView, isFunctional: boolean, depth: number): KerasLayer {
    if (++this.#layers > mostLayers) throw kerasDamaged('the model', `it has more than ${mostLayers} layers`);
    const className = view.get('class_name').text();
    const inner = view.get('config');
    const stated = view.get('name').textOr('');
    const name = stated !== '' ? stated : inner.get('name').textOr(className);
    const place = `${className} "${name}"`;
    const isModel = className === 'Sequential' || functionalNames.includes(className);
    const config = inner.at(place);
    const calls = isFunctional ? view.get('inbound_nodes').at(place).list().map(readCall) : null;
    this.#layers += Math.max(0, (calls?.length ?? 0) - 1);
    const model = isModel ? this.network(view.at(place), place, depth - 1) : null;
    return { className, name, place, config, calls, model };
  }
}

/** `["layer", call, output]`, and Keras 3 `{class_name: "__keras_tensor__", config: {keras_history: [...]}}`. */
function tensorKey(view: JsonView): TensorKey | null {
  if (view.get('class_name').value === '__keras_tensor__') return tensorKey(view.get('config').get('keras_history'));
  const items = view.items();
  const [layer, call, output] = items ?? [];
  if (typeof layer?.value !== 'string' || typeof call?.value !== 'number' || typeof output?.value !== 'number')
    return null;
  return { layer: layer.value, call: call.whole(0), output: output.whole(0) };
}

/** One key, a list of them, or an object of them. */
function tensorKeys(view: JsonView): readonly TensorKey[] {
  const one = tensorKey(view);
  if (one !== null) return [one];
  const parts = view.items() ?? view.keys().map((key) => view.get(key));
  return parts.map((part) => {
    const key = tensorKey(part);
    if (key === null) throw kerasDamaged(view.where, 'it should name tensors of the model');
    return key;
  });
}

/**
 * A call of a layer. Keras 3: `{args, kwargs}`. Before: a list of `[layer, call, output, kwargs]`, or one of them where the layer is
 * an operation; the keyword arguments of the first one are those of the call.
 */
function readCall(node: JsonView): KerasCall {
  if (!node.get('args').isNull) {
    const positional = node
      .get('args')
      .list()
      .map((view) => argument(null, view));
    return { arguments: [...positional, ...keywords(node.get('kwargs'))] };
  }
  const isOne = tensorKey(node) !== null;
  const parts = isOne ? [node] : node.list();
  const keys = parts.map((part) => {
    const key = tensorKey(part);
    if (key === null) throw kerasDamaged(node.where, 'one of its inbound nodes names no tensor');
    return key;
  });
  const options = parts[0]?.items()?.[3];
  const first: KerasArgument = { name: null, value: keys.length === 1 && keys[0] !== undefined ? keys[0] : keys };
  return { arguments: keys.length === 0 ? [] : [first, ...(options === undefined ? [] : keywords(options))] };
}

function keywords(view: JsonView): KerasArgument[] {
  return view.keys().flatMap((name) => {
    const value = view.get(name);
    // What is not given has no effect; neither has the name of an operation, nor whether dropout is active.
    return value.isNull || name === 'name' || (name === 'training' && value.value === false)
      ? []
      : [argument(name, value)];
  });
}

function argument(name: string | null, view: JsonView): KerasArgument {
  const one = tensorKey(view);
  if (one !== null) return { name, value: one };
  const keys = (view.items() ?? []).map(tensorKey);
  const found = keys.filter((key) => key !== null);
  return { name, value: keys.length > 0 && found.length === keys.length ? found : view };
}
