import {
  type Counter,
  type Expr,
  type FunctionBuilder,
  i32,
  type Local,
  memory,
  type ParameterLocals,
  select,
  v128,
} from '../assembler/index.ts';
import { blockTiles, largestTile, type TileRun, tileRuns } from '../packing/float-tiling.ts';
import { panelChannels } from '../packing/panels.ts';
import type { Chunks, PaddedCopy, PatchGeometry } from '../packing/patches.ts';
import { type Library, routine } from '../routine.ts';
import { type Bounds, zeroLanes } from './float-lanes.ts';
import { type FloatTiles, floatTiles } from './float-tiles.ts';

/** What the code of a float convolution depends on. */
export interface FloatConvolution {
  readonly geometry: PatchGeometry;
  readonly chunks: Chunks;
  readonly groups: number;
  readonly groupOutputs: number;
  /** Bytes of the packed weights of one group. */
  readonly groupWeightBytes: number;
  readonly bounds: Bounds;
}

/** Bytes of scratch: the padded copy, with the gap behind its last row and a vector that stores may reach behind that. */
export function floatConvolutionScratch({ padded }: PatchGeometry): number {
  if (padded === null) return 0;
  const { elements, start, rows, paddedRowElements } = padded;
  return 16 * Math.ceil(Math.max(elements, start + rows * paddedRowElements) / 4) + 16;
}

const params = { input: 'i32', weights: 'i32', output: 'i32', scratch: 'i32', min: 'f32', max: 'f32' } as const;

type Params = ParameterLocals<typeof params>;

/** float32 convolution over patches that are read where they lie, in the input or in a copy with its padding. */
export const floatConvolution = routine({
  params,
  name: (_: FloatConvolution) => 'convolution float32',
  emit(f, at, config, library) {
    const { geometry, groups, groupOutputs } = config;
    const { padded, outputHeight, outputWidth } = geometry;
    const image = f.local('i32', 'image');
    f.for({ from: 0, to: geometry.images }, (index) => {
      f.set(image, plus(at.input, index, 4 * geometry.imageElements));
      if (padded !== null) {
        f.do(f.call(library.get(padImage, null), { source: image, target: at.scratch, ...paddingBytes(padded) }));
        f.set(image, at.scratch);
      }
      f.for({ from: 0, to: groups }, (group) => {
        const outputs = plus(at.output, index, 4 * outputHeight * outputWidth * groups * groupOutputs);
        const line = {
          input: plus(image, group, 4 * config.chunks.elements),
          weights: plus(at.weights, group, config.groupWeightBytes),
          output: plus(outputs, group, 4 * groupOutputs),
        };
        f.for({ from: 0, to: outputHeight }, (y) => emitLine(f, at, { ...line, y }, { config, library }));
      });
    });
  },
});

interface Line {
  readonly input: Expr<'i32'>;
  readonly weights: Expr<'i32'>;
  readonly output: Expr<'i32'>;
  readonly y: Counter;
}

interface Parts {
  readonly config: FloatConvolution;
  readonly library: Library;
}

/** One output row of one group. */
function emitLine(f: FunctionBuilder, { min, max }: Params, line: Line, { config, library }: Parts): void {
  const { geometry, chunks, groupOutputs } = config;
  const outputBytes = 4 * config.groups * groupOutputs;
  const input = plus(line.input, line.y, 4 * geometry.rowStep);
  const output = plus(line.output, line.y, geometry.outputWidth * outputBytes);
  const { kernelColumnStep, kernelRowStep, pixelStep } = geometry;
  const read = chunks.columns === 1 ? chunks.elements : chunks.columns * kernelColumnStep;
  let done = 0;
  for (const run of tileRuns(geometry.outputWidth, largestTile(library.variant))) {
    const tile = library.get(floatTiles, tilesConfig(config, run.pixels));
    const first = done;
    const each = blockTiles(run, geometry, groupOutputs);
    f.for({ from: 0, to: run.tiles, step: each }, (tiles) => {
      const place = (base: Expr<'i32'>, pixelBytes: number) =>
        plus(first === 0 ? base : i32.add(base, first * pixelBytes), tiles, run.pixels * pixelBytes);
      const call = f.call(tile, {
        input: place(input, 4 * pixelStep),
        weights: line.weights,
        output: place(output, outputBytes),
        tiles: tilesLeft(run, tiles, each),
        channels: groupOutputs,
        outputBytes,
        chunk: 4 * chunks.elements,
        rows: chunks.rows,
        rowSkip: 4 * (kernelRowStep - read),
        columns: chunks.columns,
        columnSkip: 4 * (kernelColumnStep - chunks.elements),
        min,
        max,
      });
      f.do(call);
    });
    done += run.pixels * run.tiles;
  }
}

/** How tiles of so many positions are computed. */
export function tilesConfig({ geometry, chunks, groupOutputs, bounds }: FloatConvolution, pixels: number): FloatTiles {
  return {
    pixels,
    pixelBytes: 4 * geometry.pixelStep,
    chunks: chunks.columns > 1 ? 'columns' : chunks.rows > 1 ? 'rows' : 'one',
    bounds,
    lastChannels: ((groupOutputs - 1) % panelChannels) + 1,
  };
}

function tilesLeft({ tiles }: TileRun, from: Counter, each: number): number | Expr<'i32'> {
  if (typeof from === 'number') return Math.min(each, tiles - from);
  return tiles % each === 0
    ? i32.const(each)
    : select(i32.const(each), i32.sub(tiles, from), i32.le_s(from, tiles - each));
}

/** `base + index * scale`, the shorter the better. */
function plus(base: Expr<'i32'>, index: Counter, scale: number): Expr<'i32'> {
  if (typeof index === 'number') return index === 0 ? base : i32.add(base, index * scale);
  return i32.add(base, i32.mul(index, scale));
}

/** The arguments of `padImage`, in bytes. */
export function paddingBytes(padded: PaddedCopy) {
  const { elements, rows, rowElements, inputRowElements, start, paddedRowElements } = padded;
  const end = rows === 0 ? elements : start + rows * paddedRowElements;
  return {
    top: 4 * (rows === 0 ? elements : start),
    rows,
    rowBytes: 4 * rowElements,
    sourceStep: 4 * inputRowElements,
    gap: 4 * (paddedRowElements - rowElements),
    // The gap behind the last row is part of what is left.
    bottom: 4 * Math.max(0, elements - end),
  };
}

/**
 * A copy of an image between zeros: `top` bytes of them, `rows` rows of `rowBytes`, which are `sourceStep` apart, each followed by
 * `gap` bytes of zeros, then `bottom` bytes. Stores reach up to 12 bytes behind the end.
 */
export const padImage = routine({
  params: {
    source: 'i32',
    target: 'i32',
    top: 'i32',
    rows: 'i32',
    rowBytes: 'i32',
    sourceStep: 'i32',
    gap: 'i32',
    bottom: 'i32',
  },
  name: (_: null) => 'pad image',
  emit(f, { source, target, top, rows, rowBytes, sourceStep, gap, bottom }) {
    const [from, to, end] = [f.local('i32', 'from'), f.local('i32', 'to'), f.local('i32', 'end')];
    f.do(memory.fill(target, 0, top));
    f.set(target, i32.add(target, top));
    f.while(rows, () => {
      f.set(from, source);
      f.set(to, target);
      f.set(end, i32.add(target, rowBytes));
      f.doWhile(
        () => {
          f.do(v128.store(to, v128.load(from, { align: 4 }), { align: 4 }));
          f.set(from, i32.add(from, 16));
        },
        i32.lt_u(f.tee(to, i32.add(to, 16)), end),
      );
      f.set(target, i32.add(end, gap));
      emitZeros(f, end, target);
      f.set(source, i32.add(source, sourceStep));
      f.set(rows, i32.sub(rows, 1));
    });
    f.do(memory.fill(target, 0, bottom));
  },
});

/** Zeros from `to` to `end`, in vectors; moves `to`. */
function emitZeros(f: FunctionBuilder, to: Local<'i32'>, end: Local<'i32'>): void {
  f.while(i32.lt_u(to, end), () => {
    f.do(v128.store(to, zeroLanes, { align: 4 }));
    f.set(to, i32.add(to, 16));
  });
}
