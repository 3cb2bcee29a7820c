import type { CoreClass } from './residuals.ts';

/** Errors of predictions of boards that the fit had not seen: `node bench/estimator/fit.mjs`. */
export const residualErrors: {
  readonly classes: Readonly<Partial<Record<CoreClass, { readonly relative: number; readonly n: number }>>>;
  readonly all: { readonly relative: number; readonly n: number };
} = {
  classes: {
    'cortex-m33': { relative: 0.071, n: 12 },
    'armv7-m': { relative: 0.073, n: 10 },
    helium: { relative: 0.129, n: 4 },
  },
  all: { relative: 0.083, n: 26 },
};
