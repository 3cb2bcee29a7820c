import type { EmittedModule, TensorPlace } from '../emit-module.ts';
import { originLine, type WasmBundleOptions } from './options.ts';
import { arrayClass, tensorInfo, tensorSentence } from './tensors.ts';

/** `index.d.ts`: the interface of this one model, names, element types and shapes included. */
export function indexDts(emitted: EmittedModule, name: string, producer: string, options: WasmBundleOptions): string {
  const { inputs, outputs } = emitted.layout;
  const all = uniqueNames([...inputs, ...outputs]);
  return `/* ${originLine(options, producer)} */

/** The inputs of the model. */
export interface Inputs {
${members(inputs)}
}

/** The outputs of the model. */
export interface Outputs {
${members(outputs)}
}

/** The class that holds each tensor. */
export interface Tensors {
${members(all)}
}

/** A model with a memory of its own. */
export interface Model {
  /** Views of the input tensors, to be filled before \`execute\`, which may overwrite them. */
  readonly inputs: Readonly<Inputs>;
  /** Views of the output tensors, valid until the next \`run\` or \`execute\`. */
  readonly outputs: Readonly<Outputs>;
  /** Copies the inputs in, computes, and copies the outputs out. */
  run(inputs: Readonly<Inputs>): Outputs;
  /** Computes \`outputs\` from what is in \`inputs\`, without a copy. */
  execute(): void;
${resetMember(emitted)}  /** Real numbers as the stored elements of a tensor. */
  quantize<N extends keyof Tensors>(name: N, values: ArrayLike<number>): Tensors[N];
  /** Stored elements of a tensor, or those in memory, as real numbers. */
  dequantize<N extends keyof Tensors>(name: N, stored?: Tensors[N]): Float32Array;
}

/** Where the module may come from. */
export type Source = WebAssembly.Module | BufferSource | Response | Promise<Response> | URL | string;

/** Loads the model; every call gives one with a memory of its own. Without \`source\` it is the one of this package. */
export function load(source?: Source): Promise<Model>;

/** What the model takes and gives. */
export const info: {
  readonly name: ${JSON.stringify(name)};
  readonly inputs: {
${infos(inputs)}
  };
  readonly outputs: {
${infos(outputs)}
  };
  readonly labels: ${labelsType(options.labels)};
  /** Size of model.wasm. */
  readonly moduleBytes: number;
  /** Size of the memory of a loaded model, weights included. */
  readonly memoryBytes: number;
};
`;
}

function resetMember({ layout }: EmittedModule): string {
  if (layout.stateBytes === 0) return '';
  return `  /** Forgets what the runs so far have left in the model's state. */
  reset(): void;
`;
}

function members(places: readonly TensorPlace[]): string {
  return places
    .map((place) => {
      const comment = tensorSentence(place).replaceAll('*/', '* /');
      return `  /** ${comment} */\n  ${JSON.stringify(place.name)}: ${arrayClass[place.type.dtype]};`;
    })
    .join('\n');
}

function infos(places: readonly TensorPlace[]): string {
  return places.map(({ name, type }) => `    readonly ${JSON.stringify(name)}: ${infoType(type)};`).join('\n');
}

function infoType(type: TensorPlace['type']): string {
  const fields = Object.entries(tensorInfo(type)).map(([key, value]) => {
    return `readonly ${key}: ${Array.isArray(value) ? `readonly ${JSON.stringify(value)}` : JSON.stringify(value)}`;
  });
  return `{ ${fields.join('; ')} }`;
}

function labelsType(labels: readonly string[] | null): string {
  return labels === null ? 'null' : `readonly ${JSON.stringify(labels)}`;
}

/** The first place of each name: an input and an output may be called the same. */
function uniqueNames(places: readonly TensorPlace[]): TensorPlace[] {
  return places.filter((place, index) => places.findIndex(({ name }) => name === place.name) === index);
}
