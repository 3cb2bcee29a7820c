import { type Counter, type FunctionBuilder, i32, i64, type Local, type Operand, select } from '../assembler/index.ts';
import { routine } from '../routine.ts';

/** A convolution over int16 data with int8 weights: sizes in elements, NHWC. */
export interface Int16Products {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputs: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly top: number;
  readonly left: number;
  /** Input channels that one output reads, and outputs that read the same ones. */
  readonly depth: number;
  readonly perGroup: number;
  /** Weights from one channel, tap and output to the next. */
  readonly weightSteps: { readonly channel: number; readonly tap: number; readonly output: number };
}

/** Bytes of each output channel in the table `channels`: the bias as int64, multiplier and shift of the factor as int32. */
export const int16ChannelBytes = 16;

/** One output at a time, summed in 64 bits: y = clamp((sum + bias) * multiplier + 2^(shift - 1) >> shift). */
export const int16Products = routine({
  params: { input: 'i32', weights: 'i32', channels: 'i32', output: 'i32', min: 'i32', max: 'i32' },
  name: (_: Int16Products) => 'sums of int16 products',
  emit(f, { input, weights, channels, output, min, max }, shape) {
    const [y0, x0, o, channel, filter] = [
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
      f.local('i32'),
    ];
    const sum = f.local('i64');
    const image = f.local('i32');
    f.set(image, input);
    f.for({ from: 0, to: shape.batch }, () => {
      f.set(y0, -shape.top);
      f.for({ from: 0, to: shape.outputHeight }, () => {
        f.set(x0, -shape.left);
        f.for({ from: 0, to: shape.outputWidth }, () => {
          f.set(channel, channels);
          f.set(filter, weights);
          f.set(o, 0);
          f.doWhile(
            () => {
              emitSum(f, shape, { image, y0, x0, o, filter, sum });
              emitOutput(f, { sum, channel, output, min, max });
              f.set(channel, i32.add(channel, int16ChannelBytes));
              f.set(filter, i32.add(filter, shape.weightSteps.output));
              f.set(output, i32.add(output, 2));
            },
            i32.lt_s(f.tee(o, i32.add(o, 1)), shape.outputs),
          );
          f.set(x0, i32.add(x0, shape.strides[1]));
        });
        f.set(y0, i32.add(y0, shape.strides[0]));
      });
      f.set(image, i32.add(image, 2 * shape.height * shape.width * shape.channels));
    });
    f.free(y0, x0, o, channel, filter, sum, image);
  },
});

interface Place {
  readonly image: Local<'i32'>;
  readonly y0: Local<'i32'>;
  readonly x0: Local<'i32'>;
  readonly o: Local<'i32'>;
  readonly filter: Local<'i32'>;
  readonly sum: Local<'i64'>;
}

/** Sets `sum` to that of the taps inside the image. */
function emitSum(f: FunctionBuilder, shape: Int16Products, { image, y0, x0, o, filter, sum }: Place): void {
  const { height, width, channels, depth, perGroup, weightSteps, dilations, kernelWidth } = shape;
  const [y, x, from, weight] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const scaled = (counter: Counter, by: number): Operand<'i32'> =>
    typeof counter === 'number' ? counter * by : i32.mul(counter, by);
  const inside = (place: Local<'i32'>, size: number) => i32.lt_u(place, size);
  f.set(sum, 0n);
  f.for({ from: 0, to: shape.kernelHeight }, (ky) => {
    f.set(y, i32.add(y0, scaled(ky, dilations[0])));
    f.if(inside(y, height), () => {
      f.for({ from: 0, to: kernelWidth }, (kx) => {
        f.set(x, i32.add(x0, scaled(kx, dilations[1])));
        f.if(inside(x, width), () => {
          const pixel = i32.mul(i32.add(i32.mul(y, width), x), channels);
          const first = i32.mul(i32.div_u(o, perGroup), depth);
          f.set(from, i32.add(image, i32.mul(i32.add(pixel, first), 2)));
          const tap = i32.add(scaled(ky, kernelWidth * weightSteps.tap), scaled(kx, weightSteps.tap));
          f.set(weight, i32.add(filter, tap));
          f.for({ from: 0, to: depth }, () => {
            const product = i32.mul(i32.load16_s(from), i32.load8_s(weight));
            f.set(sum, i64.add(sum, i64.extend_i32_s(product)));
            f.set(from, i32.add(from, 2));
            f.set(weight, i32.add(weight, weightSteps.channel));
          });
        });
      });
    });
  });
  f.free(y, x, from, weight);
}

interface Finish {
  readonly sum: Local<'i64'>;
  readonly channel: Local<'i32'>;
  readonly output: Local<'i32'>;
  readonly min: Local<'i32'>;
  readonly max: Local<'i32'>;
}

/** Requantizes `sum` and stores it. */
function emitOutput(f: FunctionBuilder, { sum, channel, output, min, max }: Finish): void {
  const [shift, bound] = [f.local('i64'), f.local('i64')];
  f.set(shift, i64.load32_u(channel, { offset: 12 }));
  f.set(sum, i64.mul(i64.add(sum, i64.load(channel)), i64.load32_s(channel, { offset: 8 })));
  f.set(sum, i64.add(sum, i64.shl(1n, i64.sub(shift, 1n))));
  f.set(sum, i64.shr_s(sum, shift));
  f.set(bound, i64.extend_i32_s(min));
  f.set(sum, select(sum, bound, i64.gt_s(sum, bound)));
  f.set(bound, i64.extend_i32_s(max));
  f.set(sum, select(sum, bound, i64.lt_s(sum, bound)));
  f.do(i32.store16(output, i32.wrap_i64(sum)));
  f.free(shift, bound);
}
