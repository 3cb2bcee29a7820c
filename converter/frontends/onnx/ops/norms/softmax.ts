import type { Op } from '../../../../ops/op.ts';
import { elementCount } from '../../../../tensor/shape.ts';
import type { TranslateOperator } from '../../context.ts';

/** Softmax and LogSoftmax. Before operator set 13 all axes from `axis` on (by default 1) are one. */
function normalized(op: Op): TranslateOperator {
  return (context) => {
    const input = context.input(0);
    context.floatOnly(input);
    const { shape } = input.type;
    const rank = shape.length;
    if (rank === 0) throw context.invalid('its input is a scalar');
    const axis = context.axis(context.int('axis', context.opset < 13 ? Math.min(1, rank - 1) : -1), rank);
    if (context.opset < 13) {
      const rows = elementCount(shape.slice(0, axis));
      const flat = context.reshape(input, [rows, elementCount(shape) / rows]);
      context.bind(context.reshape(context.write(op, [flat]), shape));
      return;
    }
    const order = [...shape.keys()].filter((other) => other !== axis).concat(axis);
    const back = [...shape.keys()].map((other) => order.indexOf(other));
    context.bind(context.transpose(context.write(op, [context.transpose(input, order)]), back));
  };
}

export const softmax = normalized({ type: 'softmax', attributes: { beta: 1 } });
export const logSoftmax = normalized({ type: 'log-softmax', attributes: {} });
