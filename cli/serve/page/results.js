// @ts-check
/*
 * What the model makes of its input: classes as bars, anything else as numbers.
 */

import { element, make, showNumber, svg, table } from './elements.js';
import { countOf, isQuantized, realsOf, showType } from './tensors.js';

/** @import { TensorArrays, TensorInfo } from '../../../runtime-wasm/tensors.js' */
/** @import { BundleInfo } from './session.js' */

/** Outputs beyond these are not shown. */
const mostOutputs = 8;

/** Values of an output that is no list of classes. */
const mostValues = 16;

/** More elements than these are no classes. */
const mostClasses = 25_000;

/**
 * Shows the outputs of a run, and gives what is to be said of it in a few words.
 * @param {BundleInfo} info
 * @param {readonly string[] | null} labels
 * @param {TensorArrays} outputs
 * @param {number} top
 * @returns {string}
 */
export function showResult(info, labels, outputs, top) {
  const entries = Object.entries(info.outputs);
  /** @type {string[]} */
  const said = [];
  const parts = entries.slice(0, mostOutputs).flatMap(([name, tensor], i) => {
    const stored = outputs[name];
    if (stored === undefined) return [];
    const values = realsOf(name, tensor, stored);
    const head = entries.length > 1 ? [make('h3', {}, name)] : [];
    const names = i === 0 ? labels : null;
    if (!isClasses(tensor)) return [...head, numbersTable(tensor, values, stored)];
    const classes = classesOf(values, names, top);
    if (i === 0) said.push(...classes.slice(0, 1).map(({ label, share }) => `${label}, ${percent(share)}`));
    return [...head, classesTable(tensor, classes, values, stored)];
  });
  if (entries.length > mostOutputs) {
    parts.push(make('p', { class: 'quiet' }, `${entries.length - mostOutputs} more outputs are not shown.`));
  }
  element('result').replaceChildren(...parts);
  return said[0] ?? 'the numbers of the output have changed';
}

/** Whether a tensor is a list of scores. @param {TensorInfo} tensor */
export function isClasses({ shape }) {
  const count = countOf(shape);
  return count >= 2 && count <= mostClasses && Math.max(...shape) === count;
}

/** @typedef {{ readonly index: number, readonly label: string, readonly share: number }} Class */

/**
 * What scores mean: shares that add up to one, scores between 0 and 1 of their own, or numbers that a softmax turns into shares.
 * @param {ArrayLike<number>} values
 * @returns {'probability' | 'score' | 'softmax'}
 */
export function meaningOf(values) {
  let sum = 0;
  let isUnit = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    sum += value;
    isUnit &&= value >= -1e-6 && value <= 1 + 1e-6;
  }
  if (!isUnit) return 'softmax';
  return Math.abs(sum - 1) <= 0.1 ? 'probability' : 'score';
}

/**
 * The best classes, the first of equal ones first.
 * @param {ArrayLike<number>} values
 * @param {readonly string[] | null} labels
 * @param {number} top
 * @returns {readonly Class[]}
 */
export function classesOf(values, labels, top) {
  const shares = meaningOf(values) === 'softmax' ? softmax(values) : values;
  // NaN is the class of nothing: it comes last, as in `thimble run`.
  return Array.from(values, (value, index) => ({
    index,
    value: Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value,
  }))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, top)
    .map(({ index }) => ({ index, label: labels?.[index] ?? `class ${index}`, share: shares[index] ?? 0 }));
}

/** @param {ArrayLike<number>} values */
function softmax(values) {
  const all = Array.from(values);
  const most = all.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  const powers = all.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/**
 * @param {TensorInfo} tensor
 * @param {readonly Class[]} classes
 * @param {ArrayLike<number>} values
 * @param {ArrayLike<number | bigint>} stored
 */
function classesTable(tensor, classes, values, stored) {
  const meaning = meaningOf(values);
  const columns = [
    { title: 'Class' },
    { title: '' },
    { title: meaning === 'softmax' ? 'Softmax' : meaning === 'score' ? 'Score' : 'Probability', isNumber: true },
    ...(meaning === 'softmax' ? [{ title: 'Output', isNumber: true }] : []),
    ...(isQuantized(tensor) ? [{ title: `As ${tensor.dtype}`, isNumber: true }] : []),
  ];
  const rows = classes.map(({ index, label, share }) => [
    label,
    bar(share),
    percent(share),
    ...(meaning === 'softmax' ? [showNumber(values[index] ?? 0)] : []),
    ...(isQuantized(tensor) ? [String(stored[index])] : []),
  ]);
  const caption = `The best ${classes.length} of ${values.length} classes, ${showType(tensor)}`;
  const made = table(caption, columns, rows);
  made.querySelector('tbody tr')?.classList.add('first');
  // The bars say again what the numbers beside them do.
  for (const cell of made.querySelectorAll('td:nth-child(2)')) cell.className = 'bar';
  const head = made.querySelector('thead th:nth-child(2)');
  if (head !== null) head.replaceWith(make('td', {}));
  return made;
}

/** @param {number} share */
function bar(share) {
  const width = Math.min(100, Math.max(0, 100 * share));
  return svg(
    'svg',
    { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect', { class: 'whole', width: 100, height: 10 }),
    svg('rect', { width, height: 10 }),
  );
}

/**
 * @param {TensorInfo} tensor
 * @param {ArrayLike<number>} values
 * @param {ArrayLike<number | bigint>} stored
 */
function numbersTable(tensor, values, stored) {
  let [least, most, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  const shown = Math.min(mostValues, values.length);
  const mean = showNumber(sum / values.length);
  if (values.length === 1) return oneNumber(tensor, values[0] ?? 0, String(stored[0]));
  const all = `${showType(tensor)}: ${values.length} values from ${showNumber(least)} to ${showNumber(most)}, mean ${mean}`;
  const caption = values.length > shown ? `${all}; the first ${shown}` : all;
  const isInteger = isQuantized(tensor);
  const columns = [
    { title: 'Element' },
    { title: 'Value', isNumber: true },
    ...(isInteger ? [{ title: `As ${tensor.dtype}`, isNumber: true }] : []),
  ];
  const rows = Array.from({ length: shown }, (_, i) => [
    String(i),
    showNumber(values[i] ?? 0),
    ...(isInteger ? [String(stored[i])] : []),
  ]);
  return table(caption, columns, rows);
}

/**
 * @param {TensorInfo} tensor
 * @param {number} value
 * @param {string} stored
 */
function oneNumber(tensor, value, stored) {
  const also = isQuantized(tensor) ? `, ${stored} as ${tensor.dtype}` : '';
  return make('p', {}, make('strong', {}, showNumber(value)), `${also} (${showType(tensor)})`);
}
