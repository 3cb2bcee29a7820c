import { elementCount } from '../../tensor/shape.ts';
import { type Tensor, tensorType } from '../../tensor/tensor.ts';
import type { Hdf5Object } from './hdf5/file.ts';
import type { KerasLayer } from './layer.ts';
import { kerasDamaged, kerasProblem } from './problems.ts';

/** A stored weight of a layer. Its role is its name in the layer (`kernel`), or null where the file knows only the order. */
export interface StoredWeight {
  readonly role: string | null;
  /** The name in the file. */
  readonly name: string;
  read(): Tensor;
}

/** Where the weights of the layers of one model are. */
export interface WeightScope {
  /** The weights of a layer, in the order of the file. */
  of(layer: KerasLayer): readonly StoredWeight[];
  /** The weights of the layers of a model that is used as a layer. */
  inside(layer: KerasLayer): WeightScope;
}

/** A weight with its full name, of which a component is the name of its layer: `block/conv/kernel`. */
export interface NamedWeight {
  readonly name: string;
  read(): Tensor;
}

/** Names of Keras 1, and of layers that have renamed their weights. */
const roleAliases: ReadonlyMap<string, string> = new Map([
  ['W', 'kernel'],
  ['b', 'bias'],
  ['running_mean', 'moving_mean'],
  // Keras 1 called the variance so: it was given to the normalization as the variance.
  ['running_std', 'moving_variance'],
]);

/** `block/conv/kernel:0` -> `kernel`; Keras 1 `conv_1_W` -> `kernel`. */
function roleOf(name: string, layer: string): string {
  const last = (name.split('/').at(-1) ?? '').replace(/:\d+$/, '');
  const bare = last.startsWith(`${layer}_`) ? last.slice(layer.length + 1) : last;
  return roleAliases.get(bare) ?? bare;
}

/** Weights of several layers in one list: those of a layer have its name as a component. */
export function flatScope(weights: readonly NamedWeight[]): WeightScope {
  const scope: WeightScope = {
    of: ({ name: layer }) =>
      weights
        .filter(({ name }) => isWithin(name, layer))
        .map(({ name, read }) => ({ role: roleOf(name, layer), name, read })),
    inside: () => scope,
  };
  return scope;
}

/** Layer names may hold slashes themselves. */
function isWithin(name: string, layer: string): boolean {
  return `/${name}`.includes(`/${layer}/`) || (name.split('/').at(-1) ?? '').startsWith(`${layer}_`);
}

/** Keras 1 and 2 HDF5: one group for each layer of the outermost model, which lists its weights in `weight_names`. */
export function groupScope(root: Hdf5Object): WeightScope {
  const listed = (layer: KerasLayer): NamedWeight[] => {
    const group = root.find(layer.name);
    return (group === null ? [] : weightNames(group)).map((name) => ({
      name,
      read: () => numbersOf(group?.find(name) ?? null, name),
    }));
  };
  return {
    of: (layer) => listed(layer).map(({ name, read }) => ({ role: roleOf(name, layer.name), name, read })),
    inside: (layer) => flatScope(listed(layer)),
  };
}

/** Long lists are split into weight_names0, weight_names1 and so on. */
function weightNames(group: Hdf5Object): readonly string[] {
  const whole = group.texts('weight_names');
  if (whole !== null) return whole;
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = group.texts(`weight_names${i}`);
    if (part === null) return parts;
    parts.push(...part);
  }
}

/** Where a layer of Keras 3 keeps its sub-layers; the second name was that of Keras 2.12. */
const layerFolders = ['layers', '_layer_checkpoint_dependencies'] as const;

/** Where the weights of recurrent layers and of layers in others are, in the order in which they are counted. */
const innerFolders = [
  'cell/vars',
  'layer/vars',
  'layer/cell/vars',
  'forward_layer/cell/vars',
  'backward_layer/cell/vars',
] as const;

/**
 * Keras 3 `model.weights.h5`: `layers/conv2d_1/vars/0`, where the name is the class in snake case, counted among the layers of the
 * model (Keras `saving_lib._save_container_state`); a layer whose class is not there goes by its own name.
 */
export function orderedScope(group: Hdf5Object | null, layers: readonly KerasLayer[]): WeightScope {
  const folder = layerFolders.map((name) => group?.find(name) ?? null).find((found) => found !== null) ?? null;
  const names = containerNames(layers);
  const groupOf = ({ name }: KerasLayer): Hdf5Object | null =>
    folder?.find(names.get(name) ?? name) ?? folder?.find(name) ?? null;
  return {
    of(layer) {
      const group = groupOf(layer);
      const own = group?.find('vars') ?? null;
      const folders = (own?.names.length ?? 0) > 0 ? [own] : innerFolders.map((path) => group?.find(path) ?? null);
      const stated = own?.texts('name')?.[0];
      if (stated !== undefined && stated !== layer.name) {
        throw kerasProblem(
          'keras-weights',
          layer.place,
          `the weights in its place belong to "${stated}"`,
          'save the model again',
        );
      }
      return folders.flatMap((variables) => {
        const keys = [...(variables?.names ?? [])].filter((key) => /^\d{1,6}$/.test(key));
        return keys
          .sort((a, b) => Number(a) - Number(b))
          .map((key) => ({
            role: null,
            name: `${names.get(layer.name)}/vars/${key}`,
            read: () => numbersOf(variables?.find(key) ?? null, key),
          }));
      });
    },
    inside: (layer) => orderedScope(groupOf(layer), layer.model?.layers ?? []),
  };
}

function containerNames(layers: readonly KerasLayer[]): ReadonlyMap<string, string> {
  const used = new Map<string, number>();
  const names = new Map<string, string>();
  for (const { className, name } of layers) {
    const snake = snakeCase(className === 'Model' ? 'Functional' : className);
    const count = used.get(snake) ?? 0;
    used.set(snake, count + 1);
    names.set(name, count === 0 ? snake : `${snake}_${count}`);
  }
  return names;
}

/** `GlobalAveragePooling2D` -> `global_average_pooling2d` (Keras `utils.naming.to_snake_case`). */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function numbersOf(dataset: Hdf5Object | null, name: string): Tensor {
  const numbers = dataset?.numbers() ?? null;
  if (numbers === null) throw kerasDamaged(`weight "${name}"`, 'it is listed and not in the file');
  return floatTensor(numbers.shape, numbers.data);
}

/** Numbers as a float32 tensor. */
export function floatTensor(shape: readonly number[], data: ArrayLike<number>): Tensor {
  if (elementCount(shape) !== data.length)
    throw kerasDamaged('the weights', 'a weight has not as many numbers as its shape wants');
  return { type: tensorType('float32', shape), data: Float32Array.from(data) };
}
