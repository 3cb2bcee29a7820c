import type { Point, Stroke } from './ink.ts';

/** A pad to draw on. */
export interface Pad {
  /** Side of the drawing, in the pixels of strokes. */
  readonly side: number;
  /** Shows these strokes; what is drawn next replaces them. */
  show(strokes: readonly Stroke[]): void;
  clear(): void;
}

/** Points nearer than this to the one before say nothing more about the digit. */
const stepPixels = 4;

/** Makes a canvas a pad for mouse, finger and pen, and calls `changed` with all strokes after each change by hand. */
export function padOn(canvas: HTMLCanvasElement, changed: (strokes: readonly Stroke[]) => void): Pad {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser cannot draw on a canvas');
  let strokes: Point[][] = [];
  /** Whether the next stroke begins a new drawing. */
  let isSample = false;
  let pen: number | undefined;

  const draw = () => {
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = style.color;
    context.lineWidth = canvas.width / 16;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    for (const stroke of strokes) {
      context.beginPath();
      for (const { x, y } of stroke) context.lineTo(x, y);
      const [only] = stroke;
      if (stroke.length === 1 && only !== undefined) context.lineTo(only.x, only.y);
      context.stroke();
    }
  };
  const add = (stroke: Point[], event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    const point = {
      x: ((event.clientX - box.left) / box.width) * canvas.width,
      y: ((event.clientY - box.top) / box.height) * canvas.height,
    };
    const last = stroke.at(-1);
    if (last === undefined || Math.hypot(point.x - last.x, point.y - last.y) >= stepPixels) stroke.push(point);
  };
  const update = () => {
    draw();
    changed(strokes);
  };

  canvas.addEventListener('pointerdown', (event) => {
    if (pen !== undefined || event.button !== 0) return;
    pen = event.pointerId;
    canvas.setPointerCapture(pen);
    if (isSample) strokes = [];
    isSample = false;
    const stroke: Point[] = [];
    strokes.push(stroke);
    add(stroke, event);
    update();
  });
  canvas.addEventListener('pointermove', (event) => {
    const stroke = strokes.at(-1);
    if (event.pointerId !== pen || stroke === undefined) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length > 0 ? events : [event]) add(stroke, one);
    update();
  });
  const lift = ({ pointerId }: PointerEvent) => {
    if (pointerId === pen) pen = undefined;
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

  return {
    side: canvas.width,
    show(given) {
      strokes = given.map((stroke) => [...stroke]);
      isSample = true;
      draw();
    },
    clear() {
      strokes = [];
      draw();
    },
  };
}
