// @ts-check

/** The quantile `q`, interpolated between the order statistics. @param {readonly number[]} samples @param {number} q */
export function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** @param {number} ms */
export function duration(ms) {
  return ms < 1 ? `${(1000 * ms).toFixed(1)} µs` : `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

/** In kB of 1000 bytes. @param {number} bytes */
export function kilobytes(bytes) {
  return `${(bytes / 1000).toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} kB`;
}

/** @param {number} value */
export function times(value) {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}x`;
}

/** A promise of the next task, so that the page can draw. */
export const breath = () => new Promise((done) => setTimeout(done, 0));
