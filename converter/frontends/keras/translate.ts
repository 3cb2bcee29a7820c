import { type Problem, ProblemError } from '../../problem.ts';
import type { GraphWriter, Operand } from '../graph-writer.ts';
import type { ImportOptions } from '../options.ts';
import { type Budget, type CallArgument, type CallSetting, LayerContext } from './context.ts';
import { addInput, dtypeName, statedShape } from './input-layer.ts';
import type { KerasArgument, KerasCall, KerasLayer, KerasNetwork, TensorKey } from './layer.ts';
import { adviceFor, translations } from './ops/table.ts';
import { kerasDamaged, kerasProblem } from './problems.ts';
import type { StoredWeight, WeightScope } from './weights.ts';

/** What the translation of all layers shares. */
export interface Translation {
  readonly writer: GraphWriter;
  readonly options: ImportOptions;
  readonly version: readonly [number, number] | null;
  /** What is wrong so far; layers behind a faulty one are left out. */
  readonly problems: Problem[];
  readonly budget: Budget;
}

/** Calls of layers in a model, those in models that are called several times counted each time; and elements of weights: 1 GiB. */
export const newBudget = (): Budget => ({ callsLeft: 100_000, weightElementsLeft: 2 ** 28 });

/**
 * Translates the layers of a network.
 *
 * @param inputs what the network is called with; null for the outermost one, whose inputs are those of the model
 * @returns its outputs; null for those that follow from a faulty layer
 */
export function translateNetwork(
  network: KerasNetwork,
  weights: WeightScope,
  inputs: readonly Operand[] | null,
  translation: Translation,
): readonly (Operand | null)[] {
  return network.ends === null
    ? [sequential(network, weights, inputs, translation)]
    : functional(network, network.ends, weights, inputs, translation);
}

function sequential(
  network: KerasNetwork,
  weights: WeightScope,
  inputs: readonly Operand[] | null,
  translation: Translation,
) {
  const [first] = network.layers;
  if (first === undefined) throw kerasDamaged(network.name, 'the model has no layers');
  let current: Operand | null;
  if (inputs === null) {
    const named = first.className === 'InputLayer' ? first : { ...first, name: `${first.name}_input` };
    const stated = statedShape(first) ?? innerShape(first) ?? network.builtShape;
    current = collected(translation, () => addInput(translation.writer, named, stated, translation.options));
  } else {
    current = inputs[0] ?? null;
    if (inputs.length !== 1)
      throw kerasDamaged(network.name, `a sequential model is called with ${inputs.length} inputs`);
  }
  for (const layer of network.layers) {
    if (layer.className === 'InputLayer') continue;
    if (current === null) break;
    const argument: CallArgument = { name: null, value: current };
    current = callLayer(layer, [argument], weights, translation)[0] ?? null;
  }
  return current;
}

/** A sequential model that begins with another model has the input of that one. */
function innerShape(layer: KerasLayer) {
  const [first] = layer.model?.layers ?? [];
  return first === undefined ? null : statedShape(first);
}

interface PendingCall {
  readonly layer: KerasLayer;
  readonly call: KerasCall;
  readonly index: number;
}

function functional(
  network: KerasNetwork,
  ends: NonNullable<KerasNetwork['ends']>,
  weights: WeightScope,
  inputs: readonly Operand[] | null,
  translation: Translation,
): (Operand | null)[] {
  const known = new Map<string, readonly (Operand | null)[]>();
  addEnds(network, ends, inputs, translation, known);
  let pending: PendingCall[] = network.layers.flatMap((layer) =>
    (layer.calls ?? []).map((call, index) => ({ layer, call, index })).filter(() => !isInput(layer)),
  );
  // Layers mostly stand in order; calls of shared ones may wait for later layers.
  while (pending.length > 0) {
    const waiting = pending.filter((call) => !translateCall(call, known, weights, translation));
    if (waiting.length === pending.length) {
      const [first] = waiting;
      // Calls that no output needs may hang in the air; a circle that an output needs is found below.
      if (first === undefined || ends.outputs.every((key) => known.has(callKey(key)))) break;
      throw kerasDamaged(first.layer.place, 'it is computed from itself, or from a layer that is not there');
    }
    pending = waiting;
  }
  return ends.outputs.map((key) => resolve(key, known));
}

const isInput = ({ className }: KerasLayer) => className === 'InputLayer';
const callKey = ({ layer, call }: TensorKey): string => `${call}/${layer}`;

function addEnds(
  network: KerasNetwork,
  ends: NonNullable<KerasNetwork['ends']>,
  inputs: readonly Operand[] | null,
  translation: Translation,
  known: Map<string, readonly (Operand | null)[]>,
): void {
  if (inputs !== null && inputs.length !== ends.inputs.length) {
    throw kerasDamaged(network.name, `a model of ${ends.inputs.length} inputs is called with ${inputs.length}`);
  }
  ends.inputs.forEach((key, i) => {
    const layer = network.layers.find(({ name }) => name === key.layer);
    if (layer === undefined || !isInput(layer))
      throw kerasDamaged(network.name, `its input "${key.layer}" is no input layer`);
    if (known.has(callKey(key))) throw kerasDamaged(network.name, `its input "${key.layer}" is listed twice`);
    const add = () => addInput(translation.writer, layer, statedShape(layer), translation.options);
    known.set(callKey(key), [inputs === null ? collected(translation, add) : (inputs[i] ?? null)]);
  });
}

function resolve(key: TensorKey, known: ReadonlyMap<string, readonly (Operand | null)[]>): Operand | null {
  const outputs = known.get(callKey(key));
  const operand = outputs?.[key.output];
  if (operand === undefined)
    throw kerasDamaged(`layer "${key.layer}"`, `its output ${key.output} of call ${key.call} is not there`);
  return operand;
}

/** Translates a call whose inputs are known; false where it has to wait. */
function translateCall(
  { layer, call, index }: PendingCall,
  known: Map<string, readonly (Operand | null)[]>,
  weights: WeightScope,
  translation: Translation,
): boolean {
  const keys = call.arguments.flatMap(({ value }) => tensorKeysOf(value));
  if (!keys.every((key) => known.has(callKey(key)))) return false;
  const faulty = collected(translation, () => keys.map((key) => resolve(key, known)).includes(null)) ?? true;
  const outputs = faulty
    ? nothing
    : callLayer(
        layer,
        call.arguments.map((argument) => resolved(argument, known)),
        weights,
        translation,
      );
  known.set(callKey({ layer: layer.name, call: index, output: 0 }), outputs);
  return true;
}

function tensorKeysOf(value: KerasArgument['value']): readonly TensorKey[] {
  if (Array.isArray(value)) return value;
  return 'layer' in value ? [value] : [];
}

function resolved(
  { name, value }: KerasArgument,
  known: ReadonlyMap<string, readonly (Operand | null)[]>,
): CallArgument {
  const operand = (key: TensorKey) => {
    const found = resolve(key, known);
    if (found === null) throw kerasDamaged(`layer "${key.layer}"`, 'it has no result');
    return found;
  };
  if (Array.isArray(value)) return { name, value: value.map(operand) };
  return 'layer' in value
    ? { name, value: operand(value) }
    : { name, value: value as Exclude<typeof value, readonly TensorKey[]> };
}

/** The outputs of a faulty layer, however many it has. */
const nothing: readonly null[] = new Array<null>(64).fill(null);

/** The outputs of one call; null for each where the layer is faulty. */
function callLayer(
  layer: KerasLayer,
  callArguments: readonly CallArgument[],
  weights: WeightScope,
  translation: Translation,
): readonly (Operand | null)[] {
  if (translation.budget.callsLeft-- <= 0) {
    const isFirst = translation.problems.length === 0;
    const advice = 'use a model of fewer layers';
    if (isFirst)
      translation.problems.push({
        code: 'keras-too-large',
        where: layer.place,
        what: 'the model has too many layers',
        advice,
      });
    return nothing;
  }
  const outputs = collected(translation, () => {
    if (layer.model !== null) {
      const inputs = new LayerContext(layer, callArguments, [], settingOf(translation)).inputs;
      return translateNetwork(layer.model, weights.inside(layer), inputs, translation);
    }
    return translateLayer(layer, callArguments, weights.of(layer), settingOf(translation));
  });
  return outputs ?? nothing;
}

function settingOf({ writer, version, budget }: Translation): CallSetting {
  const setting: CallSetting = {
    writer,
    version,
    budget,
    callInner: (layer, callArguments, stored) => translateLayer(layer, callArguments, stored, setting),
  };
  return setting;
}

function translateLayer(
  layer: KerasLayer,
  callArguments: readonly CallArgument[],
  stored: readonly StoredWeight[],
  setting: CallSetting,
): readonly Operand[] {
  checkDtype(layer);
  const translate = translations.get(layer.className);
  if (translate === undefined) {
    const what = `the layer ${layer.className} is not supported`;
    throw kerasProblem('unsupported-operator', layer.place, what, adviceFor(layer.className));
  }
  const context = new LayerContext(layer, callArguments, stored, setting);
  const result = translate(context);
  context.checkUsed();
  return Array.isArray(result) ? (result as readonly Operand[]) : [result as Operand];
}

function checkDtype({ config, place }: KerasLayer): void {
  const dtype = dtypeName(config.get('dtype'));
  if (dtype === null || dtype === 'float32') return;
  throw kerasProblem(
    'keras-dtype',
    place,
    `it computes in ${dtype}`,
    "set the dtype policy to 'float32', build the model again and load the weights into it",
  );
}

function collected<T>({ problems }: Translation, work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
