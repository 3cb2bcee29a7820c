import { readFileSync, writeFileSync } from 'node:fs';
import type { ModelledCpu } from '../../converter/estimate/cores/cores.ts';
import { classModels } from '../../converter/estimate/silicon/class-models.ts';
import { type FittedCosts, fitCosts, timedCpus, timedLayers } from './class-fit.ts';
import { dataFolder, sources } from './files.ts';
import { measureLayers } from './kernel-layers.ts';
import { readTable } from './table.ts';

/** The first half of the fit: costs of classes by core. With `--measure` the layers are timed anew in the emulators. */

/** The fitted costs of every core, from the layers that are kept. */
export function fittedCosts(): Readonly<Record<string, FittedCosts>> {
  const layers = timedLayers(readTable(`${dataFolder}/kernel-layers.csv`));
  const own = (cpu: ModelledCpu) => layers.filter(({ core }) => core === cpu);
  return Object.fromEntries(timedCpus.map((cpu) => [cpu, fitCosts(cpu, classModels[cpu], own(cpu))]));
}

/** The source file that holds them. */
export function classFitsSource(fits: Readonly<Record<string, FittedCosts>>): string {
  const cores = Object.entries(fits).map(([core, costs]) => {
    const lines = Object.entries(costs).map(([name, value]) => `    ${key(name)}: ${value},\n`);
    return `  ${key(core)}: {\n${lines.join('')}  },\n`;
  });
  return `import type { MixClass } from '../instructions/mix.ts';

/** Cycles per instruction that \`node bench/estimator/fit.mjs\` fitted on the layers of our own kernels, timed by the block models. */
export const classFits = {
${cores.join('')}} as const satisfies Readonly<Record<string, Readonly<Partial<Record<MixClass, number>>>>>;
`;
}

const key = (name: string): string => (/^[a-z]\w*$/i.test(name) ? name : `'${name}'`);

/** Fits and writes. */
export async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--measure')) await measureLayers();
  const path = sources.classFits;
  const text = classFitsSource(fittedCosts());
  process.stdout.write(
    readFileSync(path, 'utf8') === text ? 'costs of classes: as before\n' : 'costs of classes: new\n',
  );
  writeFileSync(path, text);
}
