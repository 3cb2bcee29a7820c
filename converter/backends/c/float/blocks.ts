import type { Operand } from '../../../plan/program.ts';
import type { Convolution } from '../convolution.ts';
import { affine, extent, type Geometry, insideConditions } from '../geometry.ts';
import { constantData } from '../operand.ts';
import { c } from '../quote.ts';
import { floatLimit } from './limit.ts';

/** Channels that are summed at a time: as many whole blocks of each size as there are channels left. */
const SIZES = [8, 4, 1] as const;

type BlockSize = (typeof SIZES)[number];

interface Block {
  readonly size: BlockSize;
  readonly first: number;
}

/** The channels of a group, in blocks. */
function blocksOf(channels: number): Block[] {
  const blocks: Block[] = [];
  let first = 0;
  for (const size of SIZES) {
    for (; first + size <= channels; first += size) blocks.push({ size, first });
  }
  return blocks;
}

/** What the blocks of a convolution are made of: channel by channel or of all channels of the group. */
interface Shape {
  readonly isDepthwise: boolean;
  readonly groups: number;
  /** Input channels of a product of one output channel and kernel position. */
  readonly depth: number;
  readonly perGroup: number;
  readonly positions: number;
}

function shapeOf({ geometry: g, groups }: Convolution): Shape {
  const positions = g.kernelHeight * g.kernelWidth;
  // Groups of one channel each are neighbours of one block.
  const isDepthwise = groups > 1 && groups === g.channels && groups === g.outputChannels;
  return isDepthwise
    ? { isDepthwise, groups: 1, depth: 1, perGroup: groups, positions }
    : { isDepthwise, groups, depth: g.channels / groups, perGroup: g.outputChannels / groups, positions };
}

/** Whether products.h can sum this convolution: each window must have a row and a column inside the image. */
export function hasBlocks({ geometry: g }: Convolution, weights: Operand): boolean {
  const meets = (outputs: number, stride: number, before: number, kernel: number, dilation: number, size: number) =>
    Array.from({ length: outputs }, (_, i) => i * stride - before).every((start) => {
      const skipped = start < 0 ? Math.ceil(-start / dilation) : 0;
      return skipped < kernel && start + skipped * dilation < size;
    });
  return (
    weights.kind === 'constant' &&
    meets(g.outputHeight, g.strideY, g.top, g.kernelHeight, g.dilationY, g.height) &&
    meets(g.outputWidth, g.strideX, g.left, g.kernelWidth, g.dilationX, g.width)
  );
}

/** The weights in the order in which the loops read them: see products.h. */
export function packedWeights(convolution: Convolution, weights: Operand): Float32Array {
  const from = constantData(weights);
  const { groups, depth, perGroup, positions } = shapeOf(convolution);
  const data = new Float32Array(groups * perGroup * positions * depth);
  let next = 0;
  for (let group = 0; group < groups; group++) {
    for (const { size, first } of blocksOf(perGroup)) {
      for (let tap = 0; tap < positions * depth; tap++) {
        const [position, channel] = [Math.floor(tap / depth), tap % depth];
        for (let lane = 0; lane < size; lane++) {
          const output = group * perGroup + first + lane;
          data[next++] = Number(from[convolution.place(output, position, channel)]);
        }
      }
    }
  }
  return data;
}

/** Statements that compute the outputs of the pixel (oy, ox) of `image` and leave `output` behind the last one. */
export function blockLoops(convolution: Convolution): string {
  const { geometry: g, groups: wholeGroups, clamp } = convolution;
  const shape = shapeOf(convolution);
  const { groups, depth, perGroup, isDepthwise } = shape;
  const [rows, columns] = [clip('y', g), clip('x', g)];
  const body = SIZES.map((size) => {
    const count = blocksOf(perGroup).filter((block) => block.size === size).length;
    const lanes = Array.from({ length: size }, (_, lane) => lane);
    const moved = isDepthwise ? `from += ${size};` : '';
    return loop(
      'block',
      count,
      c`
        float sum[${size}] = {${lanes.map((lane) => `b[${lane}]`).join(', ')}};
        ${sums(g, shape, size, rows, columns)}
        ${lanes.map((lane) => floatLimit(`sum[${lane}]`, clamp)).filter((text) => text !== '')}
        ${lanes.map((lane) => `output[${lane}] = sum[${lane}];`)}
        output += ${size};
        b += ${size};
        w += ${shape.positions * depth * size};
        ${moved}
      `,
    );
  });
  return c`
    ${rows.before}
    ${columns.before}
    const float *from = image${place(g, rows, columns)};
    const float *w = weights;
    const float *b = bias;
    ${groups === 1 ? body : loop('group', wholeGroups, [...body, `from += ${depth};`].join('\n'))}
  `;
}

/** Statements that add all products of a block. `from` is the first input of the window inside the image. */
function sums(g: Geometry, shape: Shape, size: BlockSize, rows: Clip, columns: Clip): string {
  const { isDepthwise, groups, depth } = shape;
  const [tap, row, pitch] = [size * depth, size * depth * g.kernelWidth, g.dilationY * g.width * g.channels];
  const start = [scaled(rows.from, row), scaled(columns.from, tap)].filter((text) => text !== '').join(' + ');
  const add = isDepthwise
    ? `thimble_own_products${size}(sum, x, v, ${columns.count}, ${g.dilationX * g.channels});`
    : groups === 1 && g.dilationX === 1
      ? `thimble_products${size}(sum, x, v, ${columns.clipped ? scaled(columns.count, depth) : g.kernelWidth * depth});`
      : c`
          for (int32_t kx = 0; kx < ${columns.count}; kx++) {
              thimble_products${size}(sum, x + kx * ${g.dilationX * g.channels}, v + kx * ${tap}, ${depth});
          }
        `;
  const head = c`
    const float *x = from;
    const float *v = w${start === '' ? '' : ` + ${start}`};
  `;
  if (g.kernelHeight === 1) return `${head}\n${add}`;
  return c`
    ${head}
    for (int32_t ky = ${rows.from}; ky < ${rows.to}; ky++) {
        ${add}
        x += ${pitch};
        v += ${row};
    }
  `;
}

/** The kernel positions along an axis that lie inside the image: the first, the end and how many, as C. */
interface Clip {
  readonly clipped: boolean;
  readonly before: string;
  readonly from: string;
  readonly to: string;
  readonly count: string;
  /** The place in the image under kernel position `from`. */
  readonly place: string;
}

function clip(axis: 'y' | 'x', g: Geometry): Clip {
  const [stride, dilation, kernel, pad, size, outputs] =
    axis === 'y'
      ? [g.strideY, g.dilationY, g.kernelHeight, g.top, g.height, g.outputHeight]
      : [g.strideX, g.dilationX, g.kernelWidth, g.left, g.width, g.outputWidth];
  const start = affine(`o${axis}`, stride, -pad);
  const clipped = insideConditions(g).some((text) => text.startsWith(`${axis}0`));
  if (!clipped) {
    const place = outputs === 1 ? String(-pad) : start;
    return { clipped, before: '', from: '0', to: String(kernel), count: String(kernel), place };
  }
  const [from, to, first] = [`${axis}_from`, `${axis}_to`, `${axis}0`];
  const up = (text: string) => (dilation === 1 ? text : `(${text} + ${dilation - 1}) / ${dilation}`);
  const before = c`
    const int32_t ${first} = ${start};
    const int32_t ${from} = ${first} < 0 ? ${up(`-${first}`)} : 0;
    const int32_t ${to} = ${first} > ${size - extent(kernel, dilation)} ? ${up(`${size} - ${first}`)} : ${kernel};
  `;
  const place = `(${first} + ${affine(from, dilation, 0)})`;
  return { clipped, before, from, to, count: `(${to} - ${from})`, place };
}

/** ` + (y) * width + ...` of the first input of the window inside the image. */
function place(g: Geometry, rows: Clip, columns: Clip): string {
  const offsets = [scaled(rows.place, g.width * g.channels), scaled(columns.place, g.channels)];
  return offsets.map((text) => (text === '' ? '' : ` + ${text}`)).join('');
}

/** `value * factor` without factors of 1; empty for 0. */
function scaled(value: string, factor: number): string {
  if (value === '0' || value === '-0') return '';
  if (factor === 1) return value;
  return /[ ]/.test(value) && !/^\(.*\)$/.test(value) ? `(${value}) * ${factor}` : `${value} * ${factor}`;
}

function loop(variable: string, count: number, body: string | readonly string[]): string {
  const text = typeof body === 'string' ? body : body.filter((part) => part !== '').join('\n');
  if (count === 0) return '';
  const head = count === 1 ? '' : `for (int32_t ${variable} = 0; ${variable} < ${count}; ${variable}++) `;
  return c`
    ${head}{
        ${text}
    }
  `;
}
