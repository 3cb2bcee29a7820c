import { info, load } from 'digits';
import { answerIn, element } from './answer.ts';
import { cells, inkOf, type Stroke } from './ink.ts';
import { padOn } from './pad.ts';
import { sampleStrokes } from './samples.ts';

/** The digit that is there before anything is drawn. */
const firstSample = 2;

/** How many answers the shown latency is the median of. */
const latest = 30;

const { labels } = info;

async function start(): Promise<void> {
  const model = await load();
  const answer = answerIn(labels);
  const times: number[] = [];

  const classify = (strokes: readonly Stroke[]) => {
    const ink = inkOf(strokes);
    if (ink === undefined) return answer.empty();
    const picture = new ImageData(cells, cells);
    // White ink on black paper, as in the training data.
    ink.forEach((value, cell) => {
      picture.data.set([value, value, value, 255], 4 * cell);
    });
    const before = performance.now();
    const classes = model.classify(picture, { top: labels.length });
    times.push(performance.now() - before);
    if (times.length > latest) times.shift();
    answer.seen(picture);
    answer.classes(classes, times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0);
  };

  let wanted: readonly Stroke[] | undefined;
  /** Once for each picture that the screen shows, however many strokes come in between. */
  const classifySoon = (strokes: readonly Stroke[]) => {
    if (wanted === undefined) {
      requestAnimationFrame(() => {
        classify(wanted ?? []);
        wanted = undefined;
      });
    }
    wanted = strokes;
  };

  const pad = padOn(element('pad', HTMLCanvasElement), classifySoon);
  const clear = () => {
    pad.clear();
    classify([]);
  };
  const sample = (digit: number) => {
    const strokes = sampleStrokes(digit, pad.side);
    pad.show(strokes);
    classify(strokes);
  };

  element('size', HTMLElement).textContent = `${cells} x ${cells} pixels`;
  element('clear', HTMLButtonElement).addEventListener('click', clear);
  labels.forEach((label, digit) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.ariaLabel = `Sample ${label}`;
    button.addEventListener('click', () => sample(digit));
    element('samples', HTMLElement).append(button);
  });
  sample(firstSample);
  performance.mark('first-result');
  document.documentElement.dataset.firstResult = element('digit', HTMLElement).textContent ?? '';
}

start().catch((error: unknown) => {
  const fault = element('fault', HTMLElement);
  fault.textContent = error instanceof Error ? error.message : String(error);
  fault.hidden = false;
});
