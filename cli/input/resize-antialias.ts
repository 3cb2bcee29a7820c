import type { Picture } from './picture.ts';

/** The source positions from `first` on that make one output position, with 22-bit weights. */
interface Support {
  readonly first: number;
  readonly weights: readonly number[];
}

const weightBits = 22;

/** A triangle as wide as two source pixels, or two output pixels where the picture shrinks. */
function supports(from: number, to: number): readonly Support[] {
  const scale = from / to;
  const radius = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - radius + 0.5));
    const end = Math.min(from, Math.floor(centre + radius + 0.5));
    const raw = Array.from({ length: end - first }, (_value, k) => {
      return Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / radius));
    });
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { first, weights: raw.map((weight) => Math.floor((weight / sum) * 2 ** weightBits + 0.5)) };
  });
}

/**
 * Bilinear resize with a low-pass filter where the picture shrinks, as Pillow's `Image.resize(..., BILINEAR)` does it:
 * first along the rows, then along the columns, each rounded to 8 bits.
 */
export function resizeAntialiased(picture: Picture, width: number, height: number): Picture {
  if (picture.width === width && picture.height === height) return picture;
  const { channels } = picture;
  const across = along(
    picture.data,
    supports(picture.width, width),
    picture.height,
    picture.width * channels,
    channels,
    channels,
  );
  const data = along(across, supports(picture.height, height), width, channels, width * channels, channels);
  // `along` gives lines x positions; the second pass has columns as lines.
  const out = new Uint8Array(width * height * channels);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < channels; c++)
        out[(y * width + x) * channels + c] = data[(x * height + y) * channels + c] ?? 0;
    }
  }
  return { width, height, channels, data: out };
}

/** Filters `lines` lines, `lineStep` apart, along an axis of step `step`; the result is [line][position][channel]. */
function along(
  data: Uint8Array,
  targets: readonly Support[],
  lines: number,
  lineStep: number,
  step: number,
  channels: number,
): Uint8Array {
  const out = new Uint8Array(lines * targets.length * channels);
  let to = 0;
  for (let line = 0; line < lines; line++) {
    for (const { first, weights } of targets) {
      for (let c = 0; c < channels; c++) {
        let sum = 2 ** (weightBits - 1);
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] ?? 0) * (data[line * lineStep + (first + k) * step + c] ?? 0);
        }
        out[to++] = Math.min(255, Math.floor(sum / 2 ** weightBits));
      }
    }
  }
  return out;
}
