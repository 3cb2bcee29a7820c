// @ts-check
/*
 * Pixels as models want them: cropped, resized, in other channels and axes. The command line prepares pictures by the same code.
 */

/**
 * Pixels in rows from the top, channels interleaved.
 * @typedef {{ readonly width: number, readonly height: number, readonly channels: 1 | 3 | 4, readonly data: Uint8Array }} Picture
 */

/**
 * What a model input means as a picture, and how a picture comes to be so.
 * @typedef {object} PictureFeed
 * @property {number} width
 * @property {number} height
 * @property {1 | 3 | 4} channels
 * @property {'nhwc' | 'nchw'} layout
 * @property {'rgb' | 'bgr' | 'grey'} color
 * @property {'antialias' | 'bilinear' | 'nearest'} resize
 * @property {'stretch' | 'centre-crop'} fit
 */

/**
 * Crops, resizes, then converts channels; the axes in the order of the input.
 * @param {Picture} picture
 * @param {PictureFeed} feed
 * @returns {Uint8Array} height x width x channels, or channels x height x width
 */
export function pictureValues(picture, { width, height, channels, layout, color, resize, fit }) {
  const cropped = fit === 'centre-crop' ? cropCentreSquare(picture) : picture;
  const resized =
    resize === 'antialias' ? resizeAntialiased(cropped, width, height) : resizePicture(cropped, width, height, resize);
  const data = coloured(resized, channels, color);
  return layout === 'nhwc' ? data : toChannelsFirst(data, channels);
}

/**
 * The largest centred square; of an odd remainder the smaller half is cut at the left or top.
 * @param {Picture} picture
 * @returns {Picture}
 */
export function cropCentreSquare(picture) {
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

/**
 * Two neighbours and the weight of the second, for each output position along one axis: position i looks at
 * (i + 0.5) * from / to - 0.5, clamped to the picture. `nearest` takes floor((i + 0.5) * from / to).
 * @param {number} from
 * @param {number} to
 * @param {'bilinear' | 'nearest'} method
 */
function taps(from, to, method) {
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
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {'bilinear' | 'nearest'} method
 * @returns {Picture}
 */
export function resizePicture(picture, width, height, method) {
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
        /** @param {number} pixel */
        const at = (pixel) => data[pixel * channels + c] ?? 0;
        const upper = at(top + left) * (1 - dx) + at(top + right) * dx;
        const lower = at(bottom + left) * (1 - dx) + at(bottom + right) * dx;
        out[(y * width + x) * channels + c] = Math.round(upper * (1 - dy) + lower * dy);
      }
    }
  }
  return { width, height, channels, data: out };
}

const weightBits = 22;

/**
 * The source positions from `first` on that make one output position, with 22-bit weights.
 * @typedef {{ readonly first: number, readonly weights: readonly number[] }} Support
 */

/**
 * A triangle as wide as two source pixels, or two output pixels where the picture shrinks.
 * @param {number} from
 * @param {number} to
 * @returns {readonly Support[]}
 */
function supports(from, to) {
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
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
export function resizeAntialiased(picture, width, height) {
  if (picture.width === width && picture.height === height) return picture;
  const { channels } = picture;
  const lines = { count: picture.height, step: picture.width * channels, along: channels };
  const across = filtered(picture.data, supports(picture.width, width), lines, channels);
  const columns = { count: width, step: channels, along: width * channels };
  const data = filtered(across, supports(picture.height, height), columns, channels);
  // The second pass has columns as lines.
  const out = new Uint8Array(width * height * channels);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < channels; c++)
        out[(y * width + x) * channels + c] = data[(x * height + y) * channels + c] ?? 0;
    }
  }
  return { width, height, channels, data: out };
}

/**
 * Filters lines that are `step` apart, along an axis whose positions are `along` apart.
 * @param {Uint8Array} data
 * @param {readonly Support[]} targets
 * @param {{ readonly count: number, readonly step: number, readonly along: number }} lines
 * @param {number} channels
 * @returns {Uint8Array} line x position x channel
 */
function filtered(data, targets, lines, channels) {
  const out = new Uint8Array(lines.count * targets.length * channels);
  let to = 0;
  for (let line = 0; line < lines.count; line++) {
    for (const { first, weights } of targets) {
      for (let c = 0; c < channels; c++) {
        let sum = 2 ** (weightBits - 1);
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] ?? 0) * (data[line * lines.step + (first + k) * lines.along + c] ?? 0);
        }
        out[to++] = Math.min(255, Math.floor(sum / 2 ** weightBits));
      }
    }
  }
  return out;
}

/**
 * The channels that the input wants, in the declared order.
 * @param {Picture} picture
 * @param {1 | 3 | 4} channels
 * @param {'rgb' | 'bgr' | 'grey'} color
 * @returns {Uint8Array}
 */
function coloured(picture, channels, color) {
  const grey = color === 'grey' ? convertChannels(picture, 1) : picture;
  const { data } = convertChannels(grey, channels);
  if (color !== 'bgr' || channels === 1) return data;
  const out = Uint8Array.from(data);
  for (let i = 0; i + 2 < data.length; i += channels) [out[i], out[i + 2]] = [data[i + 2] ?? 0, data[i] ?? 0];
  return out;
}

/**
 * `picture` with another number of channels. Grey is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, in 16-bit
 * fixed point, so that equal R, G and B give that value. Transparency is dropped; where four channels are wanted it is
 * kept, or opaque.
 * @param {Picture} picture
 * @param {1 | 3 | 4} channels
 * @returns {Picture}
 */
export function convertChannels(picture, channels) {
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

/**
 * @param {Uint8Array} data
 * @param {number} channels
 * @returns {Uint8Array}
 */
function toChannelsFirst(data, channels) {
  const pixels = data.length / channels;
  const out = new Uint8Array(data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < channels; c++) out[c * pixels + pixel] = data[pixel * channels + c] ?? 0;
  }
  return out;
}
