import { stackMarginBytes } from '../../converter/backends/c/footprint.ts';
import { memoryBanksOf } from '../../converter/plan/banks.ts';
import { balancedPlan, type PlanOptions } from '../../converter/plan/options.ts';
import type { Target } from '../../converter/plan/target.ts';

/** Options of a C package for a target: with its memories where it has several. Null stays null where there is nothing to say. */
export function planInBanks(options: PlanOptions | null, target: Target | null): PlanOptions | null {
  const banks = target === null ? null : memoryBanksOf(target, stackMarginBytes);
  return banks === null ? options : { ...(options ?? balancedPlan), banks };
}
