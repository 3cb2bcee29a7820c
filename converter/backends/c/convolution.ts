import type { Clamp } from '../../ops/definition.ts';
import type { Geometry } from './geometry.ts';

/** Where the weight of an output channel for kernel position `ky * kernelWidth + kx` and channel of the group stands. */
export type WeightPlace = (output: number, position: number, channel: number) => number;

/** A convolution as the kernels see it; a fully connected layer is one of 1x1 over its rows. */
export interface Convolution {
  readonly stem: string;
  readonly geometry: Geometry;
  readonly groups: number;
  readonly clamp: Clamp;
  readonly place: WeightPlace;
}
