// @ts-check
import { byId, choose, marksOf } from './select.js';

/** The rows of the table of layers. @returns {HTMLTableRowElement[]} */
export function layerRows() {
  return Array.from(document.querySelectorAll('#layer-table tbody tr'));
}

/** The rows whose text has all words of a query. @param {string} query */
export function rowsWith(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return layerRows().filter((row) => {
    const text = `${row.textContent} ${row.querySelector('[title]')?.getAttribute('title') ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Finding layers in the graph: those found are marked, Enter goes from one to the next. */
export function startFind() {
  const input = /** @type {HTMLInputElement} */ (byId('find'));
  /** @type {number[]} */
  let found = [];
  let at = -1;
  const tell = () => {
    const none = input.value.trim() === '';
    byId('found').textContent = none ? '' : at < 0 ? `${found.length} found` : `${at + 1} of ${found.length}`;
  };
  input.addEventListener('input', () => {
    for (const mark of Array.from(document.querySelectorAll('.found'))) mark.classList.remove('found');
    found = input.value.trim() === '' ? [] : rowsWith(input.value).map((row) => Number(row.dataset.layer));
    found.sort((a, b) => a - b);
    at = -1;
    for (const index of found)
      for (const mark of marksOf(index)) if (mark.matches('a.layer')) mark.classList.add('found');
    tell();
  });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || found.length === 0) return;
    at = (at + (event.shiftKey ? found.length - 1 + (at < 0 ? 1 : 0) : 1)) % found.length;
    choose(found[at] ?? 0, input);
    tell();
  });
}
