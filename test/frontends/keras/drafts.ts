import { zipSync } from 'fflate';
import { type Hdf5Node, writeHdf5 } from './write-hdf5.ts';

/** A layer of a model that a test makes. */
export interface LayerDraft {
  readonly className: string;
  readonly config: { readonly [option: string]: unknown };
  /** By role, in the order of Keras. */
  readonly weights?: {
    readonly [role: string]: { readonly shape: readonly number[]; readonly values: readonly number[] };
  };
}

/** Numbers 0.5, -0.25, 1, ... that tell places apart. */
export function numbers(count: number, seed = 1): number[] {
  return Array.from({ length: count }, (_, i) => (((i * 7 + seed * 5) % 17) - 8) / 8);
}

export function weight(...shape: number[]) {
  return {
    shape,
    values: numbers(
      shape.reduce((product, size) => product * size, 1),
      shape.length,
    ),
  };
}

/** `{class_name, config}` of a sequential model. */
export function sequential(inputShape: readonly (number | null)[], layers: readonly LayerDraft[]) {
  const input = {
    class_name: 'InputLayer',
    config: { batch_input_shape: inputShape, name: 'input', dtype: 'float32' },
  };
  const others = layers.map(({ className, config }, i) => ({
    class_name: className,
    config: { name: `layer${i}`, ...config },
  }));
  return { class_name: 'Sequential', config: { name: 'm', layers: [input, ...others] } };
}

/** Weights as Keras 2 stores them, by the name of their layer. */
export function weightGroups(layers: readonly { readonly name: string; readonly draft: LayerDraft }[]): Hdf5Node {
  const children: { [name: string]: Hdf5Node } = {};
  for (const { name, draft } of layers) {
    const entries = Object.entries(draft.weights ?? {});
    const inner: { [role: string]: Hdf5Node } = {};
    for (const [role, data] of entries) inner[`${role}:0`] = { data };
    const attributes = { weight_names: entries.map(([role]) => `${name}/${role}:0`) };
    children[name] = { attributes, children: entries.length === 0 ? {} : { [name]: { children: inner } } };
  }
  return { attributes: { layer_names: layers.map(({ name }) => name) }, children };
}

/** A Keras 2 file of a sequential model. */
export function sequentialH5(
  inputShape: readonly (number | null)[],
  layers: readonly LayerDraft[],
  version = '2.4.0',
): Uint8Array {
  const config = sequential(inputShape, layers);
  const groups = weightGroups(layers.map((draft, i) => ({ name: `layer${i}`, draft })));
  return writeHdf5({
    attributes: { keras_version: version, backend: 'tensorflow', model_config: JSON.stringify(config) },
    children: { model_weights: groups },
  });
}

/** A .keras archive of a model and its weights under their Keras 3 paths, such as `layers/dense/vars/0`; `edit` changes what is packed. */
export function archive(
  config: unknown,
  weights: { readonly [path: string]: NonNullable<Hdf5Node['data']> },
  edit: (bytes: Uint8Array, name: string) => Uint8Array = (bytes) => bytes,
): Uint8Array {
  interface Folder {
    [name: string]: Folder | Hdf5Node;
  }
  const root: Folder = {};
  for (const [path, data] of Object.entries(weights)) {
    const parts = path.split('/');
    let folder = root;
    for (const part of parts.slice(0, -1)) {
      folder[part] ??= {};
      folder = folder[part] as Folder;
    }
    folder[parts.at(-1) ?? ''] = { data };
  }
  const node = (folder: Folder | Hdf5Node): Hdf5Node =>
    'data' in folder
      ? (folder as Hdf5Node)
      : { children: Object.fromEntries(Object.entries(folder as Folder).map(([name, inner]) => [name, node(inner)])) };
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return zipSync({
    'metadata.json': text({ keras_version: '3.3.3', date_saved: '2024-05-01' }),
    'config.json': edit(text(config), 'config.json'),
    'model.weights.h5': edit(writeHdf5(node(root)), 'model.weights.h5'),
  });
}
