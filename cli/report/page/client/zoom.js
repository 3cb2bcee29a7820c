// @ts-check
/** Zooming drawings within their boxes: boxes scroll by themselves, drawings change their size. */

/**
 * @typedef {object} Zoom
 * @property {(factor: number, x?: number, y?: number) => void} by around a point of the box, or its middle
 * @property {(scale: number) => void} to
 * @property {() => void} fit
 */

const [least, most] = [0.1, 8];

/** @param {HTMLElement} box @returns {Zoom | null} */
function zoomOf(box) {
  const drawing = box.querySelector('svg');
  if (drawing === null) return null;
  const { width, height } = drawing.viewBox.baseVal;
  let scale = 1;
  /** @param {number} next @param {number} x @param {number} y */
  const set = (next, x, y) => {
    const factor = Math.min(most, Math.max(least, next)) / scale;
    const [left, top] = [(box.scrollLeft + x) * factor - x, (box.scrollTop + y) * factor - y];
    scale *= factor;
    drawing.setAttribute('width', String(width * scale));
    drawing.setAttribute('height', String(height * scale));
    drawing.classList.toggle('enlarged', scale >= 1.5);
    box.scrollTo({ left, top });
  };
  const middle = () => /** @type {const} */ ([box.clientWidth / 2, box.clientHeight / 2]);
  return {
    by(factor, x, y) {
      const [midX, midY] = middle();
      set(scale * factor, x ?? midX, y ?? midY);
    },
    to(next) {
      set(next, ...middle());
    },
    fit() {
      const room = Number.parseFloat(getComputedStyle(box).maxHeight) || box.clientHeight;
      set(Math.min(box.clientWidth / width, room / height), 0, 0);
    },
  };
}

/** @param {HTMLElement} box @param {Zoom} zoom */
function startZoom(box, zoom) {
  /** @type {{ [action: string]: () => void }} */
  const actions = { in: () => zoom.by(1.25), out: () => zoom.by(0.8), fit: zoom.fit, actual: () => zoom.to(1) };
  for (const button of Array.from(document.querySelectorAll('button[data-zoom]'))) {
    if (!box.classList.contains(button.getAttribute('data-of') ?? '')) continue;
    button.addEventListener('click', () => actions[button.getAttribute('data-zoom') ?? '']?.());
  }
  box.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = { '+': 'in', '=': 'in', '-': 'out', 0: 'actual', f: 'fit' }[event.key];
    if (action === undefined) return;
    event.preventDefault();
    actions[action]?.();
  });
  const onWheel = (/** @type {WheelEvent} */ event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const view = box.getBoundingClientRect();
    zoom.by(Math.exp(-event.deltaY / 300), event.clientX - view.left, event.clientY - view.top);
  };
  box.addEventListener('wheel', onWheel, { passive: false });
}

/** Dragging moves the drawing; a click that ends a drag chooses nothing. @param {HTMLElement} box */
function startDrag(box) {
  /** @type {{ x: number, y: number, left: number, top: number } | null} */
  let from = null;
  let isDragged = false;
  box.addEventListener('dragstart', (event) => event.preventDefault());
  box.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.pointerType !== 'mouse') return;
    from = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop };
    isDragged = false;
  });
  addEventListener('pointermove', ({ clientX, clientY }) => {
    if (from === null) return;
    const [x, y] = [clientX - from.x, clientY - from.y];
    if (!isDragged && Math.hypot(x, y) < 5) return;
    isDragged = true;
    box.classList.add('grabbed');
    box.scrollTo({ left: from.left - x, top: from.top - y });
  });
  addEventListener('pointerup', () => {
    from = null;
    box.classList.remove('grabbed');
  });
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (!isDragged) return;
    isDragged = false;
    event.preventDefault();
    event.stopPropagation();
  };
  box.addEventListener('click', onClick, { capture: true });
}

export function startZooms() {
  for (const box of Array.from(document.querySelectorAll('.zoomable'))) {
    if (!(box instanceof HTMLElement)) continue;
    const zoom = zoomOf(box);
    if (zoom === null) continue;
    startZoom(box, zoom);
    startDrag(box);
  }
}
