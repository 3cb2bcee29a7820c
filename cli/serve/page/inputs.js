// @ts-check
/*
 * The section of the input: which input it is, where its values come from, and how they are made.
 */

import { isCameraOn, startCamera, stopCamera, turnCamera } from './camera.js';
import { setUpDrawing } from './drawing.js';
import { element, make, tell, tellError } from './elements.js';
import { readFile } from './files.js';
import { readNumbers } from './npy.js';
import { isMicrophoneOn, rateOf, startMicrophone, stopMicrophone } from './sound.js';
import { countOf, isQuantized, randomOf, showType, storedOf, wholeOf } from './tensors.js';

/** @import { Feed } from '../../../runtime-wasm/feed.js' */
/** @import { TensorArray } from '../../../runtime-wasm/tensors.js' */
/** @import { About } from '../about.ts' */
/** @import { FileValues } from './files.js' */
/** @import { BundleInfo } from './session.js' */

/**
 * What the section hands on: values for an input, where they come from in words, and whether more follow at once.
 * @typedef {(name: string, values: { readonly stored: TensorArray, readonly feed: Feed | null } | { readonly source: unknown, readonly feed: Feed }, note: string, isLive: boolean) => void} Given
 */

/** What pixel values are assumed to be, as in `--pixels`. @type {{ readonly [range: string]: { readonly scale: number, readonly offset: number } }} */
const ranges = {
  '0..1': { scale: 1 / 255, offset: 0 },
  '-1..1': { scale: 2 / 255, offset: -1 },
  '0..255': { scale: 1, offset: 0 },
  '-128..127': { scale: 1, offset: -128 },
};

/** Float pictures of one channel and at most so many pixels are small enough to draw. */
const mostDrawn = 64;

/**
 * @param {BundleInfo} info
 * @param {About} about
 * @param {Given} take
 */
export function setUpInputs(info, about, take) {
  /** Frames and strokes come when they come: what fails is told here. @type {Given} */
  const given = (...values) => {
    try {
      take(...values);
    } catch (error) {
      stopLive();
      tellError(error);
    }
  };
  const names = Object.keys(info.inputs);
  /** What the user has chosen of the pixels, by input. @type {Map<string, string>} */
  const chosen = new Map();
  /** @type {FileValues | null} */
  let several = null;
  let seed = 0;

  const port = () => {
    const name = element('port').value || (names[0] ?? '');
    const tensor = info.inputs[name];
    if (tensor === undefined) throw new Error(`there is no input "${name}"`);
    return { name, info: tensor, feed: feedOf(name) };
  };
  /** @param {string} name @returns {Feed | null} */
  const feedOf = (name) => {
    const feed = /** @type {Feed | null} */ (about.inputs[name]?.feed ?? null);
    const range = ranges[chosen.get(name) ?? ''];
    return feed === null || range === undefined
      ? feed
      : { ...feed, arithmetic: { ...range, mean: [0], std: [1], stride: 1 } };
  };

  const showPort = () => {
    const { name, info: tensor, feed } = port();
    const own = about.inputs[name];
    const isPicture = feed?.kind === 'picture';
    element('camera').hidden = !isPicture;
    element('microphone').hidden = feed?.kind !== 'sound';
    const isDrawable =
      feed?.kind === 'picture' && feed.channels === 1 && Math.max(feed.width, feed.height) <= mostDrawn;
    element('draw').hidden = !isDrawable;
    element('file').accept = isPicture ? 'image/*,.npy,.bin' : feed === null ? '.npy,.bin' : 'audio/*,.npy,.bin';
    const declared = own?.isDeclared ? `Made so, as declared: ${own.sentence}.` : '';
    const guessed = `Nothing is declared, so this is assumed from the shape: ${own?.sentence}. Name it with --pixels or --preprocess.`;
    const numbers = 'Neither a picture nor sound for all that is known: give numbers, .npy or .bin.';
    const how = feed === null ? `${declared} ${numbers}` : declared || guessed;
    element('feed').textContent = `"${name}", ${showType(tensor)}. ${how}`;
    element('pixels-row').hidden = own?.pixels === null || own?.pixels === undefined;
    element('pixels').value = chosen.get(name) ?? own?.pixels ?? '0..1';
    element('values-label').textContent = `Numbers: ${countOf(tensor.shape)}, with blanks or commas between`;
    if (isDrawable) setUpDrawing(feed, (canvas) => fromDrawing(canvas));
  };
  /** @param {HTMLCanvasElement} canvas */
  const fromDrawing = (canvas) => {
    if (element('draw-panel').hidden) return;
    const { name, feed } = port();
    if (feed !== null) given(name, { source: canvas, feed }, 'drawing', true);
  };

  const stopLive = () => {
    if (isCameraOn()) stopCamera();
    if (isMicrophoneOn()) stopMicrophone();
    for (const id of ['camera', 'microphone']) element(id).setAttribute('aria-pressed', 'false');
  };
  /** Does what a control asks for, and tells where it fails. @param {() => unknown} work */
  const attempt = async (work) => {
    tellError();
    try {
      await work();
    } catch (error) {
      tellError(error);
    }
  };

  /** @param {File | undefined} file */
  const fromFile = (file) =>
    attempt(async () => {
      if (file === undefined) return;
      stopLive();
      const { name, info: tensor, feed } = port();
      const values = await readFile(file, { name, info: tensor, feed });
      several = values;
      const count = values.kind === 'stored' ? values.count : 1;
      element('sample-row').hidden = count === 1;
      element('sample').max = String(count - 1);
      element('sample').value = '0';
      element('sample-count').textContent = `of 0 to ${count - 1}`;
      if (values.kind === 'stored') given(name, { stored: values.stored(0), feed }, values.note, false);
      else if (feed !== null) given(name, { source: values.source, feed }, values.note, false);
    });
  const fromSample = () =>
    attempt(() => {
      const { name, feed } = port();
      const sample = Number(element('sample').value);
      if (several?.kind !== 'stored' || !(sample >= 0 && sample < several.count)) return;
      given(name, { stored: several.stored(Math.floor(sample)), feed }, `${several.note}, sample ${sample}`, false);
    });

  const toggleCamera = () =>
    attempt(async () => {
      const isOn = isCameraOn();
      stopLive();
      const { name, feed } = port();
      if (isOn || feed === null) return tell('The camera is off.');
      await startCamera((video) => given(name, { source: video, feed }, 'camera', true));
      element('camera').setAttribute('aria-pressed', 'true');
      tell('The camera is on: the model runs with each frame.');
    });
  const toggleMicrophone = () =>
    attempt(async () => {
      const isOn = isMicrophoneOn();
      stopLive();
      const { name, feed } = port();
      if (isOn || feed?.kind !== 'sound') return tell('The microphone is off.');
      const hear = (/** @type {Float32Array} */ mono) => given(name, { source: mono, feed }, 'microphone', true);
      await startMicrophone(feed.samples, rateOf(feed), hear);
      element('microphone').setAttribute('aria-pressed', 'true');
      tell(`The microphone is on: the model runs with the latest ${(feed.samples / rateOf(feed)).toFixed(1)} s.`);
    });
  const fromNumbers = () =>
    attempt(() => {
      stopLive();
      const { name, info: tensor, feed } = port();
      const numbers = readNumbers(element('values').value);
      const isStored = element('meaning').value === 'stored' && isQuantized(tensor);
      const stored = isStored ? wholeOf(name, tensor, numbers) : storedOf(name, tensor, numbers);
      given(name, { stored, feed }, 'numbers', false);
    });
  const fromRandom = () =>
    attempt(() => {
      stopLive();
      const { name, info: tensor, feed } = port();
      seed++;
      given(name, { stored: randomOf(tensor, seed), feed }, `random ${seed}`, false);
    });
  /** @param {string} button @param {string} panel */
  const togglePanel = (button, panel) => {
    const isShown = element(panel).hidden === true;
    element(panel).hidden = !isShown;
    element(button).setAttribute('aria-expanded', String(isShown));
  };

  element('port').replaceChildren(...names.map((name) => make('option', { value: name }, name)));
  element('port-row').hidden = names.length < 2;
  element('pixels').replaceChildren(...Object.keys(ranges).map((name) => make('option', { value: name }, name)));
  element('port').addEventListener('change', () => {
    stopLive();
    element('draw-panel').hidden = true;
    element('draw').setAttribute('aria-expanded', 'false');
    showPort();
  });
  element('pixels').addEventListener('change', () => {
    chosen.set(port().name, element('pixels').value);
    stopLive();
    tell(`Pixels are taken as ${element('pixels').value} from now on: give the input again.`);
  });
  element('file').addEventListener('change', () => void fromFile(element('file').files[0]));
  element('sample').addEventListener('change', () => void fromSample());
  element('camera').addEventListener('click', () => void toggleCamera());
  element('other-camera').addEventListener('click', () => {
    turnCamera();
    stopLive();
    void toggleCamera();
  });
  element('microphone').addEventListener('click', () => void toggleMicrophone());
  element('draw').addEventListener('click', () => {
    stopLive();
    togglePanel('draw', 'draw-panel');
  });
  element('numbers').addEventListener('click', () => togglePanel('numbers', 'numbers-panel'));
  element('take-values').addEventListener('click', () => void fromNumbers());
  element('random').addEventListener('click', () => void fromRandom());
  setUpDrop((file) => void fromFile(file));
  showPort();
}

/** @param {(file: File | undefined) => void} take */
function setUpDrop(take) {
  const zone = element('drop');
  // Anywhere on the page: a browser opens what is dropped beside.
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) zone.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    take(event.dataTransfer?.files[0]);
  });
}
