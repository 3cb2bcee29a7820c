import type { CLayer } from '../kernel.ts';
import type { Processors } from '../variants.ts';
import { frameBytes } from './frames.ts';
import { libraryUse } from './library.ts';
import { linesFor, localArrayBytes } from './locals.ts';

/** What a package takes of SRAM besides its arena. */
export interface SramUse {
  /** The worst case of the stack. */
  readonly stackBytes: number;
  /** The layer where it is reached, in the user's words; empty for a model without layers. */
  readonly stackLayer: string;
  /** Variables of the C library that the layers need: `errno`. The package itself has none. */
  readonly staticBytes: number;
}

/** What a layer takes of SRAM besides its operands: at most so much stack, and variables that all layers share. */
export interface LayerSram {
  readonly stackBytes: number;
  readonly staticBytes: number;
}

/** What the use of a whole package is made of. */
export interface SramParts {
  /** One per call of a layer. */
  readonly layers: readonly (LayerSram & { readonly name: string; readonly isStreamed: boolean })[];
  /** The statements of `<m>_run` that call layers, `name(arguments);`. */
  readonly calls: readonly string[];
  readonly streams: readonly StreamCode[];
}

/** What the frame of a stream depends on. */
export interface StreamCode {
  /** Its statements, by action. */
  readonly actions: readonly string[];
  /** Memories that its stores lie in; the places of several are an array of the function. */
  readonly bankCount: number;
}

/** Which lines of a layer a processor compiles: with Armv7E-M's instructions and a float unit, without the unit, neither. */
const variants: readonly (readonly Processors[])[] = [['THIMBLE_DSP', 'THIMBLE_DSP_FLOAT'], ['THIMBLE_DSP'], []];

/**
 * An upper bound of what a call of this layer function puts on the stack of a Cortex-M3, M4, M7 or M33, see frames.ts; and the
 * variables that the C library brings along for it.
 */
export function layerSram(layer: Pick<CLayer, 'body' | 'headers'>): LayerSram {
  const own = variants.map((defined) => {
    const lines = linesFor(layer.body, defined);
    const { stackBytes, staticBytes } = libraryUse(lines);
    return { stackBytes: localArrayBytes(lines) + stackBytes, staticBytes };
  });
  return {
    stackBytes: frameBytes(layer) + Math.max(...own.map(({ stackBytes }) => stackBytes)),
    staticBytes: Math.max(...own.map(({ staticBytes }) => staticBytes)),
  };
}

/** Nine saved registers and alignment. */
const REGISTER_BYTES = 48;

/** Words of arguments that go through registers. */
const ARGUMENT_REGISTERS = 4;

/**
 * An upper bound of the frame of the function that calls the layers: arguments from the fifth on, and addresses that
 * several calls share, which the compiler may compute once and keep.
 */
export function runFrameBytes(calls: readonly string[]): number {
  const words = calls.map((call) => call.split(', ').length);
  const addresses = calls.flatMap((call) => [...call.matchAll(/(?:\w+\.)?\bbytes \+ \d+/g)].map(([text]) => text));
  const shared = new Set(addresses.filter((text, i) => addresses.indexOf(text) !== i)).size;
  const kept = Math.min(4 * shared, 40 + Math.ceil(calls.length / 2));
  const passed = 4 * Math.max(0, ...words.map((count) => count - ARGUMENT_REGISTERS));
  return REGISTER_BYTES + Math.ceil(passed / 8) * 8 + Math.ceil(kept / 8) * 8;
}

/** An upper bound of the frame of `<m>_run_rows`, which calls `<m>_feed_row` for all rows: saved registers. */
export const FEED_LOOP_BYTES = 40;

/** An upper bound of the frame of a function that does a stream. */
export function streamFrameBytes({ actions, bankCount }: StreamCode): number {
  const banks = bankCount > 1 ? Math.ceil((4 * bankCount) / 8) * 8 : 0;
  return banks + runFrameBytes(actions.map((body) => /^\w+\(.*\);$/ms.exec(body)?.[0] ?? ''));
}

/** An upper bound of what running a package puts on the stack of its caller, interrupts excluded, and its variables. */
export function sramUse({ layers, calls, streams }: SramParts): SramUse {
  const streamBytes = Math.max(0, ...streams.map(streamFrameBytes));
  let [below, stackLayer] = [0, ''];
  for (const { name, stackBytes, isStreamed } of layers) {
    const bytes = stackBytes + (isStreamed ? streamBytes : 0);
    if (bytes > below) [below, stackLayer] = [bytes, name];
  }
  const staticBytes = Math.max(0, ...layers.map((layer) => layer.staticBytes));
  return { stackBytes: runFrameBytes(calls) + below, stackLayer, staticBytes };
}
