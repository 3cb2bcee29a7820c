import { f32, f32x4, i32, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { multiplyAdd } from './float-lanes.ts';

/**
 * float32 products of rows with computed weights [channels, depth], plus bias, clamped: output[row][channel]. Both operands are read
 * where they lie, four elements at a time, so sums run in another order than those of the reference.
 */
export const floatDotRows = routine({
  params: {
    ...{ input: 'i32', weights: 'i32', bias: 'i32', output: 'i32', rows: 'i32', channels: 'i32', depth: 'i32' },
    ...{ min: 'f32', max: 'f32' },
  },
  name: (_: null) => 'products of rows float32',
  emit(f, { input, weights, bias, output, rows, channels, depth, min, max }, _, library) {
    const [w, b, left, x, end] = ['w', 'b', 'left', 'x', 'end'].map((name) => f.local('i32', name));
    if (!w || !b || !left || !x || !end) return;
    const [sum, total] = [f.local('v128', 'sum'), f.local('f32', 'total')];
    const whole = f.local('i32', 'whole');
    f.set(whole, i32.shl(i32.and(depth, -4), 2));
    f.doWhile(
      () => {
        f.set(w, weights);
        f.set(b, bias);
        f.set(left, channels);
        f.doWhile(
          () => {
            f.set(x, input);
            f.set(end, i32.add(input, whole));
            f.set(sum, v128.const('f32x4', [0, 0, 0, 0]));
            f.while(i32.lt_u(x, end), () => {
              f.set(sum, multiplyAdd(library.variant, sum, v128.load(x, { align: 4 }), v128.load(w, { align: 4 })));
              f.set(x, i32.add(x, 16));
              f.set(w, i32.add(w, 16));
            });
            f.set(total, f32.add(f32x4.extract_lane(sum, 0), f32x4.extract_lane(sum, 1)));
            f.set(total, f32.add(total, f32.add(f32x4.extract_lane(sum, 2), f32x4.extract_lane(sum, 3))));
            f.set(end, i32.add(input, i32.shl(depth, 2)));
            f.while(i32.lt_u(x, end), () => {
              f.set(total, f32.add(total, f32.mul(f32.load(x), f32.load(w))));
              f.set(x, i32.add(x, 4));
              f.set(w, i32.add(w, 4));
            });
            f.set(total, f32.add(total, f32.load(b)));
            f.do(f32.store(output, f32.min(f32.max(total, min), max)));
            f.set(b, i32.add(b, 4));
            f.set(output, i32.add(output, 4));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        f.set(input, x);
      },
      f.tee(rows, i32.sub(rows, 1)),
    );
  },
});
