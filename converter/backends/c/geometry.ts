import type { Window } from '../../ops/window.ts';
import type { WindowWalk } from '../../plan/overlap.ts';
import { invariant } from '../../problem.ts';
import type { Shape } from '../../tensor/shape.ts';

/** A window over the rows and columns of an NHWC tensor, everything resolved. */
export type Geometry = WindowWalk;

export function geometryOf(
  input: Shape,
  output: Shape,
  [kernelHeight, kernelWidth]: readonly [number, number],
  { strides, dilations, padding }: Window,
): Geometry {
  const [batch, height, width, channels] = four(input);
  const [, outputHeight, outputWidth, outputChannels] = four(output);
  return {
    ...{ batch, height, width, channels, outputHeight, outputWidth, outputChannels, kernelHeight, kernelWidth },
    ...{ strideY: strides[0], strideX: strides[1], dilationY: dilations[0], dilationX: dilations[1] },
    ...{ top: padding.top, left: padding.left },
  };
}

export function four(shape: Shape): readonly [number, number, number, number] {
  const [a, b, c, d] = shape;
  invariant(a !== undefined && b !== undefined && c !== undefined && d !== undefined, 'expected four dimensions');
  return [a, b, c, d];
}

/** Rows, or columns, that a window covers. */
export function extent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** The bounds that the first row `y0` (or column) of a window must keep to lie inside, as C conditions; empty when all do. */
export function insideConditions(g: Geometry): string[] {
  return [
    ...axisConditions('y0', g.outputHeight, g.strideY, g.top, g.height - extent(g.kernelHeight, g.dilationY)),
    ...axisConditions('x0', g.outputWidth, g.strideX, g.left, g.width - extent(g.kernelWidth, g.dilationX)),
  ];
}

function axisConditions(name: string, outputs: number, stride: number, before: number, last: number): string[] {
  const low = before > 0 ? [`${name} >= 0`] : [];
  return (outputs - 1) * stride - before > last ? [...low, `${name} <= ${last}`] : low;
}

/** Whether every window leaves the image, because it is larger. */
export function neverInside(g: Geometry): boolean {
  return g.height < extent(g.kernelHeight, g.dilationY) || g.width < extent(g.kernelWidth, g.dilationX);
}

/** Whether some output reads beyond the edges of the image. */
export function readsOutside(g: Geometry): boolean {
  return insideConditions(g).length > 0;
}

/** `y * 2 - 1` as short as it gets. */
export function affine(variable: string, factor: number, offset: number): string {
  const scaled = factor === 1 ? variable : `${variable} * ${factor}`;
  return offset === 0 ? scaled : `${scaled} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}
