import type { MemoryPlan } from '../plan.ts';

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
}

/** The frame for a plan of so many steps: wider for more steps, as far as a page allows. */
export function svgFrame({ arenaBytes }: MemoryPlan, stepCount: number): SvgFrame {
  const [left, top, height] = [96, 88, 440];
  const width = Math.min(2000, Math.max(720, 48 * (stepCount + 2)));
  const stepWidth = width / (stepCount + 2);
  const pixelsPerByte = height / Math.max(1, arenaBytes);
  return {
    ...{ left, top, width, height, stepWidth },
    x: (step) => left + (step + 1) * stepWidth,
    y: (offset) => top + height - offset * pixelsPerByte,
  };
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
