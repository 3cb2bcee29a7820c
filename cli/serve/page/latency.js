// @ts-check
/*
 * How long runs take: samples, what they say, and their histogram.
 */

import { describe, element, showMs, svg } from './elements.js';

/**
 * The mean of one or more runs, since the clock of a browser moves in steps.
 * @typedef {{ readonly ms: number, readonly runs: number }} LatencySample
 */

/** More samples than these are forgotten, the oldest first. */
const mostSamples = 20_000;

/** A sample is to be at least so many ticks of the clock long. */
const ticks = 20;

/** @type {LatencySample[]} */
let samples = [];

/** @param {LatencySample} sample */
export function addSample(sample) {
  samples.push(sample);
  if (samples.length > mostSamples) samples = samples.slice(-mostSamples / 2);
}

export function forgetSamples() {
  samples = [];
}

/** How far the clock of this page moves at a time, in ms. */
export function clockTickMs() {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 8; i++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    least = Math.min(least, now - start);
  }
  return least;
}

/**
 * How many runs make a sample that the clock can tell.
 * @param {() => void} run
 * @param {number} tickMs
 */
export function runsPerSample(run, tickMs) {
  // First runs are slow: code is compiled, memory fetched.
  for (let i = 0; i < 5; i++) run();
  let runs = 1;
  for (;;) {
    // One of three that nothing has disturbed.
    const took = runs * Math.min(...[0, 1, 2].map(() => timed(run, runs).ms));
    if (took >= ticks * tickMs || runs >= 4096) return runs;
    runs *= 2;
  }
}

/** @param {() => void} run @param {number} runs @returns {LatencySample} */
export function timed(run, runs) {
  const start = performance.now();
  for (let i = 0; i < runs; i++) run();
  return { ms: (performance.now() - start) / runs, runs };
}

/**
 * The value below which a part of ascending ones lie: the nearest rank.
 * @param {readonly number[]} sorted
 * @param {number} part
 */
export function percentile(sorted, part) {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

/** Shows what was measured so far. @param {number} tickMs */
export function showLatency(tickMs) {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  const runs = samples.reduce((sum, one) => sum + one.runs, 0);
  const [p50, p95] = [percentile(sorted, 0.5), percentile(sorted, 0.95)];
  const isEmpty = samples.length === 0;
  /** @type {readonly (readonly [string, string])[]} */
  const figures = [
    ['Median (p50)', isEmpty ? '–' : showMs(p50)],
    ['95 of 100 (p95)', isEmpty ? '–' : showMs(p95)],
    ['Fastest', isEmpty ? '–' : showMs(sorted[0] ?? 0)],
    ['Samples', String(samples.length)],
  ];
  describe(element('latency'), figures, true);
  const place = element('histogram');
  if (isEmpty) place.replaceChildren();
  else place.replaceChildren(histogram(sorted, { p50, p95 }, Math.max(260, Math.min(640, place.clientWidth))));
  const grouped = runs > samples.length ? ` ${runs} runs in all: short ones are timed together.` : '';
  element('clock').textContent = isEmpty ? '' : `The clock of this page moves by ${showMs(tickMs)}.${grouped}`;
}

const bins = 32;
const plot = { height: 150, left: 4, right: 4, top: 30, bottom: 20 };

/**
 * How many samples fall into each bin of equal width; the last takes all that are longer.
 * @param {readonly number[]} sorted
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function binned(sorted, low, high, count) {
  const counts = new Array(count).fill(0);
  for (const ms of sorted) {
    const at = Math.floor(((ms - low) / (high - low)) * count);
    counts[Math.min(count - 1, Math.max(0, at))]++;
  }
  return counts;
}

/**
 * @param {readonly number[]} sorted
 * @param {{ readonly p50: number, readonly p95: number }} marks
 * @param {number} width in CSS pixels, so that text keeps its size
 */
function histogram(sorted, { p50, p95 }, width) {
  const box = { ...plot, width };
  const low = sorted[0] ?? 0;
  // Rare long runs would press all others into one bin.
  const most = Math.max(p95 + 0.25 * (p95 - low), 1.25 * p50);
  const high = Math.max(Math.min(most, sorted.at(-1) ?? 0), 1.05 * low + 1e-6);
  const counts = binned(sorted, low, high, bins);
  const tallest = Math.max(...counts);
  const across = box.width - box.left - box.right;
  const down = box.height - box.top - box.bottom;
  const base = box.height - box.bottom;
  const x = (/** @type {number} */ ms) => box.left + Math.min(1, (ms - low) / (high - low)) * across;
  const bars = counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(1, (count / tallest) * down);
    const place = { x: box.left + (i * across) / bins + 0.5, width: across / bins - 1 };
    return svg('rect', { ...place, y: base - height, height, 'data-count': count });
  });
  const isLonger = (sorted.at(-1) ?? 0) > high;
  const label = `Histogram of ${sorted.length} samples from ${showMs(low)} to ${showMs(sorted.at(-1) ?? 0)}: median ${showMs(p50)}, 95th percentile ${showMs(p95)}`;
  const anchor = (/** @type {number} */ at) => (at < 30 ? 'start' : at > box.width - 30 ? 'end' : 'middle');
  const mark = (/** @type {number} */ ms, /** @type {string} */ name, /** @type {number} */ y) => [
    svg('line', { class: 'mark', x1: x(ms), x2: x(ms), y1: y + 3, y2: base }),
    svg('text', { x: x(ms), y, 'text-anchor': anchor(x(ms)) }, name),
  ];
  return svg(
    'svg',
    { viewBox: `0 0 ${box.width} ${box.height}`, role: 'img', 'aria-label': label },
    ...bars,
    svg('line', { x1: box.left, x2: box.width - box.right, y1: base, y2: base }),
    ...mark(p50, 'p50', 24),
    ...mark(p95, 'p95', 11),
    svg('text', { x: box.left, y: box.height - 5 }, showMs(low)),
    svg(
      'text',
      { x: box.width - box.right, y: box.height - 5, 'text-anchor': 'end' },
      `${showMs(high)}${isLonger ? ' and more' : ''}`,
    ),
  );
}
