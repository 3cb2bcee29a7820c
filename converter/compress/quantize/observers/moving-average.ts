import type { Observe } from './observer.ts';

/** The moving average of the samples' ranges (Jacob et al. 2018, "Quantization and Training", section 3.1). */
export const movingAverage: Observe = ({ moving }) => moving;
