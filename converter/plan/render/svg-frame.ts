import type { MemoryPlan, Placement } from '../plan.ts';

/** A rectangle in pixels; y grows downwards. */
export interface SvgArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels of an average character, a generous one. */
export const charWidth = 6.6;

/** Where time and addresses lie in the drawing, in pixels. */
export interface SvgFrame {
  readonly left: number;
  readonly top: number;
  /** Of the area of the buffers. */
  readonly width: number;
  readonly height: number;
  /** Width of one step. */
  readonly stepWidth: number;
  /** Left edge of a step; step -1 is the start. */
  x(step: number): number;
  /** Height at which a byte of the arena begins: address 0 is at the bottom. */
  y(offset: number): number;
  /** The rectangle of a buffer. */
  place(placement: Placement): SvgArea;
}

/** The frame for a plan of so many steps: wider for more steps, as far as a page allows. */
export function svgFrame({ arenaBytes }: MemoryPlan, stepCount: number): SvgFrame {
  const [left, top, height] = [96, 88, 440];
  const width = Math.min(2000, Math.max(720, 48 * (stepCount + 2)));
  const stepWidth = width / (stepCount + 2);
  const pixelsPerByte = height / Math.max(1, arenaBytes);
  const x = (step: number) => left + (step + 1) * stepWidth;
  const y = (offset: number) => top + height - offset * pixelsPerByte;
  const place = ({ buffer, lifetime, offset }: Placement): SvgArea => ({
    x: x(lifetime.start),
    y: y(offset + buffer.bytes),
    width: (lifetime.end - lifetime.start) * stepWidth,
    height: buffer.bytes * pixelsPerByte,
  });
  return { left, top, width, height, stepWidth, x, y, place };
}

/** Addresses for the axis: multiples of a power of two, at most eight of them, without the end of the arena. */
export function addressTicks(arenaBytes: number): readonly number[] {
  let unit = 1;
  while (unit * 8 < arenaBytes) unit *= 2;
  return Array.from({ length: Math.ceil(arenaBytes / unit) }, (_, i) => i * unit);
}

/** Every how many steps one is numbered, so that the numbers have room. */
export function tickStride(stepWidth: number): number {
  return [1, 2, 5, 10, 20, 50, 100, 200, 500].find((stride) => stride * stepWidth >= 26) ?? 1000;
}
