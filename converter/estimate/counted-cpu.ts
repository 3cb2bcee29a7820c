import { countedAs } from '../backends/c/counts/coefficients.ts';
import type { CountedCpu } from '../backends/c/counts/processors.ts';
import type { Target } from '../plan/target.ts';
import { siliconOfTarget } from './silicon/of-target.ts';

/** The processor whose predicted instructions stand for those of a target; null where none is near enough. */
export function countedCpuOfTarget(target: Target): CountedCpu | null {
  const silicon = siliconOfTarget(target);
  return silicon === undefined ? null : countedAs(silicon.countedAs);
}
