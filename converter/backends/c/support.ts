import { readFileSync } from 'node:fs';
import type { SupportHeader } from './kernel.ts';

/** Headers that another one includes. */
const includes: { readonly [H in SupportHeader]: readonly SupportHeader[] } = {
  'integer.h': [],
  'dot.h': ['integer.h'],
  'products.h': ['integer.h'],
  'panel.h': ['integer.h', 'dot.h'],
  'small.h': ['integer.h'],
  'nested.h': ['small.h', 'integer.h'],
  'gather.h': ['integer.h', 'dot.h', 'panel.h', 'folded.h'],
  'wide.h': ['panel.h', 'integer.h', 'dot.h'],
  'folded.h': ['panel.h', 'integer.h', 'dot.h'],
  'helium.h': ['integer.h', 'dot.h'],
  'nibbles.h': ['integer.h', 'dot.h', 'panel.h', 'folded.h', 'helium.h'],
  'depthwise.h': ['integer.h'],
  'bands.h': ['integer.h'],
  'add.h': ['integer.h'],
  'softmax.h': ['integer.h'],
  'hybrid.h': ['integer.h'],
  'real.h': ['integer.h'],
  'int16.h': ['integer.h'],
  'int16_tiles.h': ['int16.h'],
  'int16_panel.h': ['int16_tiles.h'],
  'int16_long.h': ['int16_panel.h'],
  'int16_depthwise.h': ['int16_tiles.h'],
  'recurrent.h': ['real.h'],
  'whole.h': ['integer.h'],
  'lstm.h': ['integer.h', 'dot.h'],
  'move.h': ['integer.h'],
  'stream.h': ['move.h'],
};

/** All of them, each behind what it includes. */
export const supportHeaders: readonly SupportHeader[] = [
  'integer.h',
  'dot.h',
  'products.h',
  'panel.h',
  'wide.h',
  'folded.h',
  'gather.h',
  'small.h',
  'nested.h',
  'helium.h',
  'nibbles.h',
  'depthwise.h',
  'bands.h',
  'add.h',
  'softmax.h',
  'hybrid.h',
  'real.h',
  'int16.h',
  'int16_tiles.h',
  'int16_panel.h',
  'int16_long.h',
  'int16_depthwise.h',
  'recurrent.h',
  'whole.h',
  'lstm.h',
  'move.h',
  'stream.h',
];

/** The headers and all that they include, each once, in the order of the table. */
export function withIncludes(headers: Iterable<SupportHeader>): SupportHeader[] {
  const wanted = new Set<SupportHeader>();
  const add = (header: SupportHeader) => {
    wanted.add(header);
    includes[header].forEach(add);
  };
  for (const header of headers) add(header);
  return supportHeaders.filter((header) => wanted.has(header));
}

/** The text of a header of `support/`, with the names of the model. */
export function supportText(header: SupportHeader, prefix: string): string {
  return renamed(readFileSync(new URL(`./support/${header}`, import.meta.url), 'utf8'), prefix);
}

/** `test/<m>_profile.c`: ticks of each layer, for a program that wants them. */
export function profileText(prefix: string, layerCount: number): string {
  const text = readFileSync(new URL('./support/profile.c', import.meta.url), 'utf8');
  return renamed(text, prefix).replace(/(_LAYERS) 0$/m, `$1 ${Math.max(1, layerCount)}`);
}

/** `thimble_` and `THIMBLE_` become the prefix of the model. The profile hooks are the same for all models. */
export function renamed(text: string, prefix: string): string {
  return text
    .replace(/\bthimble_(?!profile_)/g, `${prefix}_`)
    .replace(/\bTHIMBLE_(?!PROFILE\b)/g, `${prefix.toUpperCase()}_`);
}
