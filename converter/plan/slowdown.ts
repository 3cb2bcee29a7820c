import type { KernelNeeds } from './lower.ts';
import type { PlannedProgram } from './plan-program.ts';
import { programCost } from './stream/cost.ts';

/**
 * An estimate of how many instructions a planned program takes, relative to one whose layers run as a whole and have all the
 * temporary memory that they can use: 1.03 is 3 % more.
 */
export function slowdownOf({ program, plan }: PlannedProgram, needs: KernelNeeds): number {
  const least = programCost({ ...program, streams: [] }, needs, Number.POSITIVE_INFINITY);
  return least === 0 ? 1 : programCost(program, needs, plan.arenaBytes) / least;
}
