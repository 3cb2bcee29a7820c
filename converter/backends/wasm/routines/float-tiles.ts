import { type FunctionBuilder, f32x4, i32, type Local, type ParameterLocals, v128 } from '../assembler/index.ts';
import { headerBytes, panelChannels } from '../packing/panels.ts';
import { type Library, routine } from '../routine.ts';
import { type Bounds, type BoundVectors, bounded, emitBounds, multiplyAdd, zeroLanes } from './float-lanes.ts';
import { storeFloats } from './requantize.ts';

/** What the code of {@link floatTiles} depends on. */
export interface FloatTiles {
  /** Output positions of a tile, which share the weights that are read. */
  readonly pixels: number;
  /** From the first input of one position to that of the next, in bytes. */
  readonly pixelBytes: number;
  /** Loops over the chunks of a patch: none for one chunk, over rows, or over rows and columns. */
  readonly chunks: 'one' | 'rows' | 'columns';
  readonly bounds: Bounds;
  /** Channels of the last panel, 8 or fewer. */
  readonly lastChannels: number;
}

const params = {
  input: 'i32',
  weights: 'i32',
  output: 'i32',
  tiles: 'i32',
  channels: 'i32',
  outputBytes: 'i32',
  chunk: 'i32',
  rows: 'i32',
  rowSkip: 'i32',
  columns: 'i32',
  columnSkip: 'i32',
  min: 'f32',
  max: 'f32',
} as const;

/**
 * `tiles` tiles of output positions that lie side by side, for all channels: sums over the patches plus bias, clamped. Patches are read where
 * they lie: `rows` x `columns` chunks of `chunk` bytes, `columnSkip` bytes behind the last one, after the last column `rowSkip` bytes more.
 *
 * `weights` are panels of eight channels with the bias in front ('single' order), `outputBytes` the distance of two positions in the output.
 * Panels are the outer loop: the tiles should stay in the first-level cache. Work may be split by tiles and by panels.
 *
 * Without relaxed instructions sums run in the order of the reference, so that results are equal to the bit.
 */
export const floatTiles = routine({
  params,
  name: ({ pixels }: FloatTiles) => `tiles of ${pixels} float32`,
  emit(f, at, config, library) {
    const { weights, channels, output } = at;
    const [next, target] = [f.local('i32', 'next'), f.local('i32', 'target')];
    const [x, left] = [f.local('i32', 'x'), f.local('i32', 'left')];
    const bounds = emitBounds(f, at, config.bounds);
    const acc = Array.from({ length: config.pixels }, (_, p) => [0, 1].map((h) => f.local('v128', `acc${p}${h}`)));
    f.doWhile(
      () => {
        f.set(x, at.input);
        f.set(target, output);
        f.set(left, at.tiles);
        f.doWhile(
          () => {
            for (const vector of acc.flat()) f.set(vector, zeroLanes);
            f.set(next, i32.add(weights, headerBytes(1, 'float32')));
            emitPatches(f, at, { x, w: next, acc, library }, config);
            emitResults(f, at, { acc, target, bounds, library }, config);
            f.set(x, i32.add(x, config.pixels * config.pixelBytes));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        f.set(weights, next);
        f.set(output, i32.add(output, 4 * panelChannels));
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
    );
  },
});

type Params = ParameterLocals<typeof params>;

type Accumulators = readonly (readonly Local<'v128'>[])[];

interface TileSums {
  readonly x: Local<'i32'>;
  readonly w: Local<'i32'>;
  readonly acc: Accumulators;
  readonly library: Library;
}

/** Adds all chunks; leaves the address behind the weights in `w`. One step of the sum at a time: unrolling makes older compilers spill. */
function emitPatches(f: FunctionBuilder, at: Params, { x, w, acc, library }: TileSums, config: FloatTiles): void {
  const { chunks, pixelBytes } = config;
  const [p, end] = [f.local('i32', 'p'), f.local('i32', 'end')];
  const vectors = [f.local('v128', 'w0'), f.local('v128', 'w1')];
  const value = f.local('v128', 'value');
  f.set(p, x);
  const chunk = () => {
    f.set(end, i32.add(p, at.chunk));
    f.doWhile(
      () => {
        vectors.forEach((vector, half) => {
          f.set(vector, v128.load(w, { offset: 16 * half }));
        });
        acc.forEach((sums, pixel) => {
          f.set(value, v128.load32_splat(p, { offset: pixel * pixelBytes }));
          sums.forEach((sum, half) => {
            const weight = vectors[half];
            if (weight !== undefined) f.set(sum, multiplyAdd(library.variant, sum, value, weight));
          });
        });
        f.set(w, i32.add(w, 4 * panelChannels));
      },
      i32.ne(f.tee(p, i32.add(p, 4)), end),
    );
  };
  if (chunks === 'one') chunk();
  else {
    const row = f.local('i32', 'row');
    f.set(row, at.rows);
    f.doWhile(
      () => {
        if (chunks === 'rows') chunk();
        else {
          const column = f.local('i32', 'column');
          f.set(column, at.columns);
          f.doWhile(
            () => {
              chunk();
              f.set(p, i32.add(p, at.columnSkip));
            },
            f.tee(column, i32.sub(column, 1)),
          );
          f.free(column);
        }
        f.set(p, i32.add(p, at.rowSkip));
      },
      f.tee(row, i32.sub(row, 1)),
    );
    f.free(row);
  }
  f.free(p, end, ...vectors, value);
}

interface TileResults {
  readonly acc: Accumulators;
  readonly target: Local<'i32'>;
  readonly bounds: BoundVectors;
  readonly library: Library;
}

/** Bias, clamp and stores; moves `target` to the next tile. */
function emitResults(
  f: FunctionBuilder,
  { weights, channels, outputBytes }: Params,
  { acc, target, bounds, library }: TileResults,
  { lastChannels }: FloatTiles,
): void {
  const bias = [f.local('v128', 'bias0'), f.local('v128', 'bias1')];
  bias.forEach((vector, half) => {
    f.set(vector, v128.load(weights, { offset: 16 * half }));
  });
  const result = (sum: Local<'v128'>, half: number) => bounded(f32x4.add(sum, bias[half] ?? zeroLanes), bounds);
  const whole = () => {
    for (const sums of acc) {
      sums.forEach((sum, half) => {
        f.do(v128.store(target, result(sum, half), { offset: 16 * half, align: 4 }));
      });
      f.set(target, i32.add(target, outputBytes));
    }
  };
  const part = () => {
    const partial = library.get(storeFloats, null);
    for (const sums of acc) {
      sums.forEach((sum, half) => {
        const count = Math.min(4, lastChannels - 4 * half);
        const to = half === 0 ? target : i32.add(target, 16 * half);
        if (count === 4) f.do(v128.store(target, result(sum, half), { offset: 16 * half, align: 4 }));
        else if (count > 0) f.do(f.call(partial, { target: to, value: result(sum, half), count }));
      });
      f.set(target, i32.add(target, outputBytes));
    }
  };
  if (lastChannels === panelChannels) whole();
  else f.if(i32.ge_s(channels, panelChannels), whole, part);
  f.free(...bias);
}
