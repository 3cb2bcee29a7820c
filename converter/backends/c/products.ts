import { affine, type Geometry, insideConditions } from './geometry.ts';
import { c } from './quote.ts';

/** `y0` and `x0`, the input position under the first weight. */
export function windowStart(g: Geometry): string {
  return c`
    const int32_t y0 = ${affine('oy', g.strideY, -g.top)};
    const int32_t x0 = ${affine('ox', g.strideX, -g.left)};
  `;
}

/** How the weights of a convolution lie: [O,KH,KW,C/groups], or [1,KH,KW,O] of a depthwise one. */
export interface WeightLayout {
  readonly groups: number;
  readonly depthwise: boolean;
}

/**
 * Loops over the kernel positions inside `image` that run `add` for every product of output channel `o`, with `x` and
 * `w` as C expressions of the input and the weight. Weights are of the type of the input unless `weightElement` says otherwise.
 */
export function productLoops(
  g: Geometry,
  { groups, depthwise }: WeightLayout,
  element: string,
  add: (x: string, w: string) => string | readonly string[],
  weightElement = element,
): string {
  const depth = g.channels / groups;
  const perGroup = g.outputChannels / groups;
  const group = groups === 1 ? '' : perGroup === 1 ? `o * ${depth}` : `o / ${perGroup} * ${depth}`;
  const position = g.kernelWidth === 1 ? 'ky' : `ky * ${g.kernelWidth} + kx`;
  const conditions = insideConditions(g);
  const skip = (axis: string, size: number) =>
    conditions.some((text) => text.startsWith(`${axis}0`))
      ? `if (${axis} < 0 || ${axis} >= ${size}) {\n    continue;\n}`
      : '';
  return c`
    for (int32_t ky = 0; ky < ${g.kernelHeight}; ky++) {
        const int32_t y = y0 + ${affine('ky', g.dilationY, 0)};
        ${skip('y', g.height)}
        for (int32_t kx = 0; kx < ${g.kernelWidth}; kx++) {
            const int32_t x = x0 + ${affine('kx', g.dilationX, 0)};
            ${skip('x', g.width)}
            const ${element} *const from = image + (y * ${g.width} + x) * ${g.channels}${group === '' ? '' : ` + ${group}`};
            const ${weightElement} *const w = ${
              depthwise
                ? `weights + (${position}) * ${g.outputChannels} + o`
                : `weights + (o * ${g.kernelHeight * g.kernelWidth} + ${position}) * ${depth}`
            };
            ${depth === 1 ? add('from[0]', 'w[0]') : channels(depth, add)}
        }
    }
  `;
}

function channels(depth: number, add: (x: string, w: string) => string | readonly string[]): string {
  return c`
    for (int32_t i = 0; i < ${depth}; i++) {
        ${add('from[i]', 'w[i]')}
    }
  `;
}
