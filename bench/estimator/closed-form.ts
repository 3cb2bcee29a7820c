import type { ModelledCpu } from '../../converter/estimate/cores/cores.ts';
import { mixClasses } from '../../converter/estimate/instructions/mix.ts';
import { type ClassModel, mixCycles } from '../../converter/estimate/silicon/class-model.ts';
import { classModels } from '../../converter/estimate/silicon/class-models.ts';
import { type FittedCosts, fitCosts, type TimedLayer, timedCpus, timedLayers } from './class-fit.ts';
import { dataFolder } from './files.ts';
import { readTable } from './table.ts';

/** The closed form of a core against its block model, on one of our packages. */
export interface ClosedFormCheck {
  readonly cpu: ModelledCpu;
  readonly model: string;
  /** Of the block model. */
  readonly cycles: number;
  /** Relative error of the closed form in total. */
  readonly error: number;
  /** The same of a fit without this package. */
  readonly errorLeftOut: number;
  /** Mean of the relative errors of the layers of that fit, weighted by their cycles. */
  readonly layerErrorLeftOut: number;
}

/** A model with other costs. */
export function withCosts(model: ClassModel, fits: FittedCosts): ClassModel {
  const costs = { ...model.costs };
  for (const name of mixClasses) {
    const value = fits[name];
    if (value !== undefined) costs[name] = { ...costs[name], value };
  }
  return { ...model, costs };
}

/** Every package on every core that has a block model. */
export function checkClosedForms(): readonly ClosedFormCheck[] {
  const all = timedLayers(readTable(`${dataFolder}/kernel-layers.csv`));
  return timedCpus.flatMap((cpu) => {
    const layers = all.filter(({ core }) => core === cpu);
    return [...new Set(layers.map(({ model }) => model))].map((model) => checkOf(cpu, model, layers));
  });
}

function checkOf(cpu: ModelledCpu, model: string, layers: readonly TimedLayer[]): ClosedFormCheck {
  const own = layers.filter((layer) => layer.model === model);
  const others = layers.filter((layer) => layer.model !== model);
  const cycles = own.reduce((sum, layer) => sum + layer.cycles, 0);
  const leftOut = withCosts(classModels[cpu], fitCosts(cpu, classModels[cpu], others));
  const total = (core: ClassModel) => own.reduce((sum, { mix }) => sum + mixCycles(core, mix).cycles, 0) / cycles - 1;
  const off = own.reduce((sum, layer) => sum + Math.abs(mixCycles(leftOut, layer.mix).cycles - layer.cycles), 0);
  return {
    ...{ cpu, model, cycles },
    error: total(classModels[cpu]),
    errorLeftOut: total(leftOut),
    layerErrorLeftOut: off / cycles,
  };
}
