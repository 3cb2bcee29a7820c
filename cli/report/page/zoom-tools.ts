import { type Html, html } from './html.ts';

/** Buttons that zoom the drawing in the box of class `target`; the script shows them. */
export function zoomTools(target: string): Html {
  const button = (action: string, text: string, label: string) =>
    html`<button type="button" data-zoom="${action}" data-of="${target}" aria-label="${label}">${text}</button>`;
  return html`<span class="zoom" role="group" aria-label="Zoom">${[button('out', '−', 'Smaller'), button('in', '+', 'Larger'), button('fit', 'Fit', 'Fit into the box'), button('actual', '100 %', '100 %, actual size')]}</span>`;
}
