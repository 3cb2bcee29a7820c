import type { IntegerFormat } from '../format.ts';
import type { Range, TensorStatistics } from '../statistics/tensor-statistics.ts';

/** Picks the range of values that a tensor's integers stand for; values outside are clipped. */
export type Observe = (statistics: TensorStatistics, format: IntegerFormat) => Range;

/** How a range is found; `auto` tries all and keeps what harms the outputs least. */
export const observerNames = ['min-max', 'moving-average', 'percentile', 'mse', 'kl'] as const;

export type ObserverName = (typeof observerNames)[number];
