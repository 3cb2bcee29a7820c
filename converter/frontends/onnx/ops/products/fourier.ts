import { at } from '../../../../ops/definition.ts';
import { dimension } from '../../../../tensor/shape.ts';
import type { OperatorContext, TranslateOperator } from '../../context.ts';
import type { Operand } from '../../writer.ts';
import { pick, productAlong } from '../image/weigh-along-axis.ts';
import { sliceAlong } from '../movement/along-axis.ts';

/** A Fourier transform along one axis of constant length: products with matrices of cosines and sines. */
interface Transform {
  readonly axis: number;
  /** Elements that go in; the input is cut or padded with zeros to it. */
  readonly length: number;
  /** Only the first half of the spectrum, up to and with the middle. */
  readonly onesided: boolean;
  readonly inverse: boolean;
}

/** DFT: the last axis of the input holds real, or real and imaginary parts. The axis is an input from operator set 20 on. */
export const dft: TranslateOperator = (context) => {
  const input = context.input(0);
  context.floatOnly(input);
  const rank = input.type.shape.length;
  if (rank < 2) throw context.invalid(`its input has ${rank} dimensions`);
  const given = context.opset < 20 ? context.int('axis', 1) : (context.optionalIntegers(2, 'the axis')?.[0] ?? -2);
  const axis = context.axis(given, rank);
  if (axis === rank - 1) throw context.invalid('its axis is that of the real and imaginary parts');
  const size = dimension(input.type.shape, axis);
  const onesided = context.int('onesided', 0) !== 0;
  const inverse = context.int('inverse', 0) !== 0;
  const [length = onesided && inverse ? 2 * (size - 1) : size] = context.optionalIntegers(1, 'dft_length') ?? [];
  if (onesided && inverse) {
    context.bind(realFromHalf(context, input, axis, length));
    return;
  }
  context.bind(transformed(context, input, { axis, length, onesided, inverse }));
};

/** STFT: frames of the signal [batch, length, 1 or 2] at even distances, times a window, each transformed. */
export const stft: TranslateOperator = (context) => {
  const given = context.input(0);
  context.floatOnly(given);
  const signal = given.type.shape.length === 2 ? context.reshape(given, [...given.type.shape, 1]) : given;
  const [batch = 1, total = 1, parts = 1] = signal.type.shape;
  if (signal.type.shape.length !== 3) throw context.invalid('its signal must have 3 dimensions');
  const [step = 0] = context.integers(1, 'frame_step');
  const window = context.optional(2);
  const [length = window?.type.shape[0] ?? 0] = context.optionalIntegers(3, 'frame_length') ?? [];
  const frames = Math.floor((total - length) / step) + 1;
  if (!(step >= 1) || !(length >= 1) || length > total) throw context.invalid('its frames do not fit into its signal');
  context.claim(frames * length);
  const places = Array.from({ length: frames * length }, (_, i) => Math.floor(i / length) * step + (i % length));
  const framed = context.reshape(pick(context, signal, 1, places), [batch, frames, length, parts]);
  if (window !== null && window.type.shape.join() !== String(length))
    throw context.invalid('its window has another length');
  const weighed = window === null ? framed : context.zip('mul', framed, context.reshape(window, [length, 1]));
  const onesided = context.int('onesided', 1) !== 0 && parts === 1;
  context.bind(transformed(context, weighed, { axis: 2, length, onesided, inverse: false }));
};

/** y(k) = sum over n of x(n) e^(-2 pi i k n / N), or with the other sign and divided by N. */
function transformed(context: OperatorContext, input: Operand, transform: Transform): Operand {
  const { axis, length, onesided, inverse } = transform;
  const last = input.type.shape.length - 1;
  const parts = dimension(input.type.shape, last);
  if (parts !== 1 && parts !== 2) throw context.invalid(`its last axis has ${parts} parts`);
  if (!(length >= 1) || length > 2 ** 20) throw context.invalid(`its length is ${length}`);
  const count = onesided ? Math.floor(length / 2) + 1 : length;
  context.claim(2 * count * length);
  const fitted = ofLength(context, input, axis, length);
  const matrix = (f: (angle: number) => number, scale: number) => {
    const data = new Float32Array(count * length);
    for (let k = 0; k < count; k++) {
      // k * n modulo the length keeps the angle exact.
      for (let n = 0; n < length; n++) data[k * length + n] = scale * f((2 * Math.PI * ((k * n) % length)) / length);
    }
    return context.floats(data, [count, length]);
  };
  const scale = inverse ? 1 / length : 1;
  const cosines = matrix(Math.cos, scale);
  const sines = matrix(Math.sin, inverse ? -scale : scale);
  const negative = matrix((angle) => -Math.sin(angle), inverse ? -scale : scale);
  const part = (index: number) => sliceAlong(context, fitted, last, index, 1, 1);
  const along = (operand: Operand, by: Operand) => productAlong(context, operand, axis, by);
  const real = [along(part(0), cosines)];
  const imaginary = [along(part(0), negative)];
  if (parts === 2) {
    real.push(along(part(1), sines));
    imaginary.push(along(part(1), cosines));
  }
  const sums = [real, imaginary].map((terms) => terms.reduce((a, b) => context.zip('add', a, b)));
  return context.write({ type: 'concat', attributes: { axis: last } }, sums);
}

/**
 * The real signal of `length` elements behind the first half of its spectrum: y(n) = 1/N sum over k of w(k) (re cos - im sin), where
 * w is 2 for all that has a mirror image in the other half.
 */
function realFromHalf(context: OperatorContext, input: Operand, axis: number, length: number): Operand {
  const last = input.type.shape.length - 1;
  if (dimension(input.type.shape, last) !== 2) throw context.invalid('a spectrum has real and imaginary parts');
  if (!(length >= 1) || length > 2 ** 20) throw context.invalid(`its length is ${length}`);
  const count = Math.floor(length / 2) + 1;
  context.claim(2 * count * length);
  const half = ofLength(context, input, axis, count);
  const parts = [Math.cos, (angle: number) => -Math.sin(angle)].map((f, index) => {
    const data = new Float32Array(count * length);
    for (let n = 0; n < length; n++) {
      for (let k = 0; k < count; k++) {
        const weight = k === 0 || 2 * k === length ? 1 : 2;
        data[n * count + k] = (weight / length) * f((2 * Math.PI * ((k * n) % length)) / length);
      }
    }
    const part = sliceAlong(context, half, last, index, 1, 1);
    return productAlong(context, part, axis, context.floats(data, [length, count]));
  });
  return parts.reduce((a, b) => context.zip('add', a, b));
}

/** The input cut or padded with zeros along `axis`. */
function ofLength(context: OperatorContext, input: Operand, axis: number, length: number): Operand {
  const size = dimension(input.type.shape, axis);
  if (size === length) return input;
  if (size > length) return sliceAlong(context, input, axis, 0, length, 1);
  const none = input.type.shape.map(() => 0);
  const after = none.map((_, i) => (i === axis ? length - at(input.type.shape, axis) : 0));
  return context.write({ type: 'pad', attributes: { before: none, after, value: 0 } }, [input]);
}
