// @ts-check
/** One layer at a time is chosen: its facts are shown, and it is marked in all charts. */

/** @type {number | null} */
let chosen = null;

/** @param {string} id */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}

/** All marks of a layer, in all charts. @param {number} index @returns {(HTMLElement | SVGElement)[]} */
export function marksOf(index) {
  return Array.from(document.querySelectorAll(`[data-layer="${index}"]`));
}

/**
 * Chooses a layer: what `source` stands in keeps its place, other boxes scroll to where the layer is.
 * @param {number} index
 * @param {Element | null} source
 */
export function choose(index, source) {
  const row = document.getElementById(`layer-${index}`);
  if (row === null || index === chosen) return;
  clear();
  chosen = index;
  for (const mark of marksOf(index)) {
    mark.classList.add('chosen');
    if (mark instanceof SVGAElement) moveStop(mark);
  }
  showDetails(index, row);
  const boxes = new Set(marksOf(index).flatMap((mark) => mark.closest('.scroll') ?? []));
  for (const box of boxes) if (source === null || !box.contains(source)) reveal(box, index);
  history.replaceState(null, '', `#layer-${index}`);
}

/** Chooses none. */
export function clear() {
  for (const mark of Array.from(document.querySelectorAll('.chosen'))) mark.classList.remove('chosen');
  byId('details').hidden = true;
  chosen = null;
}

/** Moves from the chosen layer. @param {number} by */
function go(by) {
  if (chosen !== null) choose(chosen + by, null);
}

/** The cells of the layer's row, each with the title of its column. @param {number} index @param {Element} row */
function showDetails(index, row) {
  const titles = Array.from(document.querySelectorAll('#layer-table thead th'), (head) => head.textContent ?? '');
  const name = row.querySelector('th');
  const whole = name?.querySelector('[title]')?.getAttribute('title') ?? name?.textContent ?? '';
  byId('details-title').textContent = `Layer ${index}`;
  const facts = Array.from(row.children).flatMap((cell, i) => {
    if (cell.textContent === '' || i === 0) return [];
    const [term, value] = [document.createElement('dt'), document.createElement('dd')];
    term.textContent = cell === name ? 'Name' : (titles[i] ?? '');
    if (cell === name) value.textContent = whole;
    else value.append(...cell.cloneNode(true).childNodes);
    return [term, value];
  });
  byId('details-facts').replaceChildren(...facts);
  byId('details').hidden = false;
  byId('chosen').textContent = `Layer ${index}, ${whole}, is chosen`;
}

/** Scrolls within a box, not the page. @param {Element} box @param {number} index */
function reveal(box, index) {
  const mark = box.querySelector(`[data-layer="${index}"]`);
  if (mark === null) return;
  const [at, view] = [mark.getBoundingClientRect(), box.getBoundingClientRect()];
  if (view.width === 0) return;
  const isWide = at.width > view.width;
  if (!isWide && (at.left < view.left || at.right > view.right)) {
    box.scrollLeft += at.left + at.width / 2 - view.left - view.width / 2;
  }
  if (at.top < view.top || at.bottom > view.bottom) {
    box.scrollTop += at.top + at.height / 2 - view.top - view.height / 2;
  }
}

/** Of the links of a chart one alone is a stop of the tab key. @param {SVGAElement} link */
function moveStop(link) {
  const chart = link.closest('svg');
  for (const stop of Array.from(chart?.querySelectorAll('a[tabindex="0"]') ?? [])) stop.setAttribute('tabindex', '-1');
  link.setAttribute('tabindex', '0');
}

const steps = new Map(
  Object.entries({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }),
);

/** Moves the focus within a chart. @param {KeyboardEvent} event */
function moveFocus(event) {
  const by = steps.get(event.key);
  const link = event.target;
  if (by === undefined || !(link instanceof SVGAElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = Array.from(link.closest('svg')?.querySelectorAll('a[data-layer]') ?? []);
  const links = all.filter((one) => one instanceof SVGAElement);
  const next = links[Math.min(links.length - 1, Math.max(0, links.indexOf(link) + by))];
  event.preventDefault();
  next?.focus();
}

/** The layer that an event is about. @param {Event} event @param {string} selector */
function layerAt({ target }, selector) {
  const mark = target instanceof Element ? target.closest(selector) : null;
  return mark === null ? null : { mark, index: Number(mark.getAttribute('data-layer')) };
}

export function startSelection() {
  for (const chart of Array.from(document.querySelectorAll('svg.graph, svg.columns'))) {
    Array.from(chart.querySelectorAll('a')).forEach((link, i) => {
      link.setAttribute('tabindex', i === 0 ? '0' : '-1');
    });
  }
  document.addEventListener('click', (event) => {
    const found = layerAt(event, '[data-layer]');
    if (found === null || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (found.mark.matches('a')) event.preventDefault();
    else if (getSelection()?.isCollapsed === false) return;
    choose(found.index, found.mark);
  });
  document.addEventListener('focusin', (event) => {
    const found = layerAt(event, 'a[data-layer]');
    if (found !== null) choose(found.index, found.mark);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') clear();
    else moveFocus(event);
  });
  byId('details').addEventListener('click', ({ target }) => {
    const action = target instanceof Element ? target.getAttribute('data-go') : null;
    if (action === 'close') clear();
    else if (action !== null) go(Number(action));
  });
  const fromAddress = () => {
    const [, index] = /^#layer-(\d+)$/.exec(location.hash) ?? [];
    if (index !== undefined) choose(Number(index), null);
  };
  addEventListener('hashchange', fromAddress);
  fromAddress();
}
