import type { EmittedVariants, TensorPlace } from '../emit-module.ts';
import type { EmittedWidths } from '../nested/emit.ts';
import { feedMembers, feedTypes } from './feed-d-ts.ts';
import { feedOf, sharesOf } from './index-js.ts';
import { originLine, type WasmBundleOptions } from './options.ts';
import { arrayClass, tensorInfo, tensorSentence } from './tensors.ts';
import { nestedRuns, plainRuns, widthTypes } from './widths-d-ts.ts';

/** `index.d.ts`: the interface of this one model, names, element types and shapes included. */
export function indexDts(
  emitted: EmittedVariants,
  name: string,
  producer: string,
  options: WasmBundleOptions,
  nested: EmittedWidths | null = null,
): string {
  const widths = nested === null ? null : sharesOf(nested).join(' | ');
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
${widths === null ? plainRuns : nestedRuns}${feedMembers(feed, widths !== null)}${resetMember(emitted)}  /** Real numbers as the stored elements of a tensor. */
  quantize<N extends keyof Tensors>(name: N, values: ArrayLike<number>): Tensors[N];
  /** Stored elements of a tensor, or those in memory, as real numbers. */
  dequantize<N extends keyof Tensors>(name: N, stored?: Tensors[N]): Float32Array;
}

${widths === null ? '' : widthTypes(widths)}${feedTypes(feed)}${hostTypes(emitted)}
/** Where weights may come from. */
export type Source = BufferSource | Response | Promise<Response> | URL | string;

/** How to load; all is optional. */
export interface LoadOptions {
  /** The variant to run; without it the quickest that this engine runs exactly. */
  readonly variant?: Variant;
  /** The code of that variant; without it the one of this package. */
  readonly module?: Source${widths === null ? ' | WebAssembly.Module' : ''};
  /** The weights; without them those of this package. */
  readonly weights?: Source;
  /** Threads to run in, or 'auto' for as many as there are processors, at most 4; one without it. Needs shared memory. */
  readonly threads?: number | 'auto';
  /** Ends the loading: \`load\` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Loads the model; every call gives one with a memory of its own. */
export function load(options?: LoadOptions): Promise<Model>;

${widths === null ? compileDeclaration : ''}/** What the model takes and gives. */
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
  /** Predicted time of a run on the phone that the bundle was converted for. */
  readonly estimate: ${options.webEstimate === null ? 'null' : estimateType};
  /** Size of the code of each variant. */
  readonly variants: { readonly [V in Variant]: number };
  /** Size of weights and tables. */
  readonly weightBytes: number;
  /** Size of the memory of a loaded model, weights included. */
  readonly memoryBytes: number;
${widths === null ? '' : '  /** The widths, ascending: 1 is the whole model. */\n  readonly widths: readonly Width[];\n'}};
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

const compileDeclaration = `/**
 * The compiled code, for several calls of \`load({ module })\`: it can be posted to workers. With more than one thread it is that
 * of models with threads.
 */
export function compile(options?: Pick<LoadOptions, 'variant' | 'module' | 'threads'>): Promise<WebAssembly.Module>;

`;

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

const estimateType =
  '{ readonly target: string; readonly variant: Variant; readonly core: string; readonly p50Ms: number; readonly p95Ms: number; readonly weakestSource: string }';

function labelsType(labels: readonly string[] | null): string {
  return labels === null ? 'null' : `readonly ${JSON.stringify(labels)}`;
}

/** The first place of each name: an input and an output may be called the same. */
function uniqueNames(places: readonly TensorPlace[]): TensorPlace[] {
  return places.filter((place, index) => places.findIndex(({ name }) => name === place.name) === index);
}
