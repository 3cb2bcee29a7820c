import type { Classification } from 'classifier/worker';
import type { Box } from './ink.ts';
import { taken } from './look.ts';

/** An element of the page by its id; throws where it is not there. */
export function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${id}"`);
  return found;
}

/** How many classes are shown. */
export const topClasses = 5;

/** Below this score the answer is a guess. */
const sureFrom = 0.5;

const rows = Array.from({ length: topClasses }, () => {
  const row = document.createElement('li');
  const name = document.createElement('span');
  const track = document.createElement('span');
  const bar = document.createElement('i');
  const percent = document.createElement('span');
  name.className = 'name';
  track.className = 'track';
  percent.className = 'percent';
  track.append(bar);
  row.append(name, track, percent);
  row.hidden = true;
  return { row, name, bar, percent };
});

/** Shows the best classes; none where there is nothing to classify. */
export function showClasses(classes: readonly Classification[]): void {
  const [best] = classes;
  const output = element('best', HTMLOutputElement);
  const text = best?.label ?? '';
  // Screen readers say each new text, so that there is none without need.
  if (output.textContent !== text) output.textContent = text;
  output.classList.toggle('words', text.length > 2);
  output.dataset.kind = (best?.score ?? 1) < sureFrom ? 'guess' : 'sure';
  rows.forEach(({ row, name, bar, percent }, i) => {
    const one = classes[i];
    row.hidden = one === undefined;
    if (one === undefined) return;
    name.textContent = one.label;
    bar.style.transform = `scaleX(${Math.min(1, Math.max(0, one.score))})`;
    percent.textContent = `${Math.round(one.score * 100)} %`;
  });
}

/** Shows what the network sees, and where that was found. */
export function showSeen(picture: CanvasImageSource | ImageData | undefined, box: Box | undefined): void {
  const context = element('seen', HTMLCanvasElement).getContext('2d');
  const { width, height } = taken;
  if (picture === undefined) context?.clearRect(0, 0, width, height);
  else if (picture instanceof ImageData) context?.putImageData(picture, 0, 0);
  else context?.drawImage(picture, 0, 0, width, height);
  const outline = element('box', HTMLElement);
  outline.hidden = box === undefined;
  if (box === undefined) return;
  for (const part of ['left', 'top', 'width', 'height'] as const) outline.style[part] = `${box[part] * 100}%`;
}

export function showPace(perSecond: number, medianMs: number): void {
  element('rate', HTMLElement).textContent = `${perSecond} a second`;
  element('latency', HTMLElement).textContent = `${medianMs.toFixed(1)} ms`;
}

/** A sentence over the picture; none where it is empty. */
export function hint(text: string): void {
  const place = element('hint', HTMLElement);
  if (place.textContent !== text) place.textContent = text;
}

/** A sentence that says what is wrong; none where it is empty. */
export function fault(text: string): void {
  const place = element('fault', HTMLElement);
  place.textContent = text;
  place.hidden = text === '';
}

/** Puts the parts into the page that depend on the network. */
export function preparePage(): void {
  const seen = element('seen', HTMLCanvasElement);
  seen.width = taken.width;
  seen.height = taken.height;
  element('size', HTMLElement).textContent = `${taken.width} x ${taken.height} pixels`;
  element('bars', HTMLOListElement).append(...rows.map(({ row }) => row));
}
