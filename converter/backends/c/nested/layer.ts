import type { CLayer, CParameter } from '../kernel.ts';
import type { CTable, NumberTable } from '../table.ts';

/** Numbers of a shape in the order of small.h. */
const shapePlace = { height: 1, width: 2, channels: 3, outputHeight: 4, outputWidth: 5, outputChannels: 6 } as const;
const kernelPlace = { height: 7, width: 8, strideX: 10 } as const;

/** Output channels of a block of weights, and positions of a window at most: see small.h. */
const BLOCK = 4;
const MOST_POSITIONS = 64;

/**
 * The layer of a width on the tables of the whole layer, where it has the first rows and columns of these: then no weight is stored twice.
 * Both are layers in the form of small.h; any other layer stays as it is. What is not a part of the whole one's tables stays the width's
 * own: biases, which sum over fewer columns, mostly.
 */
export function nestedLayer(narrow: CLayer, whole: CLayer): CLayer {
  if (narrow.form !== 'small' || whole.form !== 'small' || narrow.stem !== whole.stem) return narrow;
  const wholeTables = new Map(whole.parameters.map((parameter) => [parameter.declaration, parameter]));
  const shared = narrow.parameters.map((parameter) => {
    const other = wholeTables.get(parameter.declaration);
    return other !== undefined && isPrefix(parameter, other) ? other : parameter;
  });
  return narrow.stem === 'convolution'
    ? nestedConvolution({ ...narrow, parameters: shared }, whole)
    : { ...narrow, parameters: shared };
}

/** Weights in blocks of four rows, tap by tap, channel by channel: a width skips the last channels of each tap. */
function nestedConvolution(narrow: CLayer, whole: CLayer): CLayer {
  const [weights, all] = [numbersOf(narrow, 'weights'), numbersOf(whole, 'weights')];
  const [shape, wholeShape] = [numbersOf(narrow, 'shape'), numbersOf(whole, 'shape')];
  if (weights === null || all === null || shape === null || wholeShape === null) return narrow;
  for (const pixels of [1, ...divisors(shape, wholeShape)]) {
    const [own, other] = [asWindow(shape, pixels), asWindow(wholeShape, pixels)];
    if (own === null || other === null || !isStrided(weights, all, own, other)) continue;
    const skip = BLOCK * (number(other, shapePlace.channels) - number(own, shapePlace.channels));
    if (skip > 32767) return narrow;
    return {
      ...narrow,
      stem: 'nested_convolution',
      parameters: narrow.parameters.map((parameter) => {
        if (isTable(parameter, 'weights')) return whole.parameters.find((p) => isTable(p, 'weights')) ?? parameter;
        if (!isTable(parameter, 'shape')) return parameter;
        const table: NumberTable = { kind: 'numbers', stem: 'shape', element: 'int16_t', data: [...own, skip] };
        return { ...parameter, argument: { kind: 'table', table } };
      }),
      body: narrow.body.replace('thimble_small_convolution_', 'thimble_nested_convolution_'),
      headers: ['nested.h'],
    };
  }
  return narrow;
}

/** Pixels that a flattened image may have: both depths are multiples of them. */
function divisors(shape: readonly number[], whole: readonly number[]): number[] {
  const [a, b] = [number(shape, shapePlace.channels), number(whole, shapePlace.channels)];
  return Array.from({ length: MOST_POSITIONS - 1 }, (_, i) => i + 2).filter((n) => a % n === 0 && b % n === 0);
}

/** A matrix product over a flattened image as a convolution of one window over `pixels` pixels; null where it is none. */
function asWindow(shape: readonly number[], pixels: number): readonly number[] | null {
  if (pixels === 1) return shape;
  if (number(shape, kernelPlace.height) * number(shape, kernelPlace.width) !== 1) return null;
  const width = number(shape, shapePlace.width) * pixels;
  if (number(shape, shapePlace.height) !== 1 || width > 32767) return null;
  return shape
    .with(shapePlace.width, width)
    .with(shapePlace.channels, number(shape, shapePlace.channels) / pixels)
    .with(kernelPlace.width, pixels)
    .with(kernelPlace.strideX, pixels);
}

/** Whether every weight of the width is the whole one's at the same row, tap and channel. */
function isStrided(own: Numbers, all: Numbers, shape: readonly number[], whole: readonly number[]): boolean {
  const taps = number(shape, kernelPlace.height) * number(shape, kernelPlace.width);
  const [channels, wide] = [number(shape, shapePlace.channels), number(whole, shapePlace.channels)];
  const rows = number(shape, shapePlace.outputChannels);
  if (rows > number(whole, shapePlace.outputChannels) || channels > wide) return false;
  for (let row = 0; row < rows; row++) {
    const [block, lane] = [row - (row % BLOCK), row % BLOCK];
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < channels; c++) {
        const narrow = block * taps * channels + BLOCK * (tap * channels + c) + lane;
        if (own[narrow] !== all[block * taps * wide + BLOCK * (tap * wide + c) + lane]) return false;
      }
    }
  }
  return true;
}

type Numbers = ArrayLike<number | bigint>;

const number = (shape: readonly number[], place: number): number => shape[place] ?? 0;

const tableOf = ({ argument }: CParameter): CTable | null => (argument.kind === 'table' ? argument.table : null);

const isTable = (parameter: CParameter, stem: string): boolean => tableOf(parameter)?.stem === stem;

function numbersOf(layer: CLayer, stem: 'shape'): readonly number[] | null;
function numbersOf(layer: CLayer, stem: 'weights'): Numbers | null;
function numbersOf(layer: CLayer, stem: string): Numbers | null {
  const table = layer.parameters.map(tableOf).find((known) => known?.stem === stem);
  if (table === undefined || table === null || table.kind !== 'numbers') return null;
  return stem === 'shape' ? Array.from(table.data, Number) : table.data;
}

/** Whether a table begins another one of the same elements. */
function isPrefix(narrow: CParameter, whole: CParameter): boolean {
  const [own, all] = [tableOf(narrow), tableOf(whole)];
  if (own?.kind !== 'numbers' || all?.kind !== 'numbers' || own.element !== all.element) return false;
  if (own.data.length > all.data.length) return false;
  const data: Numbers = own.data;
  for (let i = 0; i < data.length; i++) if (data[i] !== all.data[i]) return false;
  return true;
}
