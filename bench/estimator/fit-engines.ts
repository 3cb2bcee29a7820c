import { writeFileSync } from 'node:fs';
import { type CoreClass, coreClasses } from '../../converter/estimate/silicon/residuals.ts';
import { classCases, classResiduals, fitExposed, type Residual, readTflmMixes, siliconOf } from './class-engines.ts';
import { dataFolder, residualsFile, sources } from './files.ts';
import { fitPsoc62 } from './flash-fit.ts';
import { coreBeliefs, kindCases, kindResiduals } from './kind-engines.ts';
import { readNetworks } from './networks.ts';
import { type Published, readPublished } from './published.ts';
import { type ResidualRow, residualRow, residualTable } from './residual-table.ts';

/** The second half of the fit: flash and engines on the published results. */

/** What the published results say. */
export interface EngineFit {
  readonly exposed: number;
  /** Nanoseconds for each byte of weights: `flash.read` of its profile. */
  readonly psoc62: number;
  readonly classes: readonly Residual[];
  readonly rows: readonly ResidualRow[];
}

/** Fits both sorts of engines and predicts every result without its board. */
export function fitEngines(published: readonly Published[]): EngineFit {
  const [networks, mixes] = [readNetworks(dataFolder), readTflmMixes(dataFolder)];
  const cases = classCases(published, mixes, networks);
  const exposed = fitExposed(cases);
  const classes = classResiduals(cases);
  const kinds = kindResiduals(kindCases(published, networks), coreBeliefs(mixes));
  return {
    exposed,
    psoc62: fitPsoc62(published, networks, exposed),
    classes,
    rows: [
      ...classes.map((residual) => residualRow('class', residual, 'board')),
      ...kinds.map((residual) => residualRow('kind', residual, residual.heldOut)),
    ],
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** `flash-fits.ts`. */
export function flashFitsSource({ exposed }: EngineFit): string {
  return `/** Constants that \`node bench/estimator/fit.mjs\` fitted on published results. */
export const flashFits = { exposed: ${round(exposed, 2)} } as const;
`;
}

/** `residual-errors.ts`. */
export function residualErrorsSource({ classes }: EngineFit): string {
  const names = [...new Set(classes.map(classOf))];
  const entries = names.map((name) => {
    const { relative, n } = errorOf(classes.filter((one) => classOf(one) === name));
    const key = /-/.test(name) ? `'${name}'` : name;
    return `    ${key}: { relative: ${relative}, n: ${n} },\n`;
  });
  const all = errorOf(classes);
  return `import type { CoreClass } from './residuals.ts';

/** Errors of predictions of boards that the fit had not seen: \`node bench/estimator/fit.mjs\`. */
export const residualErrors: {
  readonly classes: Readonly<Partial<Record<CoreClass, { readonly relative: number; readonly n: number }>>>;
  readonly all: { readonly relative: number; readonly n: number };
} = {
  classes: {
${entries.join('')}  },
  all: { relative: ${all.relative}, n: ${all.n} },
};
`;
}

const classOf = ({ row }: Residual): CoreClass => coreClasses[siliconOf(row.board).core];

/** Root of the mean square. */
function errorOf(residuals: readonly Residual[]): { readonly relative: number; readonly n: number } {
  const mean = residuals.reduce((sum, { relative }) => sum + relative ** 2, 0) / Math.max(1, residuals.length);
  return { relative: round(Math.sqrt(mean), 3), n: residuals.length };
}

/** Fits and writes. */
export function main(): void {
  const published = readPublished();
  if (published === undefined) {
    process.stdout.write('engines: the published results are not in ../shared; nothing fitted\n');
    return;
  }
  const fit = fitEngines(published);
  writeFileSync(sources.flashFits, flashFitsSource(fit));
  writeFileSync(sources.residualErrors, residualErrorsSource(fit));
  writeFileSync(residualsFile, residualTable(fit.rows));
  process.stdout.write(
    `engines: ${fit.rows.length} published results; flash.read of psoc62: ${fit.psoc62.toFixed(1)} ns\n`,
  );
}
