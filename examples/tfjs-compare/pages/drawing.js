// @ts-check
// Tables and the histogram, as elements.

/** @param {string} name @param {Readonly<Record<string, string | number>>} [attributes] @param {...(Node | string)} inside */
export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...inside);
  return made;
}

/**
 * A table whose first column names the rows. The roles stay where a narrow screen lays cells below each other.
 * @param {string} caption @param {readonly string[]} titles @param {readonly (readonly string[])[]} rows
 */
export function table(caption, titles, rows) {
  const head = titles.map((title) => element('th', { scope: 'col', role: 'columnheader' }, title));
  const body = rows.map(([name = '', ...cells]) => {
    const figures = cells.map((cell, i) => element('td', { role: 'cell', 'data-title': titles[i + 1] ?? '' }, cell));
    return element('tr', { role: 'row' }, element('th', { scope: 'row', role: 'rowheader' }, name), ...figures);
  });
  return element(
    'table',
    { 'aria-label': caption, role: 'table' },
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...head)),
    element('tbody', { role: 'rowgroup' }, ...body),
  );
}

/** @param {string} name @param {Readonly<Record<string, string | number>>} attributes @param {...(Node | string)} inside */
function drawn(name, attributes, ...inside) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...inside);
  return made;
}

/** Bars of a histogram, as wide as there is room. @param {string} tone @param {readonly number[]} bins */
function bars(tone, bins) {
  const highest = Math.max(1, ...bins);
  const size = {
    viewBox: `0 0 ${bins.length} 1`,
    preserveAspectRatio: 'none',
    class: `bars ${tone}`,
    'aria-hidden': 'true',
  };
  const rectangles = bins.map((count, i) => {
    const height = count / highest;
    return drawn('rect', { x: i + 0.06, y: (1 - height).toFixed(4), width: 0.88, height: height.toFixed(4) });
  });
  return drawn('svg', size, ...rectangles);
}

/**
 * Histograms one above the other on one axis.
 * @param {string} label what it shows, in a sentence
 * @param {readonly { tone: string, bins: readonly number[] }[]} rows
 * @param {readonly string[]} ticks from the left end to the right
 */
export function chart(label, rows, ticks) {
  const axis = element(
    'div',
    { class: 'axis', 'aria-hidden': 'true' },
    ...ticks.map((tick) => element('span', {}, tick)),
  );
  return element(
    'div',
    { class: 'chart', role: 'img', 'aria-label': label },
    ...rows.map(({ tone, bins }) => bars(tone, bins)),
    axis,
  );
}
