import { join } from 'node:path';
import { root } from '../places.ts';

/** Data that the fits take, and what they leave over. */
export const dataFolder: string = join(root, 'bench/estimator/data');

const silicon = join(root, 'converter/estimate/silicon');

/** Source files that the fits write. */
export const sources = {
  classFits: join(silicon, 'class-fits.ts'),
  flashFits: join(silicon, 'flash-fits.ts'),
  residualErrors: join(silicon, 'residual-errors.ts'),
} as const;

/** The residuals: a row for each published result. */
export const residualsFile: string = join(dataFolder, 'residuals.csv');
