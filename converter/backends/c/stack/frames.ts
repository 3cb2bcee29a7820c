import type { CLayer, SupportHeader } from '../kernel.ts';

/**
 * What the layer functions put on the stack besides their local arrays and the library functions that they name: saved
 * registers, spilled values, structures, and the frames of the support functions below them.
 *
 * Such frames are the compiler's choice. These are upper bounds of what GCC 12.2 makes for Cortex-M3, M4 (with and without
 * floating point), M7 and M33 with -O2 and -Os, of all layers of the models and operator cases that the tests know, read from the machine
 * code by `targets/stack`, and at least 12 bytes more; a test compares them anew. Sources are compiled one by one, without link-time optimization.
 */
interface Frame {
  readonly header: SupportHeader;
  /** Layers that name this function; null for all others with the header. */
  readonly names: string | null;
  readonly bytes: number;
}

const every = (header: SupportHeader, bytes: number): Frame => ({ header, names: null, bytes });

/** Layers by the first of these headers that they use. */
const byHeader: readonly Frame[] = [
  every('small.h', 416),
  every('nested.h', 448),
  every('nibbles.h', 344),
  every('bands.h', 464),
  every('depthwise.h', 288),
  every('lstm.h', 288),
  { header: 'gather.h', names: 'thimble_gather_windows', bytes: 336 },
  every('gather.h', 208),
  every('panel.h', 232),
  every('dot.h', 232),
  every('products.h', 200),
  every('hybrid.h', 240),
  every('int16_long.h', 488),
  every('int16_panel.h', 424),
  every('int16_depthwise.h', 456),
  every('recurrent.h', 184),
  every('softmax.h', 128),
];

/** Layers that use none of them. */
const otherBytes = 184;

/** Bytes of a layer's own frame and of the support functions that it calls; see the table. */
export function frameBytes({ headers, body }: Pick<CLayer, 'headers' | 'body'>): number {
  const fits = ({ header, names }: Frame) =>
    headers.some((name) => name === header) && (names === null || body.includes(names));
  return byHeader.find(fits)?.bytes ?? otherBytes;
}
