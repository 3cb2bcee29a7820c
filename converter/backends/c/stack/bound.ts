import type { CLayer } from '../kernel.ts';
import type { Processors } from '../variants.ts';
import { frameBytes } from './frames.ts';
import { libraryUse } from './library.ts';
import { linesFor, localArrayBytes } from './locals.ts';

/** What a package takes of SRAM besides its arena. */
export interface StackUse {
  /** The worst case of the stack. */
  readonly bytes: number;
  /** The layer where it is reached, in the user's words; empty for a model without layers. */
  readonly layer: string;
  /** Variables of the C library that the layers need: `errno`. The package itself has none. */
  readonly staticBytes: number;
}

/** What the bound of a whole package is made of. */
export interface StackParts {
  /** One per layer call. */
  readonly layers: readonly { readonly name: string; readonly stackBytes: number; readonly staticBytes: number }[];
  /** The statements that call the layers, `name(arguments);`. */
  readonly calls: readonly string[];
}

/** Which lines of a layer a processor compiles: with Armv7E-M's instructions and a float unit, without the unit, neither. */
const variants: readonly (readonly Processors[])[] = [['THIMBLE_DSP', 'THIMBLE_DSP_FLOAT'], ['THIMBLE_DSP'], []];

/** An upper bound of what a call of this layer function puts on the stack of a Cortex-M3, M4, M7 or M33; see frames.ts. */
export function layerStackBytes(layer: Pick<CLayer, 'body' | 'headers'>): number {
  const own = variants.map((defined) => {
    const lines = linesFor(layer.body, defined);
    return localArrayBytes(lines) + libraryUse(lines).stackBytes;
  });
  return frameBytes(layer) + Math.max(...own);
}

/** Bytes of the variables that the C library brings along for this layer, which it shares with all others. */
export function layerStaticBytes({ body }: Pick<CLayer, 'body'>): number {
  return Math.max(...variants.map((defined) => libraryUse(linesFor(body, defined)).staticBytes));
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
  const addresses = calls.flatMap((call) => [...call.matchAll(/\bbytes \+ \d+/g)].map(([text]) => text));
  const shared = new Set(addresses.filter((text, i) => addresses.indexOf(text) !== i)).size;
  const kept = Math.min(4 * shared, 40 + Math.ceil(calls.length / 2));
  const passed = 4 * Math.max(0, ...words.map((count) => count - ARGUMENT_REGISTERS));
  return REGISTER_BYTES + Math.ceil(passed / 8) * 8 + Math.ceil(kept / 8) * 8;
}

/** An upper bound of what running a package puts on the stack of its caller, interrupts excluded, and its variables. */
export function stackBoundBytes({ layers, calls }: StackParts): StackUse {
  const deepest = layers.reduce((a, b) => (b.stackBytes > a.stackBytes ? b : a), {
    ...{ name: '', stackBytes: 0, staticBytes: 0 },
  });
  const staticBytes = Math.max(0, ...layers.map((layer) => layer.staticBytes));
  return { bytes: runFrameBytes(calls) + deepest.stackBytes, layer: deepest.name, staticBytes };
}
