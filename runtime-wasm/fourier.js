// @ts-check
/*
 * The discrete Fourier transform X[k] = sum over n of x[n] exp(-2 pi i k n / size), of any size, in float64.
 */

/**
 * Transforms in place. @typedef {(re: Float64Array, im: Float64Array) => void} Transform
 */

/**
 * A transform of `size` points with its tables. Powers of two go by radix 2 (Cooley and Tukey, "An algorithm for the machine calculation
 * of complex Fourier series", 1965), other sizes by the chirp of Bluestein ("A linear filtering approach to the computation of discrete
 * Fourier transform", 1970).
 * @param {number} size 1 or more
 * @returns {Transform}
 */
export function fourierTransform(size) {
  return (size & (size - 1)) === 0 ? radix2(size) : chirped(size);
}

/**
 * @param {number} size a power of two
 * @returns {Transform}
 */
function radix2(size) {
  const half = size / 2;
  const cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  const reversed = reversedBits(size);
  return (re, im) => {
    for (let i = 0; i < size; i++) {
      const j = reversed[i] ?? 0;
      if (j > i) swap(re, im, i, j);
    }
    for (let span = 1; span < size; span *= 2) {
      const step = half / span;
      for (let start = 0; start < size; start += 2 * span) {
        for (let k = 0; k < span; k++) {
          const a = start + k;
          const b = a + span;
          const c = cos[k * step] ?? 0;
          const s = sin[k * step] ?? 0;
          const x = (re[b] ?? 0) * c + (im[b] ?? 0) * s;
          const y = (im[b] ?? 0) * c - (re[b] ?? 0) * s;
          re[b] = (re[a] ?? 0) - x;
          im[b] = (im[a] ?? 0) - y;
          re[a] = (re[a] ?? 0) + x;
          im[a] = (im[a] ?? 0) + y;
        }
      }
    }
  };
}

/**
 * Each index with its bits in the other order.
 * @param {number} size a power of two
 */
function reversedBits(size) {
  const out = new Uint32Array(size);
  for (let i = 1; i < size; i++) out[i] = ((out[i >> 1] ?? 0) >> 1) | (i & 1 ? size / 2 : 0);
  return out;
}

/**
 * @param {Float64Array} re
 * @param {Float64Array} im
 * @param {number} i
 * @param {number} j
 */
function swap(re, im, i, j) {
  [re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0];
  [im[i], im[j]] = [im[j] ?? 0, im[i] ?? 0];
}

/**
 * k n = (k^2 + n^2 - (k - n)^2) / 2 makes a convolution of the transform, which three transforms of a power of two compute.
 * @param {number} size
 * @returns {Transform}
 */
function chirped(size) {
  let wide = 1;
  while (wide < 2 * size - 1) wide *= 2;
  const transform = radix2(wide);
  // k^2 is reduced before it is an angle, so that large indices keep their digits.
  const angle = Float64Array.from({ length: size }, (_, k) => (Math.PI * ((k * k) % (2 * size))) / size);
  const [cos, sin] = [angle.map(Math.cos), angle.map(Math.sin)];
  const [chirpRe, chirpIm] = [new Float64Array(wide), new Float64Array(wide)];
  for (let k = 0; k < size; k++) {
    for (const at of k === 0 ? [0] : [k, wide - k]) {
      chirpRe[at] = cos[k] ?? 0;
      chirpIm[at] = sin[k] ?? 0;
    }
  }
  transform(chirpRe, chirpIm);
  const [a, b] = [new Float64Array(wide), new Float64Array(wide)];
  return (re, im) => {
    a.fill(0);
    b.fill(0);
    for (let k = 0; k < size; k++) {
      const [x, y, c, s] = [re[k] ?? 0, im[k] ?? 0, cos[k] ?? 0, sin[k] ?? 0];
      a[k] = x * c + y * s;
      b[k] = y * c - x * s;
    }
    transform(a, b);
    for (let k = 0; k < wide; k++) {
      const [x, y, c, s] = [a[k] ?? 0, b[k] ?? 0, chirpRe[k] ?? 0, chirpIm[k] ?? 0];
      a[k] = x * c - y * s;
      // The inverse transform is that of the conjugate.
      b[k] = -(x * s + y * c);
    }
    transform(a, b);
    for (let k = 0; k < size; k++) {
      const [x, y, c, s] = [(a[k] ?? 0) / wide, -(b[k] ?? 0) / wide, cos[k] ?? 0, sin[k] ?? 0];
      re[k] = x * c + y * s;
      im[k] = y * c - x * s;
    }
  };
}
