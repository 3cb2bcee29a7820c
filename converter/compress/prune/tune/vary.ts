import { at } from '../../../ops/definition.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/** Ways to make further samples of those that there are. */
export const variationNames = ['mix', 'mirror', 'zoom', 'light'] as const;

export type Variation = (typeof variationNames)[number];

/** What a variation does, for help texts. */
export const variationTexts: { readonly [V in Variation]: string } = {
  mix: 'blends two samples',
  mirror: 'left becomes right',
  zoom: 'a part of the picture, moved and enlarged',
  light: 'brightness, contrast and color',
};

/** Pictures take all; what else there is, only blends: a mirrored spectrogram is no sound. */
export function usualVariations(inputs: readonly Tensor[]): readonly Variation[] {
  return inputs.length > 0 && inputs.every(isPicture) ? variationNames : ['mix'];
}

/** Whether a tensor is one picture of three colors. */
function isPicture({ type: { shape, dtype } }: Tensor): boolean {
  const [batch, height = 0, width = 0, channels] = shape;
  return dtype === 'float32' && shape.length === 4 && batch === 1 && channels === 3 && height > 1 && width > 1;
}

/** Sizes of the part that `zoom` shows, as shares of the picture: more than all repeats its edge. */
const zoomFrom = 0.625;
const zoomTo = 1.0625;

/** How far `light` goes: contrast, brightness as a share of the range of all samples, and contrast of single colors. */
const contrast = 0.3;
const brightness = 0.1;
const colors = 0.15;

/** How often a sample is a blend of two. */
const mixShare = 0.5;

/** Least and largest element of the float32 inputs of all samples. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A new sample made of `first`, and of `second` where they are blended. Tensors that are not float32 stay as they are. */
export function varied(
  first: readonly Tensor[],
  second: readonly Tensor[],
  variations: readonly Variation[],
  range: Range,
  random: () => number,
): readonly Tensor[] {
  const changed = [first, second].map((sample) =>
    sample.map((tensor) => variedPicture(tensor, variations, range, random)),
  );
  const [own, other] = [at(changed, 0), at(changed, 1)];
  if (!variations.includes('mix') || random() >= mixShare) return own;
  const share = random();
  return own.map((tensor, i): Tensor => {
    const { data, type } = tensor;
    const partner = at(other, i).data;
    if (!(data instanceof Float32Array) || !(partner instanceof Float32Array)) return tensor;
    return { type, data: data.map((value, k) => (1 - share) * value + share * (partner[k] ?? 0)) };
  });
}

function variedPicture(tensor: Tensor, variations: readonly Variation[], range: Range, random: () => number): Tensor {
  if (!(tensor.data instanceof Float32Array) || tensor.type.shape.length !== 4) return tensor;
  const mirrored = variations.includes('mirror') && random() < 0.5;
  let data: Float32Array = tensor.data;
  if (variations.includes('zoom')) data = part(tensor, data, mirrored, random);
  else if (mirrored) data = window(tensor, data, { top: 0, left: 0, scale: 1 }, true);
  if (variations.includes('light')) data = lit(data, tensor.type.shape.at(-1) ?? 1, range, random);
  return { type: tensor.type, data };
}

function part(tensor: Tensor, data: Float32Array, mirrored: boolean, random: () => number): Float32Array {
  const [, height = 1, width = 1] = tensor.type.shape;
  const scale = zoomFrom + (zoomTo - zoomFrom) * random();
  const place = { top: (1 - scale) * height * random(), left: (1 - scale) * width * random(), scale };
  return window(tensor, data, place, mirrored);
}

/** The window of a picture, enlarged to its size with straight lines between pixels. */
function window(
  { type: { shape } }: Tensor,
  data: Float32Array,
  { top, left, scale }: { readonly top: number; readonly left: number; readonly scale: number },
  mirrored: boolean,
): Float32Array {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  const result = new Float32Array(data.length);
  const [ys, xs] = [axisPlaces(height, top, scale), axisPlaces(width, left, scale)];
  if (mirrored) xs.reverse();
  let to = 0;
  for (let n = 0; n < batch; n++) {
    const image = n * height * width * channels;
    for (const y of ys) {
      for (const x of xs) {
        const corner = (row: number, column: number) => image + (row * width + column) * channels;
        const [a, b, c, d] = [
          corner(y.low, x.low),
          corner(y.low, x.high),
          corner(y.high, x.low),
          corner(y.high, x.high),
        ];
        for (let i = 0; i < channels; i++) {
          const upper = (data[a + i] ?? 0) * (1 - x.share) + (data[b + i] ?? 0) * x.share;
          const lower = (data[c + i] ?? 0) * (1 - x.share) + (data[d + i] ?? 0) * x.share;
          result[to++] = upper * (1 - y.share) + lower * y.share;
        }
      }
    }
  }
  return result;
}

interface Place {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

function axisPlaces(size: number, first: number, scale: number): Place[] {
  return Array.from({ length: size }, (_, i) => {
    const place = Math.min(size - 1, Math.max(0, first + (i + 0.5) * scale - 0.5));
    const low = Math.floor(place);
    return { low, high: Math.min(size - 1, low + 1), share: place - low };
  });
}

function lit(data: Float32Array, channels: number, { min, max }: Range, random: () => number): Float32Array {
  const signed = () => 2 * random() - 1;
  const all = 1 + contrast * signed();
  const offset = brightness * (max - min) * signed();
  const factors = Array.from({ length: channels }, () => all * (1 + colors * signed()));
  return data.map((value, i) => {
    const moved = min + (value - min) * (factors[i % channels] ?? 1) + offset;
    return Math.min(max, Math.max(min, moved));
  });
}
