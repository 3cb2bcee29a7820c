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
  readonly bytes: number;
}

/** Layers by the first of these headers that they use. */
const byHeader: readonly Frame[] = [
  { header: 'depthwise.h', bytes: 288 },
  { header: 'lstm.h', bytes: 288 },
  { header: 'panel.h', bytes: 232 },
  { header: 'dot.h', bytes: 232 },
  { header: 'products.h', bytes: 200 },
  { header: 'hybrid.h', bytes: 240 },
  { header: 'int16_long.h', bytes: 488 },
  { header: 'int16_panel.h', bytes: 424 },
  { header: 'int16_depthwise.h', bytes: 456 },
  { header: 'recurrent.h', bytes: 184 },
  { header: 'softmax.h', bytes: 128 },
];

/** Layers that use none of them. */
const otherBytes = 184;

/** Bytes of a layer's own frame and of the support functions that it calls; see the table. */
export function frameBytes({ headers }: Pick<CLayer, 'headers'>): number {
  return byHeader.find(({ header }) => headers.some((name) => name === header))?.bytes ?? otherBytes;
}
