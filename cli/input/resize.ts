import type { Picture } from './picture.ts';

/** The largest centred square; of an odd remainder the smaller half is cut at the left or top. */
export function cropCentreSquare(picture: Picture): Picture {
  const { width, height, channels, data } = picture;
  const side = Math.min(width, height);
  if (width === height) return picture;
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const out = new Uint8Array(side * side * channels);
  for (let row = 0; row < side; row++) {
    const start = ((top + row) * width + left) * channels;
    out.set(data.subarray(start, start + side * channels), row * side * channels);
  }
  return { width: side, height: side, channels, data: out };
}

/** Two neighbours and the weight of the second, for each output position along one axis. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Output position i looks at (i + 0.5) * from / to - 0.5, clamped to the picture. `nearest` takes floor((i + 0.5) * from / to).
 */
function taps(from: number, to: number, method: 'bilinear' | 'nearest'): Taps {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const centre = ((i + 0.5) * from) / to;
    const at = method === 'nearest' ? Math.floor(centre) : Math.max(0, centre - 0.5);
    const low = Math.min(from - 1, Math.floor(at));
    first[i] = low;
    second[i] = Math.min(from - 1, low + 1);
    weight[i] = at - low;
  }
  return { first, second, weight };
}

/**
 * `picture` at another size, without low-pass filter: bilinear with half-pixel centres (TensorFlow's
 * `half_pixel_centers`), or the nearest pixel. Values are rounded to the nearest integer.
 */
export function resizePicture(
  picture: Picture,
  width: number,
  height: number,
  method: 'bilinear' | 'nearest',
): Picture {
  if (picture.width === width && picture.height === height) return picture;
  const { channels, data } = picture;
  const across = taps(picture.width, width, method);
  const down = taps(picture.height, height, method);
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const top = (down.first[y] ?? 0) * picture.width;
    const bottom = (down.second[y] ?? 0) * picture.width;
    const dy = down.weight[y] ?? 0;
    for (let x = 0; x < width; x++) {
      const left = across.first[x] ?? 0;
      const right = across.second[x] ?? 0;
      const dx = across.weight[x] ?? 0;
      for (let c = 0; c < channels; c++) {
        const at = (pixel: number): number => data[pixel * channels + c] ?? 0;
        const upper = at(top + left) * (1 - dx) + at(top + right) * dx;
        const lower = at(bottom + left) * (1 - dx) + at(bottom + right) * dx;
        out[(y * width + x) * channels + c] = Math.round(upper * (1 - dy) + lower * dy);
      }
    }
  }
  return { width, height, channels, data: out };
}

/**
 * `picture` with another number of channels. Grey is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, in 16-bit
 * fixed point, so that equal R, G and B give that value. Transparency is dropped; where four channels are wanted it is
 * kept, or opaque.
 */
export function convertChannels(picture: Picture, channels: 1 | 3 | 4): Picture {
  if (picture.channels === channels) return picture;
  const { width, height, data } = picture;
  const out = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * picture.channels;
    const red = data[from] ?? 0;
    const green = picture.channels === 1 ? red : (data[from + 1] ?? 0);
    const blue = picture.channels === 1 ? red : (data[from + 2] ?? 0);
    const to = pixel * channels;
    if (channels === 1) {
      out[to] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    } else {
      out.set([red, green, blue], to);
      if (channels === 4) out[to + 3] = 255;
    }
  }
  return { width, height, channels, data: out };
}
