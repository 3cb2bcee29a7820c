import {
  type Counter,
  type Expr,
  type FunctionBuilder,
  i32,
  type Local,
  memory,
  type Operand,
  type ParameterLocals,
} from '../assembler/index.ts';
import type { IntegerWeights } from '../packing/panels.ts';
import type { Chunks, PatchGeometry } from '../packing/patches.ts';
import { type Library, routine } from '../routine.ts';
import { copyRows } from './copy.ts';
import { hybridMatrix, packOvershootBytes, tileRows } from './matrix.ts';
import { pack } from './pack.ts';

/** Everything that the code of a convolution depends on, beside the product itself. */
export interface ConvolutionShape {
  readonly geometry: PatchGeometry;
  readonly chunks: Chunks;
  readonly groups: number;
  readonly groupOutputs: number;
  /** Bytes of the packed weights of one group. */
  readonly groupWeightBytes: number;
  /** Output positions that are packed at a time. */
  readonly blockRows: number;
}

/** Bytes of packed patches that are made at a time: they should stay in the first-level cache beside the weights. */
const blockBytes = 16384;

/** Steps of 16 bytes that a tile of four patches takes: pairs of integers. */
function patchSteps(chunks: Chunks): number {
  return chunks.rows * chunks.columns * chunkSteps(chunks);
}

function chunkSteps(chunks: Chunks): number {
  return 2 * Math.ceil(chunks.elements / 4);
}

/** How many positions are packed at a time. */
export function blockRowsOf(geometry: PatchGeometry, chunks: Chunks): number {
  const tiles = Math.ceil((geometry.outputHeight * geometry.outputWidth) / tileRows);
  const fitting = Math.floor(blockBytes / (16 * patchSteps(chunks)));
  return tileRows * Math.max(1, Math.min(tiles, fitting));
}

/**
 * Bytes of scratch: the padded copy, then the packed patches with what `pack` may write behind them, then the sums of rows
 * where weights have a zero point.
 */
export function convolutionScratch(geometry: PatchGeometry, chunks: Chunks, hasSums: boolean): number {
  const tiles = blockRowsOf(geometry, chunks) / tileRows;
  const tileBytes = 16 * patchSteps(chunks) + (hasSums ? 16 : 0);
  return paddedBytes(geometry) + tiles * tileBytes + packOvershootBytes;
}

/** Bytes of the padded copy, rounded up to whole vectors with one to spare for reads behind its end. */
function paddedBytes({ padded }: PatchGeometry): number {
  return padded === null ? 0 : Math.ceil(padded.elements / 16) * 16;
}

/** The arguments of a matrix product that do not depend on its kind. */
interface Block {
  readonly panel: Expr<'i32'>;
  readonly weights: Expr<'i32'>;
  readonly output: Expr<'i32'>;
  readonly rows: Local<'i32'>;
  readonly steps: number;
  readonly channels: number;
  readonly rowBytes: number;
}

interface ConvolutionParts {
  readonly library: Library;
  readonly shape: ConvolutionShape;
  readonly outputBytes: number;
  /** The stored zero of the input; `image` is the number of the image. */
  zero(image: Counter): Operand<'i32'>;
  multiply(block: Block, image: Counter): Expr<'none'>;
}

const places = { input: 'i32', weights: 'i32', output: 'i32', scratch: 'i32' } as const;

type Places = ParameterLocals<typeof places>;

/** `base + index * scale`, the shorter the better. */
function plus(base: Expr<'i32'>, index: Counter, scale: number): Expr<'i32'> {
  if (typeof index === 'number') return index === 0 ? base : i32.add(base, index * scale);
  return i32.add(base, i32.mul(index, scale));
}

function emitConvolution(
  f: FunctionBuilder,
  { input, weights, output, scratch }: Places,
  parts: ConvolutionParts,
): void {
  const { shape, library, outputBytes } = parts;
  const { geometry, groups, groupOutputs, blockRows, chunks } = shape;
  const { padded, outputWidth } = geometry;
  const positions = geometry.outputHeight * outputWidth;
  const rowBytes = groups * groupOutputs * outputBytes;
  const zero = f.local('i32', 'zero');
  const source = f.local('i32', 'image');
  const [rows, y, x] = [f.local('i32', 'rows'), f.local('i32', 'y'), f.local('i32', 'x')];
  const panel = i32.add(scratch, paddedBytes(geometry));
  f.for({ from: 0, to: geometry.images }, (image) => {
    f.set(zero, parts.zero(image));
    f.set(source, plus(input, image, geometry.imageElements));
    if (padded !== null) {
      f.do(memory.fill(scratch, zero, padded.elements));
      const copy = f.call(library.get(copyRows, null), {
        source,
        target: i32.add(scratch, padded.start),
        rows: padded.rows,
        rowBytes: padded.rowElements,
        sourceStep: padded.inputRowElements,
        targetStep: padded.paddedRowElements,
      });
      f.do(copy);
      f.set(source, scratch);
    }
    f.for({ from: 0, to: groups }, (group) => {
      f.for({ from: 0, to: positions, step: blockRows }, (first) => {
        if (typeof first === 'number') {
          f.set(rows, Math.min(blockRows, positions - first));
          f.set(y, Math.floor(first / outputWidth));
          f.set(x, first % outputWidth);
        } else {
          f.set(rows, i32.sub(positions, first));
          f.if(i32.gt_s(rows, blockRows), () => f.set(rows, blockRows));
          f.set(y, i32.div_u(first, outputWidth));
          f.set(x, i32.rem_u(first, outputWidth));
        }
        const origin = i32.add(
          plus(i32.add(source, i32.mul(y, geometry.rowStep)), group, chunks.elements),
          i32.mul(x, geometry.pixelStep),
        );
        const patches = f.call(library.get(pack, null), {
          source: origin,
          panel,
          zero,
          rows,
          column: x,
          columns: outputWidth,
          pixelStep: geometry.pixelStep,
          rowSkip: geometry.rowStep - outputWidth * geometry.pixelStep,
          kernelRows: chunks.rows,
          kernelRowStep: geometry.kernelRowStep,
          kernelColumns: chunks.columns,
          kernelColumnStep: geometry.kernelColumnStep,
          chunk: chunks.elements,
          chunkSteps: chunkSteps(chunks),
        });
        f.do(patches);
        const block: Block = {
          panel,
          weights: plus(weights, group, shape.groupWeightBytes),
          output: plus(
            plus(plus(output, image, positions * rowBytes), group, groupOutputs * outputBytes),
            first,
            rowBytes,
          ),
          rows,
          steps: patchSteps(chunks),
          channels: groupOutputs,
          rowBytes,
        };
        f.do(parts.multiply(block, image));
      });
    });
  });
}

/** `batches`: scale (float32) and zero point (int32) of each image, 8 bytes; the input is int8 already. */
export const hybridConvolution = routine({
  params: { ...places, batches: 'i32', min: 'f32', max: 'f32' },
  name: (_: { readonly shape: ConvolutionShape; readonly element: IntegerWeights }) => 'convolution hybrid',
  emit(f, params, { shape, element }, library) {
    const { min, max, batches } = params;
    const callee = library.get(hybridMatrix, { element });
    emitConvolution(f, params, {
      library,
      shape,
      outputBytes: 4,
      zero: (image) => i32.load(plus(batches, image, 8), { offset: 4 }),
      multiply: (block, image) => f.call(callee, { ...block, scale: plus(batches, image, 8), min, max }),
    });
  },
});
