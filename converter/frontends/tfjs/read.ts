import { type JsonView, parseJson } from '../json-view.ts';
import type { ImportOptions } from '../options.ts';
import { type ManifestWeight, readManifest, tfjsProblem } from './manifest.ts';

/** A TensorFlow.js model: Keras layers, or a graph of TensorFlow nodes. */
export type TfjsModel =
  | {
      readonly kind: 'layers';
      /** `{class_name, config}`. */
      readonly config: JsonView;
      readonly kerasVersion: string;
      readonly weights: readonly ManifestWeight[];
    }
  | {
      readonly kind: 'graph';
      readonly topology: JsonView;
      /** Names of inputs and outputs, where the model has them. */
      readonly signature: JsonView;
      readonly weights: readonly ManifestWeight[];
    };

/** Reads model.json and the weights files that it names. Throws ProblemError where a part is missing or damaged. */
export function readTfjs(bytes: Uint8Array, options: ImportOptions): TfjsModel {
  const file = parseJson(bytes, 'model.json', 'tfjs');
  const topology = file.get('modelTopology');
  const manifest = file.get('weightsManifest');
  if (manifest.isNull) {
    throw tfjsProblem('tfjs-damaged', 'model.json', 'it has no weightsManifest', 'convert the model with its weights');
  }
  const weights = readManifest(manifest, options.sideFile);
  if (!topology.get('node').isNull) {
    const own = file.get('signature');
    return {
      kind: 'graph',
      topology,
      signature: own.isNull ? file.get('userDefinedMetadata').get('signature') : own,
      weights,
    };
  }
  const inner = topology.get('model_config');
  const config = inner.isNull ? topology : inner;
  return { kind: 'layers', config: config.at('modelTopology'), kerasVersion: kerasVersion(topology), weights };
}

/** What TensorFlow.js itself saves follows Keras 2.0. */
function kerasVersion(topology: JsonView): string {
  const version = topology.get('keras_version').textOr('');
  return version.startsWith('tfjs') ? '2.0' : version;
}
