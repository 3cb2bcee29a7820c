import { pooling } from '../../nhwc-layers.ts';
import type { TranslateLayer } from '../context.ts';
import { channelsFirst, onImage, paddingOption, pairOption, type Rank } from './window.ts';

/** Max and average pooling; the strides are those of the window where none are given. */
function pool(kind: 'average' | 'max', rank: Rank): TranslateLayer {
  return (context) => {
    const size = pairOption(context, context.option('pool_size', 'pool_length'), rank, rank === 1 ? [1, 2] : [2, 2]);
    const strides = pairOption(context, context.option('strides', 'stride'), rank, size);
    const padding = paddingOption(context, rank, size, [1, 1]);
    return onImage(context, context.input, rank, (image) => pooling(context, kind, image, size, { strides, padding }));
  };
}

/** Mean or maximum over all spatial axes. */
function globalPool(kind: 'mean' | 'max', rank: Rank): TranslateLayer {
  return (context) => {
    const { input } = context;
    context.floatOnly(input);
    const first = channelsFirst(context) ? 2 : 1;
    if (input.type.shape.length !== rank + 2)
      throw context.invalid(`its input has ${input.type.shape.length} dimensions`);
    const axes = Array.from({ length: rank }, (_, i) => first + i);
    return context.reduce(kind, input, axes, context.option('keepdims').flag(false));
  };
}

export const pools: readonly (readonly [string, TranslateLayer])[] = [
  ['MaxPooling1D', pool('max', 1)],
  ['MaxPooling2D', pool('max', 2)],
  ['AveragePooling1D', pool('average', 1)],
  ['AveragePooling2D', pool('average', 2)],
  ['GlobalAveragePooling1D', globalPool('mean', 1)],
  ['GlobalAveragePooling2D', globalPool('mean', 2)],
  ['GlobalMaxPooling1D', globalPool('max', 1)],
  ['GlobalMaxPooling2D', globalPool('max', 2)],
];
