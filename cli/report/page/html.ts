import { xmlText } from '../../../converter/plan/render/xml.ts';

/** Markup in which everything that came from elsewhere has been escaped: only {@link html} makes it. */
export interface Html {
  readonly markup: string;
}

/** What may stand in markup: text is escaped, null is nothing, lists stand one after another. */
export type Part = Html | string | number | null | readonly Part[];

/**
 * Markup with parts in it, as character data or in quoted attributes. Text from models cannot become markup, and control characters and
 * marks that turn the writing direction become visible.
 */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: pieces.map((piece, i) => (i === 0 ? piece : partText(parts[i - 1] ?? null) + piece)).join('') };
}

/** Text that is markup already: our own styles and scripts. */
export function trusted(markup: string): Html {
  return { markup };
}

function partText(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'string') return xmlText(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(partText).join('');
}

/** A section of the page: `id` is where the navigation leads. */
export function section(id: string, title: string, content: Part): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`;
}

/** A cell of a table: `number` goes to the right. */
export type Cell = { readonly number: Part } | { readonly text: Part };

/** A table in a box of its own that scrolls sideways where there is no room; the first cell of a row heads it. */
export function table(caption: string, titles: readonly Cell[], rows: readonly (readonly Cell[])[]): Html {
  const kind = (one: Cell) => ('number' in one ? trusted(' class="number"') : null);
  const value = (one: Cell) => ('number' in one ? one.number : one.text);
  return scrolling(
    caption,
    html`<table>
<caption><span>${caption}</span></caption>
<thead><tr>${titles.map((one) => html`<th scope="col"${kind(one)}>${value(one)}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((one, i) => (i === 0 ? html`<th scope="row"${kind(one)}>${value(one)}</th>` : html`<td${kind(one)}>${value(one)}</td>`))}</tr>\n`)}</tbody>
</table>`,
  );
}

/** A box that scrolls, by keyboard as well. */
export function scrolling(label: string, content: Part, kind: string = 'scroll'): Html {
  return html`<div class="${kind}" role="group" aria-label="${label}" tabindex="0">${content}</div>`;
}
