import { at } from '../../../ops/definition.ts';
import { windowSpan } from '../../../ops/pool-2d.ts';
import { nhwc } from '../../../ops/window.ts';
import { stridedOffsets } from '../../../tensor/layout.ts';
import { dimension, stridesOf } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { BackwardRule, Step } from './rule.ts';

/** Adds gradient element `i` to element `offsets[i]` of the input. */
function scatter({ gradient, into }: Step, offsets: Int32Array): void {
  const target = into(0);
  gradient.forEach((g, i) => {
    const to = offsets[i] ?? 0;
    target[to] = (target[to] ?? 0) + g;
  });
}

export const reshapeBackward: BackwardRule<'reshape'> = (_, step) => {
  scatter(
    step,
    Int32Array.from(step.gradient, (_value, i) => i),
  );
};

export const transposeBackward: BackwardRule<'transpose'> = ({ permutation }, step) => {
  const strides = stridesOf(at(step.inputs, 0).type.shape);
  scatter(
    step,
    stridedOffsets(
      step.output.type.shape,
      permutation.map((axis) => at(strides, axis)),
    ),
  );
};

export const sliceBackward: BackwardRule<'slice'> = ({ begin, strides }, step) => {
  const own = stridesOf(at(step.inputs, 0).type.shape);
  const start = own.reduce((sum, stride, axis) => sum + stride * at(begin, axis), 0);
  scatter(
    step,
    stridedOffsets(
      step.output.type.shape,
      own.map((stride, axis) => stride * at(strides, axis)),
      start,
    ),
  );
};

/** The gradient element at `offsets[i]` goes to input element `i`. */
function gather(gradient: Float32Array, offsets: Int32Array, target: Float32Array): void {
  offsets.forEach((from, i) => {
    target[i] = (target[i] ?? 0) + (gradient[from] ?? 0);
  });
}

export const padBackward: BackwardRule<'pad'> = ({ before }, { inputs, output, gradient, into }) => {
  const strides = stridesOf(output.type.shape);
  const start = before.reduce((sum, count, axis) => sum + count * at(strides, axis), 0);
  gather(gradient, stridedOffsets(at(inputs, 0).type.shape, strides, start), into(0));
};

export const concatBackward: BackwardRule<'concat'> = ({ axis }, { inputs, output, gradient, into }) => {
  const strides = stridesOf(output.type.shape);
  let start = 0;
  inputs.forEach(({ type }, i) => {
    gather(gradient, stridedOffsets(type.shape, strides, start), into(i));
    start += dimension(type.shape, axis) * at(strides, axis);
  });
};

/** An average goes back in equal parts, a maximum to the first element that has it. */
export const pool2dBackward: BackwardRule<'pool-2d'> = (attributes, { inputs, output, gradient, into }) => {
  const { strides, padding, kernel, kind } = attributes;
  const x = dataAs(at(inputs, 0), 'float32');
  const { height, width, channels } = nhwc(at(inputs, 0).type.shape);
  const out = nhwc(output.type.shape);
  const target = into(0);
  gradient.forEach((g, index) => {
    if (g === 0) return;
    const c = index % channels;
    const place = Math.floor(index / channels);
    const ox = place % out.width;
    const oy = Math.floor(place / out.width) % out.height;
    const n = Math.floor(place / (out.width * out.height));
    const [y0, y1] = windowSpan(oy, strides[0], padding.top, kernel[0], height);
    const [x0, x1] = windowSpan(ox, strides[1], padding.left, kernel[1], width);
    const share = kind === 'average' ? g / ((y1 - y0) * (x1 - x0)) : g;
    let best = -1;
    for (let row = y0; row < y1; row++) {
      for (let column = x0; column < x1; column++) {
        const i = ((n * height + row) * width + column) * channels + c;
        if (kind === 'average') target[i] = (target[i] ?? 0) + share;
        else if (best < 0 || (x[i] ?? 0) > (x[best] ?? 0)) best = i;
      }
    }
    if (best >= 0) target[best] = (target[best] ?? 0) + share;
  });
};

/** Sums and means over axes; the larger or smallest element is the one that gets all. Products throw RangeError. */
export const reduceBackward: BackwardRule<'reduce'> = ({ kind, axes }, { inputs, output, gradient, into }) => {
  const input = at(inputs, 0);
  const { shape } = input.type;
  if (kind === 'product') throw new RangeError('a product of many elements has no derivative here');
  // The output with its axes kept at size 1 has stride 0 along them.
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const offsets = stridedOffsets(shape, strides);
  const target = into(0);
  const [x, y] = [dataAs(input, 'float32'), dataAs(output, 'float32')];
  const count = x.length / Math.max(1, y.length);
  const taken = new Uint8Array(y.length);
  offsets.forEach((from, i) => {
    const g = gradient[from] ?? 0;
    if (kind === 'mean' || kind === 'sum') target[i] = (target[i] ?? 0) + (kind === 'mean' ? g / count : g);
    else if (taken[from] === 0 && x[i] === y[from]) {
      taken[from] = 1;
      target[i] = (target[i] ?? 0) + g;
    }
  });
};
