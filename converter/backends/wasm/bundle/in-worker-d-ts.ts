import type { EmittedVariants } from '../emit-module.ts';
import type { EmittedWidths } from '../nested/emit.ts';

import { sourceType, workerFeedMembers } from './feed-d-ts.ts';
import { feedOf } from './index-js.ts';
import { originLine, type WasmBundleOptions } from './options.ts';

/** `in-worker.d.ts`: the model off the main thread. */
export function inWorkerDts(
  emitted: EmittedVariants,
  producer: string,
  options: WasmBundleOptions,
  nested: EmittedWidths | null,
): string {
  const feed = feedOf(emitted.layout, options);
  const feedNames = `${feed === null ? '' : `, Classification, ${sourceType(feed)}`}${nested === null ? '' : ', Width'}`;
  const width = nested === null ? '' : WIDTH;
  const reset = emitted.layout.stateBytes === 0 ? '' : RESET;
  return `/* ${originLine(options, producer)} */

import type { info as modelInfo, Inputs, LoadOptions, Outputs, Tensors, Threads, Variant${feedNames} } from './index.js';

export type { Inputs, Outputs, Tensors, Threads, Variant${feedNames} } from './index.js';

/** How a call is made. */
export interface CallOptions {
  /** Ends the wait: the promise is rejected with its reason, and a call that has not begun is not made. */
  readonly signal?: AbortSignal;
  /** Moves the inputs to the worker instead of copying them: the caller cannot read them afterwards. */
  readonly transfer?: boolean;
${width}}

/** A model in a worker. Calls are answered in their order. */
export interface Model {
  /** The variant of the code that runs. */
  readonly variant: Variant;
  /** How many threads run the model, and why they are not more. */
  readonly threads: Threads;
  /** Computes the outputs. */
  run(inputs: Readonly<Inputs>, options?: CallOptions): Promise<Outputs>;
${workerFeedMembers(feed, nested !== null)}${reset}  /** Real numbers as the stored elements of a tensor. */
  quantize<N extends keyof Tensors>(name: N, values: ArrayLike<number>): Tensors[N];
  /** Stored elements of a tensor as real numbers. */
  dequantize<N extends keyof Tensors>(name: N, stored: Tensors[N]): Float32Array;
  /** Ends the worker, if \`load\` has started it; calls that wait are rejected. */
  dispose(): void;
}

/** A worker that runs \`model-worker.js\`, or serves the model in another way. */
export interface ModelWorker {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  terminate(): unknown;
}

/** How to load; all is optional. */
export interface WorkerLoadOptions extends LoadOptions {
  /** A worker of the caller's that runs \`model-worker.js\`; without it one is started. */
  readonly worker?: ModelWorker;
}

/** Loads the model in a worker. */
export function load(options?: WorkerLoadOptions): Promise<Model>;

/** What the model takes and gives. */
export const info: typeof modelInfo;
`;
}

const WIDTH = `  /** The width to run; the whole model without it. */
  readonly width?: Width;
`;

const RESET = `  /** Forgets what the runs so far have left in the model's state. */
  reset(): Promise<void>;
`;
