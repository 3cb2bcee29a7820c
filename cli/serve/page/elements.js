// @ts-check
/*
 * The elements of the page, and numbers as it shows them.
 */

/** @param {string} id @returns {any} */
export const element = (id) => document.getElementById(id);

/**
 * A new element. Children that are texts become text, never markup.
 * @param {string} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A new element of SVG.
 * @param {string} tag
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * A table.
 * @param {string} caption
 * @param {readonly { readonly title: string, readonly isNumber?: boolean }[]} columns
 * @param {readonly (readonly (Node | string)[])[]} rows The first cell of each heads its row.
 */
export function table(caption, columns, rows) {
  const kind = (/** @type {number} */ i) => (columns[i]?.isNumber ? 'number' : 'text');
  const head = columns.map(({ title }, i) => make('th', { scope: 'col', class: kind(i) }, title));
  const body = rows.map((cells) =>
    make(
      'tr',
      {},
      ...cells.map((cell, i) =>
        i === 0 ? make('th', { scope: 'row', class: kind(i) }, cell) : make('td', { class: kind(i) }, cell),
      ),
    ),
  );
  return make(
    'table',
    {},
    make('caption', {}, caption),
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...body),
  );
}

/**
 * Terms and what they are, anew.
 * @param {HTMLElement} list
 * @param {readonly (readonly [string, string])[]} entries
 * @param {boolean} [isGrouped] Whether each pair stands in an element of its own.
 */
export function describe(list, entries, isGrouped = false) {
  const pairs = entries.map(([term, text]) => [make('dt', {}, term), make('dd', {}, text)]);
  list.replaceChildren(...(isGrouped ? pairs.map((pair) => make('div', {}, ...pair)) : pairs.flat()));
}

/** What the page says of an action, politely. @param {string} text */
export function tell(text) {
  element('status').textContent = text;
}

/** What went wrong, in one sentence; nothing takes it away. @param {unknown} [error] */
export function tellError(error) {
  const line = element('error');
  line.hidden = error === undefined;
  line.textContent = error === undefined ? '' : sentence(error instanceof Error ? error.message : String(error));
}

/** @param {string} text */
function sentence(text) {
  // Names of files stay as they are.
  const upper = /^\S+\.\w/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}

/** Milliseconds: `0.0142 ms`, three digits. @param {number} ms */
export function showMs(ms) {
  if (ms < 0.0995) return `${(1000 * ms).toPrecision(3)} µs`;
  return `${ms < 1000 ? ms.toPrecision(3) : String(Math.round(ms))} ms`;
}

/** @param {number} value */
export function showNumber(value) {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** @param {number} bytes */
export function showBytes(bytes) {
  if (bytes < 10_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/** The browser gets to paint, and to hear the user. @returns {Promise<void>} */
export function pause() {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
