/** Constants that `node bench/estimator/fit.mjs` fitted on published results. */
export const flashFits = { exposed: 1.7, psoc62: 1.8 } as const;
