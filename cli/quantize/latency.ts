import type { CountedCpu } from '../../converter/backends/c/counts/processors.ts';
import { countedCpuOfTarget } from '../../converter/estimate/counted-cpu.ts';
import type { Target } from '../../converter/plan/target.ts';
import { ProblemError } from '../../converter/problem.ts';
import type { CommandIo } from '../io.ts';

/** A processor on which the latency of a C package can be told. */
export interface LatencyTarget {
  /** As it was named. */
  readonly name: string;
  readonly target: Target;
  readonly cpu: CountedCpu;
}

/** How far to trust such a latency. */
export const latencyNote =
  'latency is that of thimble estimate, which tells its error bar, for the usual kernels in one memory; it may be wrong by that much';

/** What a latency on the target that `name` says can be told from. Throws ProblemError where there is no such target, or no way to tell. */
export async function latencyTarget(name: string, io: CommandIo): Promise<LatencyTarget> {
  const { builtInProfiles, loadTarget } = await import('../target/load.ts');
  const word = name.toLowerCase();
  const begun = builtInProfiles().filter((profile) => profile.name.startsWith(word));
  const [only, ...others] = begun;
  const target = loadTarget(only !== undefined && others.length === 0 ? only.name : name, io);
  const cpu = countedCpuOfTarget(target);
  if (cpu === null) {
    throw new ProblemError({
      code: 'budget-latency',
      where: `target ${JSON.stringify(name)}`,
      what: `the latency on a ${target.cores[0].name} cannot be told`,
      advice: 'name a microcontroller; see thimble targets',
    });
  }
  return { name, target, cpu };
}
