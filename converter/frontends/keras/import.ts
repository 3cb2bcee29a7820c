import type { Graph } from '../../ir/graph.ts';
import { type Problem, ProblemError } from '../../problem.ts';
import { GraphWriter } from '../graph-writer.ts';
import { unknownShapeOptions } from '../input-shape.ts';
import { type JsonView, parseJson } from '../json-view.ts';
import { layerLimits } from '../layer-writer.ts';
import { type ImportOptions, noImportOptions } from '../options.ts';
import { type Hdf5Object, openHdf5 } from './hdf5/file.ts';
import { type KerasLayer, type KerasNetwork, readNetwork } from './layer.ts';
import { adviceFor, translations } from './ops/table.ts';
import { kerasDamaged, kerasProblem } from './problems.ts';
import { newBudget, translateNetwork } from './translate.ts';
import { groupScope, orderedScope, type WeightScope } from './weights.ts';
import { ZipArchive } from './zip.ts';

/** Reads a Keras model from HDF5 (`model.save('x.h5')` of Keras 1 to 3). Throws ProblemError with everything that is wrong. */
export function importKerasH5(bytes: Uint8Array, name: string, options: ImportOptions = noImportOptions): Graph {
  const root = openHdf5(bytes);
  const [text] = root.texts('model_config') ?? [];
  if (text === undefined) throw withoutNetwork(root, name);
  const config = parseJson(text, 'model_config', 'keras');
  const weights = root.find('model_weights');
  if (weights === null) throw kerasDamaged('the file', 'it has no weights');
  return importKerasModel(
    config,
    versionOf(root.texts('keras_version')?.[0]),
    () => groupScope(weights),
    name,
    options,
  );
}

function withoutNetwork(root: Hdf5Object, name: string): ProblemError {
  const isWeights = root.texts('layer_names') !== null || root.find('layers') !== null;
  return kerasProblem(
    'keras-no-network',
    'the file',
    isWeights ? 'it holds the weights of a model without its layers' : 'it is an HDF5 file and not a Keras model',
    isWeights
      ? `save the model with model.save(), or put model.to_json() beside it as ${name.replace(/_weights$/, '')}.json and give that`
      : 'give a file written by model.save()',
  );
}

/** Largest JSON file of an archive: 64 MiB. */
const textLimitBytes = 2 ** 26;

/** Reads a .keras archive (Keras 3, and 2.12 on): config.json, metadata.json and model.weights.h5. */
export function importKerasArchive(bytes: Uint8Array, name: string, options: ImportOptions = noImportOptions): Graph {
  const archive = new ZipArchive(bytes);
  const [configBytes, weightBytes] = [archive.file('config.json', textLimitBytes), archive.file('model.weights.h5')];
  if (configBytes === null || weightBytes === null) {
    const missing = configBytes === null ? 'config.json' : 'model.weights.h5';
    throw kerasDamaged('the archive', `it has no ${missing}`);
  }
  const metadata = archive.file('metadata.json', textLimitBytes);
  const stated = metadata === null ? null : parseJson(metadata, 'metadata.json', 'keras').get('keras_version');
  const version = versionOf(typeof stated?.value === 'string' ? stated.value : undefined) ?? ([3, 0] as const);
  const root = openHdf5(weightBytes);
  const scope = (network: KerasNetwork) => orderedScope(root, network.layers);
  return importKerasModel(parseJson(configBytes, 'config.json', 'keras'), version, scope, name, options);
}

/**
 * Reads an architecture (`model.to_json()`) with the weights in an HDF5 file beside it (`model.save_weights()`): `x.json` goes with
 * `x_weights.h5`, `x.weights.h5` or `x.h5`.
 */
export function importKerasJson(json: JsonView, name: string, options: ImportOptions = noImportOptions): Graph {
  const candidates = [`${name}_weights.h5`, `${name}.weights.h5`, `${name}.h5`];
  const bytes = candidates.reduce<Uint8Array | null>((found, candidate) => found ?? options.sideFile(candidate), null);
  if (bytes === null) {
    throw kerasProblem(
      'keras-no-weights',
      'the model',
      `the file holds the layers alone, and none of ${candidates.join(', ')} is beside it`,
      `put the weights beside it: model.save_weights("${candidates[1]}")`,
    );
  }
  const root = openHdf5(bytes);
  const scope = (network: KerasNetwork): WeightScope => {
    if (root.texts('layer_names') !== null) return groupScope(root);
    const inside = root.find('model_weights');
    return inside === null ? orderedScope(root, network.layers) : groupScope(inside);
  };
  const version = json.get('keras_version');
  return importKerasModel(
    json,
    versionOf(version.isNull ? root.texts('keras_version')?.[0] : version.text()),
    scope,
    name,
    options,
  );
}

type Version = readonly [major: number, minor: number];

/** `2.4.0-tf` -> [2, 4]. */
export function versionOf(text: string | undefined): Version | null {
  const parts = /^(\d{1,3})\.(\d{1,3})/.exec(text ?? '');
  return parts === null ? null : [Number(parts[1]), Number(parts[2])];
}

/**
 * Translates a Keras model.
 *
 * @param config `{class_name, config}` of the model
 * @param scopeOf where the weights of its layers are
 * @throws ProblemError first with all layers that are not known, then with everything that is wrong with the others
 */
export function importKerasModel(
  config: JsonView,
  version: Version | null,
  scopeOf: (network: KerasNetwork) => WeightScope,
  name: string,
  options: ImportOptions,
): Graph {
  const network = readNetwork(config, 'the model');
  const problems: Problem[] = unknownLayers(network);
  if (problems.length > 0) throw new ProblemError(problems);
  const writer = new GraphWriter(layerLimits);
  const outputs = translateNetwork(network, scopeOf(network), null, {
    writer,
    options,
    version,
    problems,
    budget: newBudget(),
  });
  problems.push(...unknownShapeOptions(inputNames(network), options, 'keras'));
  if (problems.length > 0) throw new ProblemError(problems);
  const names = outputNames(network);
  outputs.forEach((operand, i) => {
    if (operand !== null) writer.output(names[i] ?? `output_${i}`, operand);
  });
  return writer.build(name, version === null ? 'Keras' : `Keras ${version.join('.')}`);
}

function inputNames({ ends, layers }: KerasNetwork): string[] {
  if (ends !== null) return ends.inputs.map(({ layer }) => layer);
  const [first] = layers;
  return first === undefined ? [] : [first.className === 'InputLayer' ? first.name : `${first.name}_input`];
}

/** Outputs have the names of their layers, numbered where one layer has several. */
function outputNames({ ends, layers }: KerasNetwork): string[] {
  if (ends === null) return [layers.at(-1)?.name ?? 'output'];
  const used = new Map<string, number>();
  return ends.outputs.map(({ layer }) => {
    const count = used.get(layer) ?? 0;
    used.set(layer, count + 1);
    return count === 0 ? layer : `${layer}_${count}`;
  });
}

function unknownLayers({ layers }: KerasNetwork): Problem[] {
  return layers.flatMap((layer: KerasLayer) => {
    if (layer.model !== null) return unknownLayers(layer.model);
    if (layer.className === 'InputLayer' || translations.has(layer.className)) return [];
    const what = `the layer ${layer.className} is not supported`;
    return [{ code: 'unsupported-operator', where: layer.place, what, advice: adviceFor(layer.className) }];
  });
}
