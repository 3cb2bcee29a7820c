// @ts-check
/*
 * A canvas to draw small grey pictures on: with a pointer, or with the keys.
 */

import { element } from './elements.js';

/** Part of the picture that the pen is wide, and pixels of the model that it covers at least. */
const pen = { part: 0.07, pixels: 0.4 };

/** Part of the picture that an arrow key moves the pen. */
const keyStep = 1 / 32;

/** @type {{ x: number, y: number }} */
const place = { x: 0.5, y: 0.5 };
let isDown = false;

/**
 * Makes the canvas draw, and calls `changed` with it after each stroke.
 * @param {{ readonly width: number, readonly height: number }} picture that the model takes
 * @param {(canvas: HTMLCanvasElement) => void} changed
 */
export function setUpDrawing({ width, height }, changed) {
  const canvas = element('drawing');
  canvas.height = Math.round((canvas.width * height) / width);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const lineWidth = canvas.width * (pen.part + pen.pixels / width);
  const isDark = () => element('dark-on-light').checked === true;
  const clear = () => {
    context.fillStyle = isDark() ? 'white' : 'black';
    context.fillRect(0, 0, canvas.width, canvas.height);
  };
  const line = (/** @type {number} */ x, /** @type {number} */ y) => {
    Object.assign(context, { lineWidth, lineCap: 'round', strokeStyle: isDark() ? 'black' : 'white' });
    context.beginPath();
    context.moveTo(place.x * canvas.width, place.y * canvas.height);
    context.lineTo(x * canvas.width, y * canvas.height);
    context.stroke();
    changed(canvas);
  };
  const move = (/** @type {number} */ x, /** @type {number} */ y) => {
    if (isDown) line(x, y);
    Object.assign(place, { x, y });
  };
  const at = (/** @type {PointerEvent} */ event) => {
    const bounds = canvas.getBoundingClientRect();
    return [(event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height];
  };
  canvas.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
    const [x = 0, y = 0] = at(event);
    Object.assign(place, { x, y });
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    line(x, y);
  });
  canvas.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
    const [x = 0, y = 0] = at(event);
    if (isDown) move(x, y);
  });
  for (const name of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(name, () => {
      isDown = false;
    });
  }
  const area = element('drawing-area');
  area.tabIndex = 0;
  area.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step === undefined && event.key !== ' ') return;
    event.preventDefault();
    const inside = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
    if (step !== undefined)
      move(inside(place.x + keyStep * (step[0] ?? 0)), inside(place.y + keyStep * (step[1] ?? 0)));
    else {
      isDown = !isDown;
      if (isDown) line(place.x, place.y);
    }
  });
  const empty = () => {
    clear();
    changed(canvas);
  };
  element('clear').addEventListener('click', empty);
  element('dark-on-light').addEventListener('change', empty);
  clear();
}
