import { type Expr, type FunctionBuilder, i8x16, i16x8, i32, type Local, select, v128 } from '../assembler/index.ts';
import { panelChannels } from '../packing/panels.ts';
import { routine } from '../routine.ts';

/** One product of matrices; strides in bytes, see `MatmulGeometry`. */
export interface MatmulBytes {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly aRow: number;
  readonly aStep: number;
  readonly bStep: number;
  readonly bColumn: number;
}

/** Elements that are packed, and the zero point that is taken off integers. */
export interface PackedElements {
  readonly element: 'float32' | 'int8' | 'uint8';
  readonly product: MatmulBytes;
  readonly zero: number;
}

/** Eight bytes as int16 without the zero point. */
function widened({ element, zero }: PackedElements, address: Expr<'i32'>, offset = 0): Expr<'v128'> {
  const bytes =
    element === 'int8' ? v128.load8x8_s(address, { offset, align: 1 }) : v128.load8x8_u(address, { offset, align: 1 });
  return zero === 0 ? bytes : i16x8.sub(bytes, i16x8.splat(zero));
}

/** Copies one element to where its int16 or float32 goes. */
function copyOne({ element, zero }: PackedElements, from: Expr<'i32'>, to: Expr<'i32'>): Expr<'none'> {
  if (element === 'float32') return i32.store(to, i32.load(from));
  const value = element === 'int8' ? i32.load8_s(from) : i32.load8_u(from);
  return i32.store16(to, zero === 0 ? value : i32.sub(value, zero));
}

/** All rows of a as int16; behind a row of odd depth stands anything, which meets a 0 of b. */
export const widenRows = routine({
  params: { source: 'i32', target: 'i32' },
  name: ({ element }: PackedElements) => `widen rows of ${element}`,
  emit(f, { source, target }, config) {
    const { rows, depth, aRow, aStep } = config.product;
    const [from, to, left] = [f.local('i32', 'from'), f.local('i32', 'to'), f.local('i32', 'left')];
    const width = aStep === 1 ? 8 : 1;
    f.for({ from: 0, to: rows }, () => {
      f.set(from, source);
      f.set(to, target);
      f.set(left, depth);
      f.doWhile(
        () => {
          if (width === 8) f.do(v128.store(to, widened(config, from), { align: 2 }));
          else f.do(copyOne(config, from, to));
          f.set(from, i32.add(from, width * aStep));
          f.set(to, i32.add(to, 2 * width));
        },
        i32.gt_s(f.tee(left, i32.sub(left, width)), 0),
      );
      f.set(source, i32.add(source, aRow));
      f.set(target, i32.add(target, 4 * Math.ceil(depth / 2)));
    });
  },
});

/**
 * Eight columns of b side by side, of which `count` exist: floats as they are, integers as pairs of int16 along the depth, the
 * last of an odd depth with a 0.
 */
export const packPanel = routine({
  params: { source: 'i32', target: 'i32', count: 'i32' },
  name: ({ element }: PackedElements) => `pack columns of ${element}`,
  emit(f, params, config) {
    if (config.element !== 'float32' && config.product.bColumn === 1) emitPairs(f, params, config);
    else emitColumns(f, params, config);
  },
});

type PanelParams = { readonly source: Local<'i32'>; readonly target: Local<'i32'>; readonly count: Local<'i32'> };

/** Columns that lie side by side: two rows of b become one row of pairs. */
function emitPairs(f: FunctionBuilder, { source, target }: PanelParams, config: PackedElements): void {
  const { depth, bStep } = config.product;
  const [first, second] = [f.local('v128', 'first'), f.local('v128', 'second')];
  const storePairs = () => {
    const low = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
    const high = low.map((lane) => lane + 8);
    f.do(v128.store(target, i8x16.shuffle(first, second, low), { align: 4 }));
    f.do(v128.store(target, i8x16.shuffle(first, second, high), { offset: 16, align: 4 }));
  };
  f.for({ from: 0, to: Math.floor(depth / 2) }, () => {
    f.set(first, widened(config, source));
    f.set(second, widened(config, i32.add(source, bStep)));
    storePairs();
    f.set(source, i32.add(source, 2 * bStep));
    f.set(target, i32.add(target, 4 * panelChannels));
  });
  if (depth % 2 === 1) {
    f.set(first, widened(config, source));
    f.set(second, v128.const('i32x4', [0, 0, 0, 0]));
    storePairs();
  }
}

/** Columns of any stride, one after the other. */
function emitColumns(f: FunctionBuilder, { source, target, count }: PanelParams, config: PackedElements): void {
  const { depth, bStep, bColumn } = config.product;
  const isFloat = config.element === 'float32';
  const [column, from, to] = [f.local('i32', 'column'), f.local('i32', 'from'), f.local('i32', 'to')];
  const copy = (steps: number) => {
    for (let step = 0; step < steps; step++) {
      const place = step === 0 ? [from, to] : [i32.add(from, bStep), i32.add(to, 2)];
      const [x, y] = place;
      if (x !== undefined && y !== undefined) f.do(copyOne(config, x, y));
    }
    f.set(from, i32.add(from, steps * bStep));
    f.set(to, i32.add(to, 4 * panelChannels));
  };
  const perStep = isFloat ? 1 : 2;
  f.set(column, 0);
  f.doWhile(
    () => {
      f.set(from, source);
      f.set(to, i32.add(target, i32.shl(column, 2)));
      f.for({ from: 0, to: Math.floor(depth / perStep) }, () => copy(perStep));
      if (depth % perStep === 1) {
        f.do(copyOne(config, from, to));
        f.do(i32.store16(to, 0, { offset: 2 }));
      }
      f.set(source, i32.add(source, bColumn));
    },
    // Not more than a panel, however many columns are left.
    i32.lt_s(f.tee(column, i32.add(column, 1)), select(count, panelChannels, i32.lt_s(count, panelChannels))),
  );
}
