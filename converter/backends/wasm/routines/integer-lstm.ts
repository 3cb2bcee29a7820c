import {
  type Expr,
  type FunctionBuilder,
  i16x8,
  i32,
  i32x4,
  i64x2,
  type Local,
  memory,
  type Operand,
  v128,
} from '../assembler/index.ts';
import { headerVectors, type Requantization, type RequantizationForm } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { logistic16, tanh16 } from './fixed-point-16.ts';
import { emitRequantize, headerOperands, narrowed, storeBytes, uniformOperands } from './requantize.ts';
import { emitRow, rowParams, widenRow } from './row.ts';

/** How the sums of a product become gate sums in Q3.12. */
interface GateProduct {
  readonly form: RequantizationForm;
  /** Whether they are added to what the output holds. */
  readonly add: boolean;
}

/** Products of one row with packed weights into saturated int16, in whole vectors of 8. */
const gateRow = routine({
  params: { ...rowParams, shift: 'i32' },
  name: ({ form, add }: GateProduct) => `gate sums ${form.kind}${add ? ', added' : ''}`,
  emit(f, params, { form, add }, library) {
    const { weights: header, output, shift } = params;
    emitRow(f, params, {
      library,
      element: 'int8',
      vectors: headerVectors(form),
      outputBytes: 2,
      finish(sums, half) {
        f.set(sums, i32x4.add(sums, v128.load(header, { offset: 16 * half })));
        emitRequantize(f, library, form, sums, headerOperands(header, half, shift));
        if (!add) return;
        const held = v128.load(output);
        f.set(sums, i32x4.add(sums, half === 0 ? i32x4.extend_low_i16x8_s(held) : i32x4.extend_high_i16x8_s(held)));
      },
      store: ([low, high]) => f.do(v128.store(output, i16x8.narrow_i32x4_s(low, high))),
    });
  },
});

/** What differs between layers in code; everything else is a parameter. */
export interface IntegerLstmRoutine {
  readonly coupled: boolean;
  readonly cellBits: number;
  readonly updateShift: number;
  readonly cellClip: number;
  /** From (output gate) * tanh(cell) to the hidden state. */
  readonly result: Requantization;
  readonly hiddenZero: number;
}

/** round(a * b * 2^-shift) of eight int16, ties away from zero; the results fit 16 bits. */
function scaledProduct(f: FunctionBuilder, a: Local<'v128'>, b: Local<'v128'>, shift: number): Expr<'v128'> {
  const half = v128.const('i32x4', [2 ** (shift - 1), 2 ** (shift - 1), 2 ** (shift - 1), 2 ** (shift - 1)]);
  const [low, high] = [f.local('v128', 'low'), f.local('v128', 'high')];
  f.set(low, i32x4.extmul_low_i16x8_s(a, b));
  f.set(high, i32x4.extmul_high_i16x8_s(a, b));
  for (const x of [low, high]) {
    f.set(x, i32x4.shr_s(i32x4.add(i32x4.add(x, i32x4.shr_s(x, 31)), half), shift));
  }
  const result = f.local('v128', 'product');
  f.set(result, i16x8.narrow_i32x4_s(low, high));
  f.free(low, high);
  return result;
}

/** Stores the low `bytes` bytes of a vector, 1 to 16. */
function emitStorePart(
  f: FunctionBuilder,
  library: Library,
  target: Local<'i32'>,
  value: Local<'v128'>,
  bytes: Local<'i32'>,
): void {
  const part = library.get(storeBytes, null);
  const store = (place: Operand<'i32'>, lane: 0 | 1, count: Operand<'i32'>) =>
    f.do(f.call(part, { target: place, value: i64x2.extract_lane(value, lane), count }));
  f.if(
    i32.ge_s(bytes, 8),
    () => store(target, 0, 8),
    () => store(target, 0, bytes),
  );
  f.if(i32.gt_s(bytes, 8), () => store(i32.add(target, 8), 1, i32.sub(bytes, 8)));
}

/** The cell of one row: new cell state and hidden state from the sums of the gates, which are `gateBytes` apart. */
const lstmCell = routine({
  params: { gates: 'i32', gateBytes: 'i32', hidden: 'i32', cell: 'i32', units: 'i32' },
  name: (_: IntegerLstmRoutine) => 'int8 lstm cell',
  emit(f, { gates, gateBytes, hidden, cell, units }, config, library) {
    const { coupled, cellBits, updateShift, cellClip, result, hiddenZero } = config;
    const [input, out, forget, candidate, state] = [
      f.local('v128', 'input'),
      f.local('v128', 'out'),
      f.local('v128', 'forget'),
      f.local('v128', 'candidate'),
      f.local('v128', 'state'),
    ];
    const [at, bytes] = [f.local('i32', 'at'), f.local('i32', 'bytes')];
    const lanes = (x: number) => v128.const('i16x8', [x, x, x, x, x, x, x, x]);
    const logistic = (x: Expr<'v128'>) => f.call(library.get(logistic16, null), { x });
    const tanh = (x: Expr<'v128'>, bits: number) => f.call(library.get(tanh16, { bits }), { x });
    const next = () => {
      f.set(at, i32.add(at, gateBytes));
      return v128.load(at);
    };
    f.doWhile(
      () => {
        f.set(at, gates);
        f.set(out, v128.load(at));
        if (!coupled) {
          f.set(input, logistic(out));
          f.set(out, next());
        }
        f.set(out, logistic(out));
        f.set(forget, next());
        f.set(forget, logistic(forget));
        f.set(candidate, next());
        f.set(candidate, tanh(candidate, 3));
        if (coupled) f.set(input, i16x8.sub(lanes(32767), forget));
        f.set(state, v128.load(cell, { align: 2 }));
        f.set(forget, scaledProduct(f, forget, state, 15));
        f.set(candidate, scaledProduct(f, input, candidate, updateShift));
        f.set(state, i16x8.add_sat_s(forget, candidate));
        if (cellClip > 0) f.set(state, i16x8.min_s(i16x8.max_s(state, lanes(-cellClip)), lanes(cellClip)));
        f.set(candidate, tanh(state, cellBits));
        f.set(bytes, i32.shl(units, 1));
        f.if(
          i32.ge_s(units, 8),
          () => f.do(v128.store(cell, state, { align: 2 })),
          () => emitStorePart(f, library, cell, state, bytes),
        );
        f.set(input, i32x4.extmul_low_i16x8_s(out, candidate));
        f.set(forget, i32x4.extmul_high_i16x8_s(out, candidate));
        emitRequantize(f, library, result.form, input, uniformOperands(result));
        emitRequantize(f, library, result.form, forget, uniformOperands(result));
        const range = { zero: hiddenZero, min: -128, max: 127 };
        f.set(input, narrowed([input, forget, input, forget], range));
        f.if(
          i32.ge_s(units, 8),
          () => f.do(v128.store64_lane(hidden, input, 0, { align: 1 })),
          () => emitStorePart(f, library, hidden, input, units),
        );
        f.set(gates, i32.add(gates, 16));
        f.set(cell, i32.add(cell, 16));
        f.set(hidden, i32.add(hidden, 8));
      },
      i32.gt_s(f.tee(units, i32.sub(units, 8)), 0),
    );
  },
});

/** The two products of a layer. */
export interface IntegerLstmProducts {
  readonly inputForm: RequantizationForm;
  readonly hiddenForm: RequantizationForm;
}

/**
 * A layer over `steps` steps of `batch` rows. `hidden` and `cell` hold what it begins with and, afterwards, what it ends with. `row` is
 * scratch for a row of int16, `gates` for `channels` sums of 16 bits, a multiple of 8 for each gate; weights are packed for as many.
 */
export const integerLstmLayer = routine({
  params: {
    input: 'i32',
    output: 'i32',
    hidden: 'i32',
    cell: 'i32',
    row: 'i32',
    gates: 'i32',
    inputWeights: 'i32',
    hiddenWeights: 'i32',
    steps: 'i32',
    batch: 'i32',
    inputs: 'i32',
    units: 'i32',
    inputVectors: 'i32',
    hiddenVectors: 'i32',
    channels: 'i32',
    inputZero: 'i32',
    hiddenZero: 'i32',
    inputShift: 'i32',
    hiddenShift: 'i32',
  },
  name: (_: IntegerLstmRoutine & IntegerLstmProducts) => 'int8 lstm layer',
  emit(f, p, config, library) {
    const { inputForm, hiddenForm, ...cellConfig } = config;
    const [left, h, c, gateBytes] = [
      f.local('i32', 'left'),
      f.local('i32', 'h'),
      f.local('i32', 'c'),
      f.local('i32', 'gateBytes'),
    ];
    f.set(gateBytes, i32.shl(p.hiddenVectors, 4));
    const widen = (source: Local<'i32'>, steps: Local<'i32'>, zero: Local<'i32'>) =>
      f.do(f.call(library.get(widenRow, null), { source, target: p.row, steps, zero }));
    const product = (gate: GateProduct, weights: Local<'i32'>, steps: Local<'i32'>, shift: Local<'i32'>) =>
      f.do(
        f.call(library.get(gateRow, gate), {
          ...{ row: p.row, weights, output: p.gates, steps, channels: p.channels, shift },
        }),
      );
    f.doWhile(
      () => {
        f.set(left, p.batch);
        f.set(h, p.hidden);
        f.set(c, p.cell);
        f.doWhile(
          () => {
            widen(p.input, p.inputVectors, p.inputZero);
            product({ form: inputForm, add: false }, p.inputWeights, p.inputVectors, p.inputShift);
            widen(h, p.hiddenVectors, p.hiddenZero);
            product({ form: hiddenForm, add: true }, p.hiddenWeights, p.hiddenVectors, p.hiddenShift);
            const row = { gates: p.gates, gateBytes, hidden: h, cell: c, units: p.units };
            f.do(f.call(library.get(lstmCell, cellConfig), row));
            f.do(memory.copy(p.output, h, p.units));
            f.set(p.input, i32.add(p.input, p.inputs));
            f.set(p.output, i32.add(p.output, p.units));
            f.set(h, i32.add(h, p.units));
            f.set(c, i32.add(c, i32.shl(p.units, 1)));
          },
          f.tee(left, i32.sub(left, 1)),
        );
      },
      f.tee(p.steps, i32.sub(p.steps, 1)),
    );
  },
});
