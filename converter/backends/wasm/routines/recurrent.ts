import { type Cell, cellGates } from '../../../ops/recurrent.ts';
import { binary, constant, type ScalarExpression } from '../../../ops/scalar-expression.ts';
import {
  type Expr,
  type FunctionBuilder,
  f32x4,
  i32,
  type Local,
  memory,
  type ParameterLocals,
  v128,
} from '../assembler/index.ts';
import { type Library, routine } from '../routine.ts';
import { emitStoreWords } from './elementwise.ts';
import { floatMap } from './map.ts';
import { emitPackedProduct, emitPlainProduct, type GateProduct } from './recurrent-product.ts';

/** Elementwise parts of a cell: what becomes of four elements at the same place of a, b, c and d. */
const combinations = {
  /** a * b + c * d: the state of an lstm. */
  'sum of products': (a, b, c, d) => f32x4.add(f32x4.mul(a, b), f32x4.mul(c, d)),
  /** a * b. */
  product: (a, b) => f32x4.mul(a, b),
  /** a + b * c: the candidate of a gru whose reset comes after the product. */
  'product added': (a, b, c) => f32x4.add(a, f32x4.mul(b, c)),
  /** (1 - a) * b + a * c: the hidden state of a gru. */
  blend: (a, b, c) => f32x4.add(f32x4.mul(f32x4.sub(v128.const('f32x4', [1, 1, 1, 1]), a), b), f32x4.mul(a, c)),
} as const satisfies { [name: string]: (...operands: [Lanes, Lanes, Lanes, Lanes]) => Lanes };

type Lanes = Expr<'v128'>;
type Combination = keyof typeof combinations;

const combine = routine({
  params: { target: 'i32', a: 'i32', b: 'i32', c: 'i32', d: 'i32', count: 'i32' },
  name: (kind: Combination) => kind,
  emit(f, { target, a, b, c, d, count }, kind, library) {
    const value = f.local('v128');
    const load = (address: Local<'i32'>) => v128.load(address, { align: 4 });
    f.doWhile(
      () => {
        f.set(value, combinations[kind](load(a), load(b), load(c), load(d)));
        emitStoreWords(f, library, target, value, count);
        for (const address of [target, a, b, c, d]) f.set(address, i32.add(address, 16));
      },
      i32.gt_s(f.tee(count, i32.sub(count, 4)), 0),
    );
    f.free(value);
  },
});

/** What differs between recurrent layers in code; everything else is a parameter. */
export interface RecurrentRoutine {
  readonly cell: Cell;
  /** As in the operator, but with the limit inside of f and g. */
  readonly activations: readonly ScalarExpression[];
  readonly linearBeforeReset: boolean;
  readonly reverse: boolean;
  /** Whether the weights were packed at conversion; else they are computed at run time. */
  readonly packed: boolean;
  /** The limit of the cell state, Infinity for none. */
  readonly cellClip: number;
}

/**
 * Parameters of a layer over `steps` steps of `batch` rows.
 *
 * `hidden` and `cell` hold what the cell begins with and, afterwards, what it ends with. `row` is scratch for the input and behind it, at
 * the next vector, the hidden state, both padded with zeros to whole vectors; `gates` for 4 * units floats. `weights` are packed for rows
 * of both, `inputVectors` and `hiddenVectors` long; those of the candidate of a gru stand apart: `candidate` for both (or for the input
 * alone where the reset comes after the product), `own` for the hidden state. Weights that are not packed are tensors: `weights` those of
 * the input, `candidate` those of the hidden state and `own` the bias.
 */
const recurrentParams = {
  input: 'i32',
  output: 'i32',
  hidden: 'i32',
  cell: 'i32',
  row: 'i32',
  gates: 'i32',
  weights: 'i32',
  candidate: 'i32',
  own: 'i32',
  steps: 'i32',
  batch: 'i32',
  inputs: 'i32',
  units: 'i32',
  inputVectors: 'i32',
  hiddenVectors: 'i32',
} as const;

type Params = ParameterLocals<typeof recurrentParams>;

/** Recurrent layers, row by row: one product for all gates of a row, then elementwise functions on its sums. */
export const recurrentLayer = routine({
  params: recurrentParams,
  name: ({ cell }: RecurrentRoutine) => `${cell} layer`,
  emit(f, params, config, library) {
    const { input, output, hidden, cell, steps, batch, inputs, units } = params;
    const [left, step, h, state] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const [inputBytes, unitBytes] = [f.local('i32'), f.local('i32')];
    f.set(inputBytes, i32.shl(inputs, 2));
    f.set(unitBytes, i32.shl(units, 2));
    if (config.reverse) {
      const rows = i32.mul(i32.sub(steps, 1), batch);
      f.set(input, i32.add(input, i32.mul(rows, inputBytes)));
      f.set(output, i32.add(output, i32.mul(rows, unitBytes)));
    }
    f.set(step, steps);
    f.doWhile(
      () => {
        f.set(left, batch);
        f.set(h, hidden);
        f.set(state, cell);
        f.doWhile(
          () => {
            emitRow(f, library, params, config, { h, state, unitBytes, inputBytes });
            f.do(memory.copy(output, h, unitBytes));
            f.set(input, i32.add(input, inputBytes));
            f.set(output, i32.add(output, unitBytes));
            f.set(h, i32.add(h, unitBytes));
            f.set(state, i32.add(state, unitBytes));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        if (config.reverse) {
          const rows = i32.shl(batch, 1);
          f.set(input, i32.sub(input, i32.mul(rows, inputBytes)));
          f.set(output, i32.sub(output, i32.mul(i32.shl(batch, 1), unitBytes)));
        }
      },
      f.tee(step, i32.sub(step, 1)),
    );
    f.free(left, step, h, state, inputBytes, unitBytes);
  },
});

interface RowState {
  readonly h: Local<'i32'>;
  readonly state: Local<'i32'>;
  readonly unitBytes: Local<'i32'>;
  readonly inputBytes: Local<'i32'>;
}

function emitRow(
  f: FunctionBuilder,
  library: Library,
  params: Params,
  config: RecurrentRoutine,
  { h, state, unitBytes, inputBytes }: RowState,
): void {
  const { input, row, gates, units, inputVectors } = params;
  const { activations, cell } = config;
  const hiddenRow = f.local('i32', 'hiddenRow');
  const gate = [0, 1, 2, 3].map(() => f.local('i32', 'gate'));
  const [g0, g1, g2, g3] = gate;
  if (g0 === undefined || g1 === undefined || g2 === undefined || g3 === undefined) return;
  gate.forEach((place, i) => {
    f.set(place, i === 0 ? gates : i32.add(gate[i - 1] ?? gates, unitBytes));
  });
  f.set(hiddenRow, i32.add(row, i32.shl(inputVectors, 4)));
  const product = (to: Local<'i32'>, first: number, count: number, part: GateProduct['part']) => {
    const emit = config.packed ? emitPackedProduct : emitPlainProduct;
    emit(f, library, { ...params, hiddenRow }, { first, gates: count, part }, to);
  };
  const apply = (fn: number, place: Local<'i32'>, count: Expr<'i32'>) => {
    const expression = activations[fn];
    if (expression === undefined) return;
    f.do(f.call(library.get(floatMap, expression), { source: place, target: place, count }));
  };
  const mix = (kind: Combination, target: Local<'i32'>, a: Local<'i32'>, b: Local<'i32'>, c = a, d = a) => {
    f.do(f.call(library.get(combine, kind), { target, a, b, c, d, count: units }));
  };
  f.do(memory.copy(row, input, inputBytes));
  f.do(memory.copy(hiddenRow, h, unitBytes));
  const gateCount = cell === 'gru' ? 2 : cellGates[cell].gates;
  product(g0, 0, gateCount, 'both');
  if (cell === 'rnn') {
    apply(0, g0, units);
    f.do(memory.copy(h, g0, unitBytes));
  } else if (cell === 'lstm') {
    apply(0, g0, i32.mul(units, 3));
    apply(1, g3, units);
    mix('sum of products', state, g2, state, g0, g3);
    if (Number.isFinite(config.cellClip)) {
      const limit = binary('min', binary('max', { kind: 'x' }, constant(-config.cellClip)), constant(config.cellClip));
      f.do(f.call(library.get(floatMap, limit), { source: state, target: state, count: units }));
    }
    f.do(memory.copy(g0, state, unitBytes));
    apply(2, g0, units);
    mix('product', h, g1, g0);
  } else {
    apply(0, g0, i32.mul(units, 2));
    if (config.linearBeforeReset) {
      product(g2, 2, 1, 'input');
      product(g3, 2, 1, 'hidden');
      mix('product added', g2, g2, g1, g3);
    } else {
      mix('product', hiddenRow, g1, hiddenRow);
      product(g2, 2, 1, 'both');
    }
    apply(1, g2, units);
    mix('blend', h, g0, g2, h);
  }
  f.free(hiddenRow, ...gate);
}
