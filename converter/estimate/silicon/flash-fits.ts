/** Constants that `node bench/estimator/fit.mjs` fitted on published results. */
export const flashFits = { exposed: 1.42 } as const;
