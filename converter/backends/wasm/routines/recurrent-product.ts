import { type FunctionBuilder, f32, f32x4, i32, type Local, memory, v128 } from '../assembler/index.ts';
import { type Library, routine } from '../routine.ts';
import { multiplyAdd } from './float-lanes.ts';
import { floatRow } from './float-row.ts';

/**
 * output[c] += the sum over k of weights[c][k] * row[k], for weights as they stand in a tensor. The row is padded with zeros to whole
 * vectors; behind the last weight of a row stands the next one, which meets these zeros and must be finite.
 */
const plainRows = routine({
  params: { row: 'i32', weights: 'i32', output: 'i32', vectors: 'i32', rowBytes: 'i32', channels: 'i32' },
  name: (_: null) => 'products of a row with computed weights',
  emit(f, { row, weights, output, vectors, rowBytes, channels }, _, library) {
    const [x, w, left, sum] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('v128')];
    f.doWhile(
      () => {
        f.set(x, row);
        f.set(w, weights);
        f.set(left, vectors);
        f.set(sum, v128.const('f32x4', [0, 0, 0, 0]));
        f.doWhile(
          () => {
            f.set(sum, multiplyAdd(library.variant, sum, v128.load(x, { align: 4 }), v128.load(w, { align: 4 })));
            f.set(x, i32.add(x, 16));
            f.set(w, i32.add(w, 16));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        const lanes = ([0, 1, 2, 3] as const).map((lane) => f32x4.extract_lane(sum, lane));
        const total = lanes.slice(1).reduce((a, b) => f32.add(a, b), lanes[0] ?? f32.const(0));
        f.do(f32.store(output, f32.add(f32.load(output), total)));
        f.set(output, i32.add(output, 4));
        f.set(weights, i32.add(weights, rowBytes));
      },
      f.tee(channels, i32.sub(channels, 1)),
    );
    f.free(x, w, left, sum);
  },
});

/** Where the parts of a layer's products lie: packed weights, or the tensors themselves (weights, recurrent weights, bias). */
export interface ProductPlaces {
  readonly row: Local<'i32'>;
  readonly hiddenRow: Local<'i32'>;
  readonly weights: Local<'i32'>;
  readonly candidate: Local<'i32'>;
  readonly own: Local<'i32'>;
  readonly inputs: Local<'i32'>;
  readonly units: Local<'i32'>;
  readonly inputVectors: Local<'i32'>;
  readonly hiddenVectors: Local<'i32'>;
}

/** The sums of `gates` gates from gate `first` on: of input and hidden state, or of one of them. */
export interface GateProduct {
  readonly first: number;
  readonly gates: number;
  readonly part: 'both' | 'input' | 'hidden';
}

/** Products with weights packed at conversion. Those of a candidate stand apart, behind the gates that come before. */
export function emitPackedProduct(
  f: FunctionBuilder,
  library: Library,
  places: ProductPlaces,
  { first, gates, part }: GateProduct,
  output: Local<'i32'>,
): void {
  const { row, hiddenRow, weights, candidate, own, units, inputVectors, hiddenVectors } = places;
  const steps =
    part === 'input' ? inputVectors : part === 'hidden' ? hiddenVectors : i32.add(inputVectors, hiddenVectors);
  f.do(
    f.call(library.get(floatRow, { bounds: 'none', lastChannels: null }), {
      row: part === 'hidden' ? hiddenRow : row,
      weights: first === 0 ? weights : part === 'hidden' ? own : candidate,
      ...{ output, steps, channels: i32.mul(units, gates) },
      ...{ min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
    }),
  );
}

/** Products with weights that are computed at run time: `weights`, `candidate` and `own` are the three tensors. */
export function emitPlainProduct(
  f: FunctionBuilder,
  library: Library,
  places: ProductPlaces,
  { first, gates, part }: GateProduct,
  output: Local<'i32'>,
): void {
  const {
    row,
    hiddenRow,
    weights,
    candidate: recurrent,
    own: bias,
    inputs,
    units,
    inputVectors,
    hiddenVectors,
  } = places;
  const channels = i32.mul(units, gates);
  // The bias of a candidate that is computed apart is the part behind all gates.
  const biasFirst = i32.shl(i32.mul(units, part === 'hidden' ? 3 : first), 2);
  f.do(memory.copy(output, i32.add(bias, biasFirst), i32.shl(channels, 2)));
  const add = (from: Local<'i32'>, matrix: Local<'i32'>, vectors: Local<'i32'>, depth: Local<'i32'>) => {
    const rowBytes = i32.shl(depth, 2);
    const start = i32.add(matrix, i32.mul(i32.mul(units, first), rowBytes));
    f.do(f.call(library.get(plainRows, null), { row: from, weights: start, output, vectors, rowBytes, channels }));
  };
  if (part !== 'hidden') add(row, weights, inputVectors, inputs);
  if (part !== 'input') add(hiddenRow, recurrent, hiddenVectors, units);
}
