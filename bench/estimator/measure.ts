import { type ClosedFormCheck, checkClosedForms } from './closed-form.ts';
import { type EngineFit, fitEngines } from './fit-engines.ts';
import { type Published, readPublished } from './published.ts';
import { keptResiduals, type ResidualRow } from './residual-table.ts';

/** How good the estimator of microcontrollers is. */
export interface EstimatorFigures {
  readonly closedForms: readonly ClosedFormCheck[];
  /** Computed anew where the published results are there, otherwise those that are kept. */
  readonly residuals: readonly ResidualRow[];
  readonly published: readonly Published[] | null;
  readonly constants: Pick<EngineFit, 'exposed' | 'psoc62'> | null;
}

/** Predicts our packages by closed forms and published results by fits that have not seen their boards. */
export function measureEstimator(note: (line: string) => void): EstimatorFigures {
  note('estimator: closed forms against block models');
  const closedForms = checkClosedForms();
  const published = readPublished() ?? null;
  if (published === null) return { closedForms, published, residuals: keptResiduals(), constants: null };
  note('estimator: published results, each without its board');
  const { rows, exposed, psoc62 } = fitEngines(published);
  return { closedForms, published, residuals: rows, constants: { exposed, psoc62 } };
}
