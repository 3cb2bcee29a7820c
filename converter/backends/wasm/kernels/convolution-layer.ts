import type { Clamp } from '../../../ops/definition.ts';
import type { HybridMode } from '../../../ops/hybrid.ts';
import type { Chunks, PatchGeometry } from '../packing/patches.ts';

/** A layer that multiplies patches of its input with a matrix of weights. */
export interface ConvolutionLayer {
  readonly geometry: PatchGeometry;
  readonly chunks: Chunks;
  readonly groups: number;
  readonly outputs: number;
  readonly clamp: Clamp;
  /** A hybrid layer quantizes the images of the geometry one by one. */
  readonly hybrid: HybridMode;
  /** The stored weight of output channel `channel` at place `i` of its patch. */
  weightIndex(channel: number, i: number): number;
}
