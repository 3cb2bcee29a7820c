import { at } from '../../../ops/definition.ts';
import { nhwc } from '../../../ops/window.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { BackwardRule, Step } from './rule.ts';
import { forTaps, type WindowShapes } from './taps.ts';

const shapesOf = ({ inputs, output }: Step): WindowShapes => ({
  input: nhwc(at(inputs, 0).type.shape),
  kernel: nhwc(at(inputs, 1).type.shape),
  output: nhwc(output.type.shape),
});

/** dL/dx[i] = sum over outputs o and taps of w[o, tap, i] dL/dy[o]. */
export const conv2dBackward: BackwardRule<'conv-2d'> = (attributes, step) => {
  const weights = dataAs(at(step.inputs, 1), 'float32');
  const shape = at(step.inputs, 1).type.shape;
  const [outputs, taps, depth] = [dimension(shape, 0), dimension(shape, 1) * dimension(shape, 2), dimension(shape, 3)];
  const perGroup = outputs / attributes.groups;
  const target = step.into(0);
  const { gradient } = step;
  forTaps(attributes, shapesOf(step), (position, inputAt, tap) => {
    const outputAt = position * outputs;
    for (let o = 0; o < outputs; o++) {
      const g = gradient[outputAt + o] ?? 0;
      if (g === 0) continue;
      const from = (o * taps + tap) * depth;
      const to = inputAt + Math.floor(o / perGroup) * depth;
      for (let i = 0; i < depth; i++) target[to + i] = (target[to + i] ?? 0) + g * (weights[from + i] ?? 0);
    }
  });
};

/** dL/dx[c] = sum over taps and the outputs o of channel c of w[tap, o] dL/dy[o]. */
export const depthwiseBackward: BackwardRule<'depthwise-conv-2d'> = (attributes, step) => {
  const weights = dataAs(at(step.inputs, 1), 'float32');
  const outputs = dimension(at(step.inputs, 1).type.shape, 3);
  const multiplier = outputs / dimension(at(step.inputs, 0).type.shape, 3);
  const target = step.into(0);
  const { gradient } = step;
  forTaps(attributes, shapesOf(step), (position, inputAt, tap) => {
    const outputAt = position * outputs;
    for (let o = 0; o < outputs; o++) {
      const to = inputAt + Math.floor(o / multiplier);
      target[to] = (target[to] ?? 0) + (gradient[outputAt + o] ?? 0) * (weights[tap * outputs + o] ?? 0);
    }
  });
};

/** dL/dx = W^T dL/dy for each row. */
export const fullyConnectedBackward: BackwardRule<'fully-connected'> = (_, { inputs, gradient, into }) => {
  const weights = dataAs(at(inputs, 1), 'float32');
  const [units, depth] = [dimension(at(inputs, 1).type.shape, 0), dimension(at(inputs, 1).type.shape, 1)];
  const target = into(0);
  const rows = target.length / depth;
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      const g = gradient[row * units + unit] ?? 0;
      if (g === 0) continue;
      for (let k = 0; k < depth; k++) {
        const to = row * depth + k;
        target[to] = (target[to] ?? 0) + g * (weights[unit * depth + k] ?? 0);
      }
    }
  }
};
