// @ts-check
import { chart, element, table } from './drawing.js';
import { openEngine } from './engines.js';
import { endOfAxis, histogram, measureLatency } from './latency.js';
import { best, inputOf, loadDigit, realsOf } from './pictures.js';
import { measureStarts } from './start-up.js';
import { duration, kilobytes, quantile, times } from './statistics.js';

/** @typedef {import('./thimble.js').Session} Session */
/** @typedef {import('./pictures.js').Model} Model */
/** @typedef {import('./start-up.js').Start} Start */
/** @typedef {import('./engines.js').Side} Side */
/** @typedef {import('./engines.js').Way} Way */

/** @template {HTMLElement} T @param {string} selector @param {new () => T} type */
function find(selector, type) {
  const found = document.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** @type {Readonly<Record<Side, string>>} */
const titles = { thimble: 'thimble', tfjs: 'tfjs-tflite' };
/** @type {readonly Side[]} */
const sides = ['thimble', 'tfjs'];
const modelChoice = find('#model', HTMLSelectElement);
const wayChoice = find('#way', HTMLSelectElement);
const latencyButton = find('#measure-latency', HTMLButtonElement);
const startButton = find('#measure-start', HTMLButtonElement);
/** @type {{ build: string, peer: string | null, models: readonly string[] }} */
const site = await (await fetch('site.json')).json();
/** Where the files of this build are, which the browser keeps. */
const base = new URL(`/@${site.build}/`, location.href).href;

/** @type {Partial<Record<Side, Session>>} */
let sessions = {};
/** @type {ImageBitmap} */
let picture = await loadDigit(3, 'digits.png');

/** @param {string} text */
function say(text) {
  find('#status', HTMLElement).textContent = text;
}

/** @returns {Promise<Model>} */
async function model() {
  return (await import(`${base}${modelChoice.value}/model.js`)).model;
}

/** @returns {Way} */
const way = () => (wayChoice.value === 'tensors' ? 'tensors' : 'runner');

/** An engine is loaded once; latency wants both. */
function showLoaded() {
  for (const side of sides) {
    const button = find(`#${side} .load`, HTMLButtonElement);
    const isLoaded = sessions[side] !== undefined;
    button.textContent = isLoaded ? 'Loaded' : `Load ${titles[side]}`;
    button.disabled = isLoaded || (side === 'tfjs' && site.peer === null);
  }
  latencyButton.disabled = !sides.every((side) => sessions[side] !== undefined);
}

/** Does one thing at a time, and says what went wrong. @param {string} what @param {() => Promise<string>} work says what came of it */
async function busy(what, work) {
  const buttons = [...document.querySelectorAll('button, select, input')].filter(
    (item) =>
      item instanceof HTMLButtonElement || item instanceof HTMLSelectElement || item instanceof HTMLInputElement,
  );
  const before = buttons.map((button) => button.disabled);
  const focused = document.activeElement;
  for (const button of buttons) button.disabled = true;
  say(`${what} ...`);
  try {
    say(await work());
  } catch (error) {
    say(`${what}: ${error instanceof Error ? error.message : error}`);
  } finally {
    buttons.forEach((button, i) => {
      button.disabled = before[i] ?? false;
    });
    showLoaded();
    // A button that has done its work hands the focus on.
    const next = [focused, ...document.querySelectorAll('.load, .head button')].find(
      (item) => item instanceof HTMLElement && !item.matches(':disabled, body'),
    );
    if (next instanceof HTMLElement) next.focus();
  }
}

/** Shows what the engines that are loaded say of the picture. */
async function classify() {
  const described = await model();
  const input = inputOf(picture, described);
  /** @type {Partial<Record<Side, ArrayLike<number>>>} */
  const outputs = {};
  for (const side of sides) {
    const session = sessions[side];
    const scores = find(`#${side} .scores`, HTMLElement);
    find(`#${side} .note`, HTMLElement).textContent = session?.note ?? '';
    scores.replaceChildren();
    if (session === undefined) continue;
    const values = session.run(input);
    outputs[side] = values;
    for (const { label, score } of best(values, described, 3)) {
      const bar = element('progress', {
        max: 1,
        value: Math.max(0, Math.min(1, score)),
        'aria-label': `score of ${label}`,
      });
      scores.append(element('li', {}, element('span', {}, label), element('span', {}, score.toFixed(4)), bar));
    }
  }
  const { thimble, tfjs } = outputs;
  find('#difference', HTMLElement).textContent =
    thimble === undefined || tfjs === undefined ? '' : difference(thimble, tfjs, described);
}

/** @param {ArrayLike<number>} ours @param {ArrayLike<number>} theirs @param {Model} described */
function difference(ours, theirs, described) {
  const [a, b] = [realsOf(ours, described), realsOf(theirs, described)];
  const largest = Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
  const { dtype, scale = 1 } = described.output;
  if (largest === 0) return `All ${a.length} outputs are equal.`;
  const steps = dtype === 'float32' ? '' : `, ${Math.round(largest / scale)} of its steps`;
  return `Largest difference between the two outputs: ${largest.toPrecision(2)}${steps} (${a.length} outputs, ${dtype}).`;
}

async function latency() {
  const described = await model();
  const both = sides.map((side) => sessions[side]).filter((session) => session !== undefined);
  const figures = await measureLatency(both, inputOf(picture, described), (done) =>
    say(`Measuring latency, ${Math.round(100 * done)} % ...`),
  );
  const medians = figures.map(({ samples }) => quantile(samples, 0.5));
  const rows = figures.map(({ samples, batch }, i) => [
    ...[
      titles[sides[i] ?? 'tfjs'],
      duration(medians[i] ?? 0),
      duration(quantile(samples, 0.95)),
      duration(Math.min(...samples)),
    ],
    batch === 1 ? `${samples.length} runs` : `${samples.length} means of ${batch} runs`,
  ]);
  const end = endOfAxis(figures);
  const bins = figures.map(({ samples }, i) => ({
    tone: i === 0 ? 'ours' : 'theirs',
    bins: histogram(samples, end, 48),
  }));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => (part === 0 ? '0' : duration(part * end)));
  const ratio = times((medians[0] ?? 0) / (medians[1] ?? 0));
  find('#latency', HTMLElement).replaceChildren(
    table('Latency', ['engine', 'median', 'p95', 'least', 'samples'], rows),
    chart('Histogram of the samples: thimble above, tfjs-tflite below; longer ones are in the last bar', bins, ticks),
    element('p', { class: 'finding' }, `The median of thimble is ${ratio} that of tfjs-tflite.`),
  );
  return 'Latency is measured.';
}

/** @param {readonly Start[]} starts @param {'ms' | 'gzipBytes' | 'wireBytes'} what */
const median = (starts, what) =>
  quantile(
    starts.map((start) => start[what]),
    0.5,
  );

/** @param {readonly number[]} list */
const spread = (list) =>
  `${quantile(list, 0.5).toFixed(0)} ms [${Math.min(...list).toFixed(0)} to ${Math.max(...list).toFixed(0)}]`;

/** How often each engine starts: `?visits=n` in the address, warm, and half of it cold. */
function visits() {
  const asked = Number(new URLSearchParams(location.search).get('visits') ?? 7);
  const warm = Number.isInteger(asked) && asked > 0 && asked <= 1000 ? asked : 7;
  return { warm, cold: Math.ceil(warm / 2) };
}

async function starts() {
  const measured = sides.filter((side) => side === 'thimble' || site.peer !== null);
  const pages = measured.map((side) => `${modelChoice.value}/${side === 'thimble' ? side : `tfjs-${way()}`}.html`);
  const figures = await measureStarts(pages, site.build, visits(), (done) =>
    say(`Measuring start-up, ${Math.round(100 * done)} % ...`),
  );
  const rows = figures.map(({ cold, warm }, i) => {
    const [first] = cold;
    const [coldMs, warmMs] = [cold, warm].map((list) => list.map(({ ms }) => ms));
    const bytes = [kilobytes(first?.gzipBytes ?? 0), kilobytes(first?.rawBytes ?? 0), String(first?.files ?? 0)];
    return [
      titles[measured[i] ?? 'tfjs'],
      ...bytes,
      spread(coldMs ?? []),
      spread(warmMs ?? []),
      kilobytes(median(warm, 'wireBytes')),
    ];
  });
  const [ours, theirs] = figures.map(({ cold, warm }) => ({
    ms: median(warm, 'ms'),
    bytes: median(cold, 'gzipBytes'),
  }));
  const finding =
    ours === undefined || theirs === undefined
      ? ''
      : `thimble takes ${times(ours.ms / theirs.ms)} the time of tfjs-tflite to a warm first result, and ${times(ours.bytes / theirs.bytes)} its bytes.`;
  const how =
    'Bytes are those of a cold visit, page and picture included, by Resource Timing: gzip is what came (HTTP/1.1, gzip -9; small pictures as they are), raw what it unpacks to. Times are medians [least to greatest].';
  find('#start', HTMLElement).replaceChildren(
    table('Start-up and bytes', ['engine', 'gzip', 'raw', 'files', 'cold', 'warm', 'on the wire, warm'], rows),
    element('p', { class: 'finding' }, finding),
    element('p', { class: 'how' }, how),
  );
  return 'Start-up is measured.';
}

/** @param {number} digit */
function press(digit) {
  for (const [i, button] of find('#digits', HTMLElement).querySelectorAll('button').entries()) {
    button.setAttribute('aria-pressed', String(i === digit));
  }
}

/** @param {ImageBitmap} chosen @param {number} digit -1 for a file */
async function choose(chosen, digit) {
  picture = chosen;
  press(digit);
  await classify();
}

for (let digit = 0; digit < 10; digit++) {
  const bitmap = await loadDigit(digit, 'digits.png');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  const button = element(
    'button',
    { type: 'button', 'aria-label': `test digit ${digit}`, 'aria-pressed': 'false' },
    canvas,
  );
  button.addEventListener('click', () => choose(bitmap, digit));
  find('#digits', HTMLElement).append(button);
}
press(3);
for (const name of site.models) modelChoice.append(element('option', {}, name));
for (const choice of [modelChoice, wayChoice]) {
  choice.addEventListener('change', () =>
    busy('Changing', async () => {
      sessions = choice === modelChoice ? {} : { ...(sessions.thimble && { thimble: sessions.thimble }) };
      find('#latency', HTMLElement).replaceChildren();
      find('#start', HTMLElement).replaceChildren();
      await classify();
      return '';
    }),
  );
}
find('#file', HTMLInputElement).addEventListener('change', ({ target }) =>
  busy('Reading the picture', async () => {
    const [file] = target instanceof HTMLInputElement ? (target.files ?? []) : [];
    if (file === undefined) return '';
    const decoded = await createImageBitmap(file).catch(() => null);
    if (decoded === null)
      throw new Error(`${file.name} is not a picture that this browser reads; take a PNG or a JPEG`);
    await choose(decoded, -1);
    return '';
  }),
);
for (const side of sides) {
  const button = find(`#${side} .load`, HTMLButtonElement);
  button.addEventListener('click', () =>
    busy(`Loading ${titles[side]}`, async () => {
      sessions = { ...sessions, [side]: await openEngine(side, await model(), base, way()) };
      await classify();
      return `${titles[side]} is loaded.`;
    }),
  );
}
if (site.peer === null) {
  find('#tfjs .missing', HTMLElement).textContent =
    'This site is built without it: run "npm install" and "npm run build" in examples/tfjs-compare.';
}
showLoaded();
latencyButton.addEventListener('click', () => busy('Measuring latency', latency));
startButton.addEventListener('click', () => busy('Measuring start-up', starts));
document.documentElement.dataset.ready = 'yes';
