import { libraryOf } from '../../converter/backends/c/counts/library.ts';
import { packageTrips } from '../../converter/backends/c/counts/package.ts';
import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import type { Trips } from '../../converter/backends/c/counts/trips.ts';
import { supportHeaders } from '../../converter/backends/c/support.ts';
import { type Group, groupsOf } from './groups.ts';
import { type Classes, type CountedPackage, type MeasuredCounts, measuredCounts } from './measure.ts';

/** A layer: how often everything in it is executed, and the instructions that it took. */
export interface Observation {
  readonly name: string;
  readonly operator: string;
  readonly trips: Trips;
  readonly instructions: number;
  readonly classes: Classes;
  /** The same by functions. */
  readonly groups: readonly Group[];
}

/** The layers of a package on a processor. */
export async function observe(
  counted: CountedPackage,
  cpu: CountedCpu,
): Promise<{ readonly observations: readonly Observation[]; readonly measured: MeasuredCounts }> {
  const measured = await measuredCounts(counted, cpu);
  const { layers, between } = packageTrips(counted.model, cpu);
  const library = libraryOf(supportHeaders, cpu);
  const observations = counted.model.program.steps.flatMap(({ index, name, op }): Observation[] => {
    const [trips, mix] = [layers[index], measured.layers[index]];
    if (trips === undefined || mix === undefined || mix.total === 0) return [];
    const groups = groupsOf(trips, mix, library);
    const own = { trips, instructions: mix.total, classes: mix.classes, groups };
    return [{ name: `${counted.name}: ${name}`, operator: op.type, ...own }];
  });
  const rest = measured.total - measured.layers.reduce((sum, { total }) => sum + total, 0);
  return {
    observations: rest > 0 ? [...observations, betweenLayers(counted.name, between, rest)] : observations,
    measured,
  };
}

/** What runs between the layers, whose classes are not counted: as if all were arithmetic. */
function betweenLayers(name: string, trips: Trips, instructions: number): Observation {
  const own = { trips, instructions, classes: { alu: instructions } };
  return { name: `${name}: between`, operator: 'run', ...own, groups: [own] };
}
