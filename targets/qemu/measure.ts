import { InternalError, invariant } from '../../converter/problem.ts';
import type { ElfSymbol } from '../elf.ts';
import { symbolAddress } from '../elf.ts';

/**
 * From the plugin's events to instruction counts. The constants are what support/cortex-m.S and support/riscv-call.S execute between their marks,
 * so that a count is that of the measured code alone, exact to one instruction.
 */

/** The call instruction of the measured call. */
const CALL_INSTRUCTIONS = 1;
/** The return of the begin hook; loading the layer number and the call in the package; five instructions of the end hook. */
const LAYER_INSTRUCTIONS = 1 + 2 + 5;
/** Layers that the hooks tell apart. */
const LAYERS_MAX = 1024;
/** Bytes of a return: `bx lr`, `c.jr ra`. */
const HOOK_STEP = 2;

/** One marked address about to execute, after `instructions` others. */
export interface Event {
  readonly address: number;
  readonly instructions: number;
  /** Lines `block ...` of the plugin since the event before. */
  readonly blocks: readonly string[];
}

/** The instructions of one layer, everything between its hooks. */
export interface LayerCount {
  readonly layer: number;
  readonly instructions: number;
}

/** One measured call. */
export interface CallCount {
  /** All instructions of the called function, its return included, hooks included where there are any. */
  readonly instructions: number;
  /** In the order of execution; empty without hooks. */
  readonly layers: readonly LayerCount[];
}

/** The addresses of the marks in a linked program. */
export interface Marks {
  readonly callBegin: number;
  readonly callEnd: number;
  /** First return of the table of each layer hook; undefined when the package has no hooks. */
  readonly layers: { readonly begin: number; readonly end: number } | undefined;
}

/** Finds the marks of support/cortex-m.S or support/riscv-call.S. */
export function findMarks(symbols: readonly ElfSymbol[]): Marks {
  const hooked = symbols.some(({ name }) => name === 'port_layer_begin');
  return {
    callBegin: even(symbolAddress(symbols, 'port_mark_begin')),
    callEnd: even(symbolAddress(symbols, 'port_mark_end')),
    layers: hooked
      ? { begin: even(symbolAddress(symbols, 'port_layer_begin')), end: even(symbolAddress(symbols, 'port_layer_end')) }
      : undefined,
  };
}

function even(address: number): number {
  return address - (address % 2);
}

/** The first and the last address of each run of marks. */
export function markedRanges({ callBegin, callEnd, layers }: Marks): readonly (readonly [number, number])[] {
  const tables = layers === undefined ? [] : [layers.begin, layers.end];
  return [
    [callBegin, callBegin],
    [callEnd, callEnd],
    ...tables.map((first) => [first, first + (LAYERS_MAX - 1) * HOOK_STEP] as const),
  ];
}

/** The plugin's arguments for these marks. */
export function pluginArguments(marks: Marks): readonly string[] {
  const hex = (address: number) => address.toString(16);
  return markedRanges(marks).map(([first, last]) => `mark=${hex(first)}${last === first ? '' : `-${hex(last)}`}`);
}

/** Pairs the events of the plugin's file into calls and layers. */
export function readCounts(text: string, marks: Marks): readonly CallCount[] {
  const calls: CallCount[] = [];
  let begin: Event | undefined;
  let layers: LayerCount[] = [];
  let open: { readonly layer: number; readonly at: number }[] = [];
  for (const event of parseEvents(text)) {
    const place = placeOf(event.address, marks);
    switch (place.kind) {
      case 'call-begin':
        [begin, layers, open] = [event, [], []];
        break;
      case 'call-end':
        invariant(begin !== undefined && open.length === 0, 'a measured call ends that did not begin');
        calls.push({ instructions: event.instructions - begin.instructions - CALL_INSTRUCTIONS, layers });
        begin = undefined;
        break;
      case 'layer-begin':
        open.push({ layer: place.layer, at: event.instructions });
        break;
      case 'layer-end': {
        const last = open.pop();
        invariant(last !== undefined && last.layer === place.layer, `layer ${place.layer} ends that did not begin`);
        layers.push({ layer: place.layer, instructions: event.instructions - last.at - LAYER_INSTRUCTIONS });
        break;
      }
      default:
        place satisfies never;
    }
  }
  return calls;
}

/** The events of the plugin's file, in order. */
export function parseEvents(text: string): readonly Event[] {
  const events: Event[] = [];
  let blocks: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('block ')) blocks.push(line);
    if (line === '' || line.startsWith('exit ') || line.startsWith('block ')) continue;
    const [address, count] = line.split(' ');
    events.push({ address: Number.parseInt(address ?? '', 16), instructions: Number(count), blocks });
    blocks = [];
  }
  return events;
}

/** What a marked address is. */
export type Place =
  | { readonly kind: 'call-begin' | 'call-end' }
  | { readonly kind: 'layer-begin' | 'layer-end'; readonly layer: number };

/** The mark at an address. */
export function placeOf(address: number, { callBegin, callEnd, layers }: Marks): Place {
  if (address === callBegin) return { kind: 'call-begin' };
  if (address === callEnd) return { kind: 'call-end' };
  for (const [kind, first] of [
    ['layer-begin', layers?.begin],
    ['layer-end', layers?.end],
  ] as const) {
    const layer = first === undefined ? -1 : (address - first) / HOOK_STEP;
    if (layer >= 0 && layer < LAYERS_MAX) return { kind, layer };
  }
  throw new InternalError(`the plugin reports the unknown address ${address.toString(16)}`);
}
