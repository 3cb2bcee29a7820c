// @ts-check

import { layerRows, rowsWith } from './find.js';
import { byId } from './select.js';

/** What a cell is sorted by: its number where it has one. @param {Element | undefined} cell @returns {number | string | null} */
function sortKey(cell) {
  const text = cell?.querySelector('data')?.getAttribute('value') ?? cell?.textContent ?? '';
  if (text === '') return null;
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** Numbers before words, nothing last. @param {number | string | null} a @param {number | string | null} b @param {1 | -1} order */
function compareKeys(a, b, order) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return order * (a - b);
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return order * String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** @param {HTMLTableCellElement} head */
function sortBy(head) {
  const order = head.getAttribute('aria-sort') === 'descending' ? 1 : head.hasAttribute('aria-sort') ? -1 : first(head);
  for (const other of Array.from(document.querySelectorAll('#layer-table th[aria-sort]')))
    other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', order === 1 ? 'ascending' : 'descending');
  const rows = layerRows().map((row) => ({ row, key: sortKey(row.children[head.cellIndex]) }));
  rows.sort((a, b) => compareKeys(a.key, b.key, order));
  byId('layer-table')
    .querySelector('tbody')
    ?.append(...rows.map(({ row }) => row));
}

/** Numbers are asked for the largest first. @param {HTMLTableCellElement} head @returns {1 | -1} */
function first(head) {
  return head.classList.contains('number') && head.textContent !== '#' ? -1 : 1;
}

/** The titles of the table of layers become buttons that sort; its filter hides rows. */
export function startTable() {
  for (const head of Array.from(document.querySelectorAll('#layer-table thead th'))) {
    if (!(head instanceof HTMLTableCellElement)) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    button.addEventListener('click', () => sortBy(head));
    head.append(button);
  }
  const input = /** @type {HTMLInputElement} */ (byId('filter'));
  input.addEventListener('input', () => {
    const kept = new Set(rowsWith(input.value));
    const rows = layerRows();
    for (const row of rows) row.hidden = !kept.has(row);
    byId('shown').textContent = kept.size === rows.length ? '' : `${kept.size} of ${rows.length} layers`;
  });
}
