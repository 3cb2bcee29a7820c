import type { CoreClass } from './residuals.ts';

/** Errors of predictions of boards that the fit had not seen: `node bench/estimator/fit.mjs`. */
export const residualErrors: {
  readonly classes: Readonly<Partial<Record<CoreClass, { readonly relative: number; readonly n: number }>>>;
  readonly all: { readonly relative: number; readonly n: number };
} = {
  classes: {},
  all: { relative: 0.12, n: 16 },
};
