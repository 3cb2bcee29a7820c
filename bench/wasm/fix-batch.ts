import type { Shape } from '../../converter/tensor/shape.ts';

/**
 * A TFLite file whose open batch sizes are 1. Exported models often leave the batch open, which some peers refuse and
 * others answer with slow kernels; a fixed one is what their users are told to export.
 *
 * A tensor's `shape_signature` is a vector of int32: the rank, then -1 for the open size, then the other sizes. Only
 * vectors that fit one of `shapes`, the shapes of the model, are changed; everything else stays, offsets included.
 */
export function fixBatch(file: Uint8Array, shapes: Iterable<Shape>): Uint8Array {
  const wanted = new Set([...shapes].filter((shape) => shape.length > 1 && shape[0] === 1).map(key));
  const ranks = new Set([...wanted].map((shape) => shape.split(',').length + 1));
  const fixed = Uint8Array.from(file);
  const view = new DataView(fixed.buffer);
  for (let at = 0; at + 8 <= fixed.length; at += 4) {
    const rank = view.getInt32(at, true);
    if (!ranks.has(rank) || view.getInt32(at + 4, true) !== -1 || at + 4 * (rank + 1) > fixed.length) continue;
    const rest = Array.from({ length: rank - 1 }, (_, i) => view.getInt32(at + 8 + 4 * i, true));
    if (wanted.has(rest.join())) view.setInt32(at + 4, 1, true);
  }
  return fixed;
}

/** All sizes but the batch. */
function key(shape: Shape): string {
  return shape.slice(1).join();
}
