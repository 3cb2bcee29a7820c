import type { CoreName } from './class-models.ts';
import { residualErrors } from './residual-errors.ts';
import { coreClasses, type EstimateError } from './residuals.ts';

/** Cores that no block model times, and whose own instructions are not counted: those of another core stand for them. */
const FOREIGN: ReadonlySet<CoreName> = new Set<CoreName>(['sifive-e31', 'rv64gc', 'xtensa-lx6', 'xtensa-lx7']);

/** The error of a core whose every number is argued. Assumed. */
const ARGUED = 0.3;

/**
 * The error bar of estimates on a core: that of its class, or where nothing is published of it whose instructions are known, that of all
 * classes; where another instruction set is counted at least 30 %, which is assumed.
 */
export function errorOf(core: CoreName): EstimateError {
  const name = coreClasses[core];
  const own = residualErrors.classes[name];
  if (own !== undefined) return { ...own, source: `cross-validated residuals of ${name} against published results` };
  const { relative, n } = residualErrors.all;
  if (FOREIGN.has(core)) {
    const source = `assumed: nothing is published of ${name}, and instructions of another core are counted`;
    return { relative: Math.max(ARGUED, relative), n: 0, source };
  }
  return { relative, n, source: `cross-validated residuals of all cores: nothing comparable is published of ${name}` };
}
