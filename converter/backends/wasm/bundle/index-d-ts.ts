import type { Feed } from '../../../ir/preprocessing.ts';
import type { EmittedVariants, TensorPlace } from '../emit-module.ts';
import { feedOf } from './index-js.ts';
import { originLine, type WasmBundleOptions } from './options.ts';
import { arrayClass, tensorInfo, tensorSentence } from './tensors.ts';

/** `index.d.ts`: the interface of this one model, names, element types and shapes included. */
export function indexDts(emitted: EmittedVariants, name: string, producer: string, options: WasmBundleOptions): string {
  const { inputs, outputs } = emitted.layout;
  const feed = feedOf(emitted.layout, options);
  return `/* ${originLine(options, producer)} */

${tensorTypes(emitted, options)}
/** A tensor in the memory of a model: its elements in place, and what they mean. */
export type TensorInMemory<I, View> = I & { readonly view: View };

/** A model with a memory of its own. */
export interface Model {
  /** The input tensors: each \`view\` is to be filled before \`execute\`, which may overwrite it. */
  readonly inputs: { readonly [N in keyof Inputs]: TensorInMemory<(typeof info.inputs)[N], Inputs[N]> };
  /** The output tensors: each \`view\` is valid until the next \`run\` or \`execute\`. */
  readonly outputs: { readonly [N in keyof Outputs]: TensorInMemory<(typeof info.outputs)[N], Outputs[N]> };
  /** The variant of the code that runs. */
  readonly variant: Variant;
  /** How many threads run the model, and why they are not more. */
  readonly threads: Threads;
  /** Stops the threads; the model cannot run afterwards. Optional: the memory goes with the last reference to the model. */
  dispose(): void;
  /** Copies the inputs in, computes, and copies the outputs out. */
  run(inputs: Readonly<Inputs>): Outputs;
  /** Computes the views of \`outputs\` from those of \`inputs\`, without a copy. */
  execute(): void;
${feedMembers(feed)}${resetMember(emitted)}  /** Real numbers as the stored elements of a tensor. */
  quantize<N extends keyof Tensors>(name: N, values: ArrayLike<number>): Tensors[N];
  /** Stored elements of a tensor, or those in memory, as real numbers. */
  dequantize<N extends keyof Tensors>(name: N, stored?: Tensors[N]): Float32Array;
}

${feedTypes(feed)}${hostTypes(emitted)}
/** Where weights may come from. */
export type Source = BufferSource | Response | Promise<Response> | URL | string;

/** How to load; all is optional. */
export interface LoadOptions {
  /** The variant to run; without it the quickest that this engine runs exactly. */
  readonly variant?: Variant;
  /** The code of that variant; without it the one of this package. */
  readonly module?: Source | WebAssembly.Module;
  /** The weights; without them those of this package. */
  readonly weights?: Source;
  /** Threads to run in, or 'auto' for as many as there are processors, at most 4; one without it. Needs shared memory. */
  readonly threads?: number | 'auto';
  /** Ends the loading: \`load\` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Loads the model; every call gives one with a memory of its own. */
export function load(options?: LoadOptions): Promise<Model>;

/**
 * The compiled code, for several calls of \`load({ module })\`: it can be posted to workers. With more than one thread it is that
 * of models with threads.
 */
export function compile(options?: Pick<LoadOptions, 'variant' | 'module' | 'threads'>): Promise<WebAssembly.Module>;

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
  /** What code, weights and script of one package have in common. */
  readonly abi: string;
  /** SHA-256 of the model file. */
  readonly modelSha256: ${options.modelSha256 === null ? 'null' : 'string'};
  /** Size of the code of each variant. */
  readonly variants: { readonly [V in Variant]: number };
  /** Size of weights and tables. */
  readonly weightBytes: number;
  /** Size of the memory of a loaded model, weights included. */
  readonly memoryBytes: number;
};
`;
}

/** Inputs, outputs and their classes. */
export function tensorTypes({ layout: { inputs, outputs } }: EmittedVariants, options: WasmBundleOptions): string {
  return `/** The inputs of the model. */
export interface Inputs {
${members(inputs, options)}
}

/** The outputs of the model. */
export interface Outputs {
${members(outputs)}
}

/** The class that holds each tensor. */
export interface Tensors {
${members(uniqueNames([...inputs, ...outputs]))}
}
`;
}

/** Variants and threads. */
export function hostTypes({ modules }: EmittedVariants): string {
  return `/** The variants of the code in this package. */
export type Variant = ${modules.map(({ variant }) => `'${variant}'`).join(' | ')};

/** How many threads run a model. */
export interface Threads {
  /** Threads that may take part in a run, the caller's included. */
  readonly count: number;
  /** One line: why there is one thread, or fewer than were asked for; empty otherwise. */
  readonly why: string;
  /** When all workers have started or failed. Runs need not wait for it. */
  readonly ready: Promise<void>;
}
`;
}

/** What can be classified, and what comes of it; empty for a model whose input is neither a picture nor sound. */
export function feedTypes(feed: Feed | null): string {
  if (feed === null) return '';
  const sources = {
    picture: [
      '/** Pixels, or what a page can draw: frames of a video may be drawn smaller first. */',
      'export type Source_ = ImageData | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | HTMLImageElement | ImageBitmap | VideoFrame;',
    ],
    sound: [
      '/** A recording, or mono samples of -1 to 1 at the rate of the model. */',
      'export type Source_ = AudioBuffer | Float32Array;',
    ],
  }[feed.kind];
  return `${sources.join('\n').replace('Source_', sourceType(feed))}

/** A class of output 0, with its score as a real number. */
export interface Classification {
  readonly index: number;
  /** Its name, or the index as a text where the model has no labels. */
  readonly label: string;
  readonly score: number;
}

`;
}

function sourceType({ kind }: Feed): string {
  return kind === 'picture' ? 'PictureSource' : 'SoundSource';
}

function feedMembers(feed: Feed | null): string {
  if (feed === null) return '';
  return `  /** The input that is made of a source, as the model was declared: the same numbers that \`thimble run\` makes of a file. */
  prepare(source: ${sourceType(feed)}): Inputs[${JSON.stringify(feed.input)}];
  /** Prepares, runs, and gives the classes of output 0, the best first: five, or \`top\`. */
  classify(source: ${sourceType(feed)}, options?: { readonly top?: number }): Classification[];
`;
}

/** The same for a model in a worker. */
export function workerFeedMembers(feed: Feed | null): string {
  if (feed === null) return '';
  return `  /** Prepares, runs, and gives the classes of output 0, the best first: five, or \`top\`. An ImageBitmap stays the caller's. */
  classify(
    source: ${sourceType(feed)},
    options?: { readonly top?: number; readonly signal?: AbortSignal },
  ): Promise<Classification[]>;
`;
}

function resetMember({ layout }: EmittedVariants): string {
  if (layout.stateBytes === 0) return '';
  return `  /** Forgets what the runs so far have left in the model's state. */
  reset(): void;
`;
}

function members(places: readonly TensorPlace[], options: WasmBundleOptions | null = null): string {
  return places
    .map((place) => {
      const prepared = options?.preprocessing.find(({ input }) => input === place.name);
      const more = prepared === undefined ? '' : `; made of files so: ${prepared.sentence}`;
      const comment = `${tensorSentence(place)}${more}`.replaceAll('*/', '* /');
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
