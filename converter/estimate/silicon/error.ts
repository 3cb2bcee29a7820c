import type { CoreName } from './class-models.ts';
import { residualErrors } from './residual-errors.ts';
import { coreClasses, type EstimateError } from './residuals.ts';

/** The error bar of estimates on a core: that of its class, or where nothing is published of it, that of all of them. */
export function errorOf(core: CoreName): EstimateError {
  const own = residualErrors.classes[coreClasses[core]];
  if (own !== undefined) {
    return { ...own, source: `cross-validated residuals of ${coreClasses[core]} against published results` };
  }
  const { relative, n } = residualErrors.all;
  return {
    relative,
    n,
    source: `cross-validated residuals of all cores: nothing is published of ${coreClasses[core]}`,
  };
}
