import { kullbackLeibler } from './kl.ts';
import { minMax } from './min-max.ts';
import { movingAverage } from './moving-average.ts';
import { meanSquaredError } from './mse.ts';
import type { Observe, ObserverName } from './observer.ts';
import { percentile } from './percentile.ts';

/** Every way to find a range. */
export const observers: { readonly [N in ObserverName]: Observe } = {
  'min-max': minMax,
  'moving-average': movingAverage,
  percentile,
  mse: meanSquaredError,
  kl: kullbackLeibler,
};
