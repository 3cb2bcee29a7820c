import { affine, type Geometry, insideConditions, neverInside, readsOutside } from '../geometry.ts';
import type { CParameter } from '../kernel.ts';
import { tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import type { Runs } from './product.ts';

/** Largest patch that is copied together at the edge of the image, on the stack, in bytes. */
const EDGE_BYTES = 256;

/** How the inputs of an output pixel are found. */
export interface Patch {
  readonly runs: Runs;
  /** Declarations in front of the loop over the pixels. */
  readonly before: string;
  /** Statements that find the inputs of the output pixel (oy, ox) of `image`. */
  readonly find: string;
  readonly parameters: readonly CParameter[];
}

/**
 * The patch of a convolution. Inputs that lie side by side in memory form a run: a whole image row of the window where
 * kernel columns touch, else the channels of one kernel position. Positions outside the image read the zero point: small
 * patches are put together on the stack, large ones read a row of zero points.
 */
export function patchOf(g: Geometry, groups: number, zeroPoint: number): Patch {
  const row = g.kernelWidth * g.channels;
  const whole = groups === 1 && g.dilationX === 1;
  if (whole && !readsOutside(g)) return insidePatch(g, row);
  return whole && g.kernelHeight * row <= EDGE_BYTES ? edgePatch(g, row, zeroPoint) : tapPatch(g, groups, zeroPoint);
}

/** All windows lie inside the image. */
function insidePatch(g: Geometry, row: number): Patch {
  const pitch = g.dilationY * g.width * g.channels;
  const joined = pitch === row || g.kernelHeight === 1;
  const rows = g.outputHeight === 1 ? [] : [affine('oy', g.strideY * g.width * g.channels, 0)];
  const columns = g.outputWidth === 1 ? [] : [affine('ox', g.strideX * g.channels, 0)];
  return {
    runs: {
      count: joined ? 1 : g.kernelHeight,
      length: joined ? row * g.kernelHeight : row,
      address: (index) => (index === '0' ? 'patch' : `patch + ${index} * ${pitch}`),
    },
    before: '',
    find: `const int8_t *const patch = ${['image', ...rows, ...columns].join(' + ')};`,
    parameters: [],
  };
}

/** Windows across the edge are copied into `edge`, with zero points where there is no image. */
function edgePatch(g: Geometry, row: number, zeroPoint: number): Patch {
  const pitch = g.width * g.channels;
  const single = g.kernelHeight === 1;
  const start = c`
    const int32_t y0 = ${affine('oy', g.strideY, -g.top)};
    const int32_t x0 = ${affine('ox', g.strideX, -g.left)};
  `;
  return {
    runs: {
      count: g.kernelHeight,
      length: row,
      address: (index) => (index === '0' ? 'patch' : `patch + ${index} * pitch`),
    },
    before: `int8_t edge[${g.kernelHeight * row}];`,
    find: neverInside(g)
      ? c`
          ${start}
          const int8_t *const patch = edge;
          ${single ? '' : `const int32_t pitch = ${row};`}
          ${gatherEdge(g, zeroPoint)}
        `
      : c`
          ${start}
          const int8_t *patch = edge;
          ${single ? '' : `int32_t pitch = ${row};`}
          if (${insideConditions(g).join(' && ')}) {
              patch = image + (y0 * ${g.width} + x0) * ${g.channels};
              ${single ? '' : `pitch = ${g.dilationY * pitch};`}
          } else {
              ${gatherEdge(g, zeroPoint)}
          }
        `,
    parameters: [],
  };
}

/** Statements that fill `edge` with the part of the window that lies inside the image, and zero points around it. */
function gatherEdge(g: Geometry, zeroPoint: number): string {
  return c`
    const int32_t left = x0 < 0 ? -x0 : 0;
    const int32_t right = x0 > ${g.width - g.kernelWidth} ? ${g.width} - x0 : ${g.kernelWidth};
    memset(edge, ${zeroPoint}, sizeof edge);
    for (int32_t ky = 0; ky < ${g.kernelHeight}; ky++) {
        const int32_t y = y0 + ${affine('ky', g.dilationY, 0)};
        if (y >= 0 && y < ${g.height} && left < right) {
            memcpy(edge + (ky * ${g.kernelWidth} + left) * ${g.channels},
                   image + (y * ${g.width} + x0 + left) * ${g.channels},
                   (size_t)(right - left) * ${g.channels});
        }
    }
  `;
}

/** One run per kernel position. */
function tapPatch(g: Geometry, groups: number, zeroPoint: number): Patch {
  const taps = g.kernelHeight * g.kernelWidth;
  return {
    runs: {
      count: taps,
      length: g.channels / groups,
      address: (index) => (groups === 1 ? `tap[${index}]` : `tap[${index}] + group * ${g.channels / groups}`),
    },
    before: `const int8_t *tap[${taps}];`,
    find: findTaps(g),
    parameters: readsOutside(g) ? [zerosParameter(g.channels, zeroPoint)] : [],
  };
}

/** Statements that point `tap[i]` to kernel position i of the output pixel (oy, ox), to `zeros` outside the image. */
export function findTaps(g: Geometry): string {
  const inside = `image + (y * ${g.width} + x) * ${g.channels}`;
  const outside = outsideConditions(g);
  return c`
    for (int32_t ky = 0; ky < ${g.kernelHeight}; ky++) {
        const int32_t y = ${affine('oy', g.strideY, -g.top)} + ${affine('ky', g.dilationY, 0)};
        for (int32_t kx = 0; kx < ${g.kernelWidth}; kx++) {
            const int32_t x = ${affine('ox', g.strideX, -g.left)} + ${affine('kx', g.dilationX, 0)};
            tap[ky * ${g.kernelWidth} + kx] = ${outside === '' ? inside : `${outside} ? zeros : ${inside}`};
        }
    }
  `;
}

function outsideConditions(g: Geometry): string {
  const conditions = insideConditions(g);
  const rows = conditions.some((text) => text.startsWith('y0')) ? [`y < 0 || y >= ${g.height}`] : [];
  const columns = conditions.some((text) => text.startsWith('x0')) ? [`x < 0 || x >= ${g.width}`] : [];
  const all = [...rows, ...columns];
  return all.length === 0 ? '' : `(${all.join(' || ')})`;
}

/** A row of zero points, to stand for one position outside the image. */
export function zerosParameter(channels: number, zeroPoint: number): CParameter {
  const data = new Int8Array(channels).fill(zeroPoint);
  return tableParameter('zeros', { kind: 'numbers', stem: 'zeros', element: 'int8_t', data });
}
