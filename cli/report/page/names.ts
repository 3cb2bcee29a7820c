import { shortName } from '../../../converter/plan/render/names.ts';
import type { ReportLayer } from '../schema.ts';
import { type Html, html } from './html.ts';

/** Characters of a name in a tip: names may have thousands. The report's JSON has them whole. */
const longest = 400;

/** A name with at most so many characters: as it is in a tip. */
export function fullName(name: string): string {
  return name.length <= longest ? name : `${name.slice(0, longest)}..`;
}

/** A name of at most `width` characters; the whole one is its tip where it was cut. */
export function nameHtml(name: string, width: number): Html {
  const short = cutName(name, width);
  return short === name ? html`${name}` : html`<span title="${fullName(name)}">${short}</span>`;
}

/** A name of at most `width` characters: of paths the end, which tells them apart. */
export function cutName(name: string, width: number): string {
  return name.length <= width ? name : shortName(name, width);
}

/** The place of a step in its model, cut as names are: `block3/conv` of `CONV_2D #3 "block3/conv"`, whose operator is told elsewhere. */
export function cutPlace(name: string, width: number): string {
  return cutName(/^\S+ #\d+ "(.+)"$/s.exec(name)?.[1] ?? name, width);
}

/** {@link cutPlace} with the whole name as its tip. */
export function placeHtml(name: string, width: number): Html {
  const short = cutPlace(name, width);
  return short === name ? html`${name}` : html`<span title="${fullName(name)}">${short}</span>`;
}

/** The short name of a layer as a link to its row, which the script turns into a choice. */
export function layerLink(layer: ReportLayer | undefined, index: number, width: number): Html {
  if (layer === undefined) return html`#${index}`;
  return html`<a href="#layer-${index}" data-layer="${index}">${placeHtml(layer.name, width)}</a>`;
}
