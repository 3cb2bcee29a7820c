import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Geometry, geometryOf } from '../../../converter/backends/c/geometry.ts';
import { pad } from '../../../converter/backends/c/kernels/pad.ts';
import { isCopied } from '../../../converter/backends/c/movement.ts';
import { loopAxes } from '../../../converter/backends/c/nest.ts';
import { matmulOverlaps } from '../../../converter/backends/c/overlap/matmul.ts';
import { moveOverlaps } from '../../../converter/backends/c/overlap/movement.ts';
import {
  convolutionOverlaps,
  int8DepthwiseOverlaps,
  poolOverlaps,
} from '../../../converter/backends/c/overlap/window.ts';
import { matmulGeometry } from '../../../converter/ops/matmul.ts';
import type { DType } from '../../../converter/tensor/dtype.ts';
import { dtypeBytes } from '../../../converter/tensor/dtype.ts';
import { type Shape, stridesOf } from '../../../converter/tensor/shape.ts';
import { byteSize, type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';
import { type Access, leastByTrial, read, write } from '../../plan/overlap-trace.ts';

/**
 * The generated loops as lists of reads and writes, byte by byte: every distance that the kernels state in closed form is
 * exactly the smallest at which no variant of the code reads what it has overwritten.
 */

const small = (min: number, max: number) => fc.integer({ min, max });

const window = fc.record({
  batch: small(1, 2),
  height: small(1, 5),
  width: small(1, 5),
  kernel: fc.tuple(small(1, 3), small(1, 3)),
  strides: fc.tuple(small(1, 3), small(1, 3)),
  dilations: fc.tuple(small(1, 2), small(1, 2)),
  padding: fc.tuple(small(0, 2), small(0, 2), small(0, 2), small(0, 2)),
});
type WindowCase = typeof window extends fc.Arbitrary<infer T> ? T : never;

/** Null where no window fits. */
function geometry(one: WindowCase, channels: number, outputChannels: number): Geometry | null {
  const { batch, height, width, kernel, strides, dilations } = one;
  const [top, left, bottom, right] = one.padding;
  const outputs = (size: number, k: number, stride: number, dilation: number) =>
    Math.floor((size - (k - 1) * dilation - 1) / stride) + 1;
  const outputHeight = outputs(height + top + bottom, kernel[0], strides[0], dilations[0]);
  const outputWidth = outputs(width + left + right, kernel[1], strides[1], dilations[1]);
  if (outputHeight < 1 || outputWidth < 1) return null;
  return geometryOf([batch, height, width, channels], [batch, outputHeight, outputWidth, outputChannels], kernel, {
    ...{ strides, dilations, padding: { top, left, bottom, right } },
  });
}

/** Elements of the input that lie under the window of an output pixel, each the first channel of a position. */
function positions(g: Geometry, n: number, pixel: number): number[] {
  const [oy, ox] = [Math.floor(pixel / g.outputWidth), pixel % g.outputWidth];
  const found: number[] = [];
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    for (let kx = 0; kx < g.kernelWidth; kx++) {
      const [y, x] = [oy * g.strideY - g.top + ky * g.dilationY, ox * g.strideX - g.left + kx * g.dilationX];
      if (y >= 0 && y < g.height && x >= 0 && x < g.width) found.push(((n * g.height + y) * g.width + x) * g.channels);
    }
  }
  return found;
}

const pixelsOf = (g: Geometry) => g.outputHeight * g.outputWidth;

/** Pixel by pixel, group by group, blocks of `block` output channels and what is left one by one. */
function loopTrace(g: Geometry, groups: number, block: number, bytes: number): Access[] {
  const trace: Access[] = [];
  const [depth, outputs] = [g.channels / groups, g.outputChannels / groups];
  for (let n = 0; n < g.batch; n++) {
    for (let pixel = 0; pixel < pixelsOf(g); pixel++) {
      for (let group = 0; group < groups; group++) {
        for (let o = 0; o < outputs; ) {
          const size = o + block <= outputs ? block : 1;
          for (const at of positions(g, n, pixel)) trace.push(read((at + group * depth) * bytes, depth * bytes));
          const to = (n * pixelsOf(g) + pixel) * g.outputChannels + group * outputs + o;
          trace.push(write(to * bytes, size * bytes));
          o += size;
        }
      }
    }
  }
  return trace;
}

/** Tiles of `width` pixels, the last one of those that are left. */
function tileTrace(g: Geometry, width: number): Access[] {
  const trace: Access[] = [];
  const pixels = pixelsOf(g);
  for (let n = 0; n < g.batch; n++) {
    for (let first = 0; first < pixels; first += width) {
      const count = Math.min(width, pixels - first);
      for (let p = first; p < first + count; p++) {
        for (const at of positions(g, n, p)) trace.push(read(at, g.channels));
      }
      trace.push(write((n * pixels + first) * g.outputChannels, count * g.outputChannels));
    }
  }
  return trace;
}

/** Four channels at a time, the last four over the last channels. */
function foursTrace(g: Geometry): Access[] {
  const trace: Access[] = [];
  for (let n = 0; n < g.batch; n++) {
    for (let pixel = 0; pixel < pixelsOf(g); pixel++) {
      for (let next = 0; next < g.channels; next += 4) {
        const channel = Math.min(next, g.channels - 4);
        for (const at of positions(g, n, pixel)) trace.push(read(at + channel, 4));
        trace.push(write((n * pixelsOf(g) + pixel) * g.channels + channel, 4));
      }
    }
  }
  return trace;
}

/** The data of a layer of one dtype and its weights; all inputs, and the output. */
function typesOf(g: Geometry, dtype: DType): { inputs: TensorType[]; outputs: TensorType[] } {
  const weights = tensorType(dtype === 'float32' ? 'float32' : 'int8', [1]);
  return {
    inputs: [tensorType(dtype, [g.batch, g.height, g.width, g.channels]), weights],
    outputs: [tensorType(dtype, [g.batch, g.outputHeight, g.outputWidth, g.outputChannels])],
  };
}

function expectLeast(stated: readonly (number | null)[], traces: readonly Access[][], [output]: TensorType[]): void {
  expect(stated[0]).toBe(leastByTrial(traces, output === undefined ? 0 : byteSize(output)));
  expect(stated.slice(1)).toEqual(stated.slice(1).map(() => null));
}

describe('stated distances', () => {
  it('are the least ones of convolutions', () => {
    const shape = fc.record({ window, groups: small(1, 3), depth: small(1, 3), perGroup: small(1, 9) });
    fc.assert(
      fc.property(shape, fc.constantFrom('int8', 'int16', 'float32'), ({ window, groups, depth, perGroup }, dtype) => {
        const g = geometry(window, groups * depth, groups * perGroup);
        fc.pre(g !== null);
        const { inputs, outputs } = typesOf(g, dtype);
        const loops = loopTrace(g, groups, dtype === 'int8' ? 4 : 1, dtypeBytes[dtype]);
        // Windows of one position that visit every pixel in order are tiled over all images.
        const flat = g.kernelHeight * g.kernelWidth * g.strideY * g.strideX === 1 && g.outputHeight === g.height;
        const plain = flat && g.outputWidth === g.width && g.top === 0 && g.left === 0;
        const all = g.batch * pixelsOf(g);
        const whole = plain ? { ...g, batch: 1, height: 1, outputHeight: 1, width: all, outputWidth: all } : g;
        const widths = dtype === 'int8' && groups === 1 ? [4, 3, 2, 1].filter((width) => width <= pixelsOf(whole)) : [];
        const traces = [loops, ...widths.map((width) => tileTrace(whole, width))];
        expectLeast(convolutionOverlaps(g, groups, g.batch, inputs, outputs), traces, outputs);
      }),
      { numRuns: 300 },
    );
  });

  it('are the least ones of depthwise convolutions', () => {
    fc.assert(
      fc.property(window, small(1, 9), small(1, 3), (one, channels, multiplier) => {
        const g = geometry(one, channels, channels * multiplier);
        fc.pre(g !== null);
        const { inputs, outputs } = typesOf(g, 'int8');
        const fours = multiplier === 1 && channels >= 4 ? [foursTrace(g)] : [];
        expectLeast(int8DepthwiseOverlaps(g, inputs, outputs), [loopTrace(g, channels, 1, 1), ...fours], outputs);
      }),
      { numRuns: 300 },
    );
  });

  it('are the least ones of pools', () => {
    fc.assert(
      fc.property(window, small(1, 5), fc.constantFrom('int8', 'float32'), (one, channels, dtype) => {
        const g = geometry({ ...one, dilations: [1, 1] }, channels, channels);
        fc.pre(g !== null);
        const { inputs, outputs } = typesOf(g, dtype);
        const trace = loopTrace(g, channels, 1, dtypeBytes[dtype]);
        expectLeast(poolOverlaps(g, inputs, outputs), [trace], outputs);
      }),
    );
  });

  it('of hybrid convolutions are those of whole images', () => {
    const g = geometry(
      { batch: 3, height: 2, width: 2, kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: [0, 0, 0, 0] },
      3,
      5,
    );
    if (g === null) throw new Error('no geometry');
    const { inputs, outputs } = typesOf(g, 'float32');
    const hybrid = [inputs[0] ?? tensorType('float32', []), tensorType('int8', [1])];
    expect(convolutionOverlaps(g, 1, 3, hybrid, outputs)).toEqual([2 * 4 * (5 - 3) * 4, null]);
  });

  it('are the least ones of matrix products', () => {
    const sizes = fc.record({ batch: small(1, 2), rows: small(1, 4), depth: small(1, 4), columns: small(1, 9) });
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.boolean(), fc.boolean(), (size, transposeA, transposeB, repeats) => {
        const { batch, rows, depth, columns } = size;
        const a: Shape = [batch, ...(transposeA ? [depth, rows] : [rows, depth])];
        const b: Shape = [repeats ? 1 : batch, ...(transposeB ? [columns, depth] : [depth, columns])];
        const g = matmulGeometry({ transposeA, transposeB }, a, b);
        const inputs = [tensorType('float32', a), tensorType('float32', b)];
        const outputs = [tensorType('float32', [batch, rows, columns])];
        const traces: [Access[], Access[]] = [[], []];
        for (let n = 0; n < batch; n++) {
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j < columns; ) {
              const width = j + 4 <= columns ? 4 : 1;
              for (let k = 0; k < depth; k++) {
                traces[0].push(read(4 * (n * rows * depth + i * g.aRow + k * g.aStep), 4));
                for (let l = j; l < j + width; l++) {
                  traces[1].push(read(4 * ((repeats ? 0 : n * depth * columns) + l * g.bColumn + k * g.bStep), 4));
                }
              }
              for (const trace of traces) trace.push(write(4 * ((n * rows + i) * columns + j), 4 * width));
              j += width;
            }
          }
        }
        const bytes = byteSize(outputs[0] ?? tensorType('float32', []));
        expect(matmulOverlaps(g, 4, inputs, outputs)).toEqual(traces.map((trace) => leastByTrial([trace], bytes)));
      }),
    );
  });

  it('are the least ones of slices and transposes, where no run is written into itself', () => {
    const axis = fc.record({ count: small(1, 6), size: small(1, 6), reversed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), fc.constantFrom('int8', 'float32'), (axes, dtype) => {
        const bytes = dtypeBytes[dtype];
        const shape = axes.map(({ count }) => count);
        const toStrides = stridesOf(shape);
        const own = stridesOf(axes.map(({ count, size }) => count + size - 1));
        const fromStrides = own.map((stride, k) => (axes[k]?.reversed ? -stride : stride));
        const fromStart = own.reduce(
          (sum, stride, k) => sum + (axes[k]?.reversed ? (shape[k] ?? 1) : 1) * stride - stride,
          0,
        );
        const outputs = [tensorType(dtype, shape)];
        const found = moveOverlaps({ shape, fromStart, fromStrides, toStart: 0, toStrides }, outputs, outputs);
        const merged = loopAxes(shape, [toStrides, fromStrides]);
        const last = merged.at(-1);
        const run = last !== undefined && isCopied(last) ? last.count : 1;
        const trace: Access[] = [];
        const count = shape.reduce((product, n) => product * n, 1);
        for (let at = 0; at < count; at += run) {
          const from = fromStrides.reduce(
            (sum, stride, k) => sum + (Math.floor(at / (toStrides[k] ?? 1)) % (shape[k] ?? 1)) * stride,
            fromStart,
          );
          // A memcpy may read anything after it has written everything.
          if (run > 1) trace.push(write(at * bytes, run * bytes), read(from * bytes, run * bytes));
          else trace.push(read(from * bytes, bytes), write(at * bytes, bytes));
        }
        expect(found).toEqual([leastByTrial([trace], count * bytes)]);
      }),
    );
  });

  it('are the least ones of padding, where no run is written into itself', () => {
    const axis = fc.record({ size: small(1, 5), before: small(0, 2), after: small(0, 2) });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 3 }), (axes) => {
        const [shape, before, after] = [axes.map((a) => a.size), axes.map((a) => a.before), axes.map((a) => a.after)];
        const padded = axes.map((a) => a.size + a.before + a.after);
        const last = axes.findLastIndex((a) => a.before + a.after > 0);
        const run = shape.slice(Math.max(0, last)).reduce((product, n) => product * n, 1);
        const trace: Access[] = [];
        let from = 0;
        const count = padded.reduce((product, n) => product * n, 1);
        for (let to = 0; to < count; to++) {
          const inside = stridesOf(padded).every((stride, k) => {
            const place = (Math.floor(to / stride) % (padded[k] ?? 1)) - (before[k] ?? 0);
            return place >= 0 && place < (shape[k] ?? 1);
          });
          if (!inside) trace.push(write(to));
          else if (run < 4) trace.push(read(from++), write(to));
          else if (from++ % run === 0) trace.push(write(to, run), read(from - 1, run));
        }
        const outputs = [tensorType('int8', padded)];
        const op = { type: 'pad', attributes: { before, after, value: 0 } } as const;
        const bytes = byteSize(tensorType('int8', padded));
        expect(pad.overlaps(op, [tensorType('int8', shape)], outputs)).toEqual([leastByTrial([trace], bytes)]);
      }),
    );
  });
});
