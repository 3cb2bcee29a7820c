import { dimension } from '../../../tensor/shape.ts';
import type { Operand } from '../../graph-writer.ts';
import type { JsonView } from '../../json-view.ts';
import type { PaddingMode, Pair } from '../../nhwc-layers.ts';
import type { LayerContext } from '../context.ts';
import { applyActivation } from './activation.ts';

/** Number of spatial axes. 1-D layers work on images of height 1. */
export type Rank = 1 | 2;

/** A number for all axes, or one for each; 1-D has 1 for the height. */
export function pairOption(context: LayerContext, option: JsonView, rank: Rank, fallback: Pair): Pair {
  if (option.isNull) return fallback;
  const one = typeof option.value === 'number' ? option.whole(1) : null;
  const values = one === null ? option.wholes(1) : new Array<number>(rank).fill(one);
  if (values.length !== rank) throw context.invalid(`${option.where} has ${values.length} numbers, not ${rank}`);
  return rank === 1 ? [1, values[0] ?? 1] : [values[0] ?? 1, values[1] ?? 1];
}

/** `same`, `valid`, or `causal` for 1-D: all padding before the first element. */
export function paddingOption(context: LayerContext, rank: Rank, kernel: Pair, dilations: Pair): PaddingMode {
  const padding = context.option('padding', 'border_mode').textOr('valid');
  if (padding === 'same' || padding === 'valid') return padding;
  if (padding === 'causal' && rank === 1) return { top: 0, bottom: 0, left: (kernel[1] - 1) * dilations[1], right: 0 };
  throw context.unsupported(`padding ${padding}`, "use 'same' or 'valid'");
}

/** Whether channels are the axis behind the batch. */
export function channelsFirst(context: LayerContext): boolean {
  if (context.option('dim_ordering').textOr('tf') !== 'tf') {
    throw context.unsupported('dim_ordering other than tf', 'convert the model with a Keras of version 2');
  }
  const format = context.option('data_format').textOr('channels_last');
  if (format === 'channels_last' || format === 'channels_first') return format === 'channels_first';
  throw context.invalid(`its data_format is ${format}`);
}

/** Runs `work` on an NHWC image of the input and gives the result back its axes, with the activation that the layer names. */
export function onActivatedImage(
  context: LayerContext,
  input: Operand,
  rank: Rank,
  work: (image: Operand) => Operand,
): Operand {
  const activation = context.option('activation');
  // Before the axes change, where it can be fused; a softmax is over the last axis of the result.
  if (!channelsFirst(context))
    return onImage(context, input, rank, (image) => applyActivation(context, work(image), activation));
  return applyActivation(context, onImage(context, input, rank, work), activation);
}

/** Runs `work` on an NHWC image of the input and gives the result back its axes. */
export function onImage(context: LayerContext, input: Operand, rank: Rank, work: (image: Operand) => Operand): Operand {
  const isFirst = channelsFirst(context);
  const count = input.type.shape.length;
  if (count !== rank + 2) throw context.invalid(`its input has ${count} dimensions, not ${rank + 2}`);
  const last = isFirst ? context.transpose(input, rank === 1 ? [0, 2, 1] : [0, 2, 3, 1]) : input;
  const { shape } = last.type;
  const image =
    rank === 2 ? last : context.reshape(last, [dimension(shape, 0), 1, dimension(shape, 1), dimension(shape, 2)]);
  const result = work(image);
  const sizes = result.type.shape;
  const back =
    rank === 2 ? result : context.reshape(result, [dimension(sizes, 0), dimension(sizes, 2), dimension(sizes, 3)]);
  if (!isFirst) return back;
  return context.transpose(back, rank === 1 ? [0, 2, 1] : [0, 3, 1, 2]);
}
