import type { Classification } from 'digits';

/** The part of the page that tells what the network says. */
export interface Answer {
  /** The picture that the network is given: `side` x `side` pixels. */
  seen(picture: ImageData): void;
  /** All classes, and how long the network usually takes. */
  classes(classes: readonly Classification[], medianMs: number): void;
  /** Nothing is drawn. */
  empty(): void;
}

/** Below this probability the answer is a guess. */
const sureFrom = 0.5;

/** The answer in the elements of the page, with a bar for each of the labels. */
export function answerIn(labels: readonly string[]): Answer {
  const digit = element('digit', HTMLOutputElement);
  const bars = element('bars', HTMLOListElement);
  const seen = element('seen', HTMLCanvasElement);
  const rows = labels.map((label) => {
    const row = document.createElement('li');
    const [name, track, bar, percent] = ['span', 'span', 'i', 'span'].map((tag) => document.createElement(tag));
    if (!name || !track || !bar || !percent) throw new Error('a row has four parts');
    name.textContent = label;
    track.append(bar);
    track.className = 'track';
    percent.className = 'percent';
    row.append(name, track, percent);
    bars.append(row);
    return { row, bar, percent };
  });
  const show = (scores: readonly number[]) => {
    const best = Math.max(...scores);
    rows.forEach(({ row, bar, percent }, index) => {
      const score = scores[index] ?? 0;
      bar.style.transform = `scaleX(${score})`;
      percent.textContent = `${Math.round(score * 100)} %`;
      row.classList.toggle('best', score > 0 && score === best);
    });
  };
  const say = (text: string, kind: 'sure' | 'guess' | 'nothing') => {
    digit.dataset.kind = kind;
    if (digit.textContent !== text) digit.textContent = text;
  };
  return {
    seen(picture) {
      seen.width = picture.width;
      seen.height = picture.height;
      seen.getContext('2d')?.putImageData(picture, 0, 0);
    },
    classes(classes, medianMs) {
      const scores = rows.map((_, index) => classes.find((one) => one.index === index)?.score ?? 0);
      show(scores);
      const [best] = classes;
      if (best !== undefined) say(best.label, best.score < sureFrom ? 'guess' : 'sure');
      // Clocks of browsers are coarse: most have steps of 0.1 ms.
      const time = medianMs < 0.1 ? 'less than 0.1 ms' : `${medianMs.toFixed(1)} ms`;
      element('latency', HTMLElement).textContent =
        `${time} from pixels to probabilities, median of the latest answers`;
    },
    empty() {
      seen.getContext('2d')?.clearRect(0, 0, seen.width, seen.height);
      show([]);
      say('', 'nothing');
    },
  };
}

/** An element of the page by its id; throws where it is not there. */
export function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${id}"`);
  return found;
}
