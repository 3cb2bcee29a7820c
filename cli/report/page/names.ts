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

/**
 * A name of at most `width` characters. Of a step of a TFLite file, `CONV_2D #3 "block3/conv"`, what stands in quotes; of paths the end,
 * which tells them apart.
 */
export function cutName(name: string, width: number): string {
  const [, place] = /^\S+ #\d+ "(.+)"$/s.exec(name) ?? [];
  return name.length <= width ? name : shortName(place ?? name, width);
}

/** The short name of a layer as a link to its row, which the script turns into a choice. */
export function layerLink(layer: ReportLayer | undefined, index: number, width: number): Html {
  if (layer === undefined) return html`#${index}`;
  return html`<a href="#layer-${index}" data-layer="${index}">${nameHtml(layer.name, width)}</a>`;
}
