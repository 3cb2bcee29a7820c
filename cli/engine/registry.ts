import type { PlanOptions } from '../../converter/plan/options.ts';
import type { PackageKind } from '../package-kinds.ts';
import { usualPlans } from '../package-kinds.ts';
import { boardEngineFor, hostEngineFor } from './c.ts';
import type { Engine, TargetName } from './engine.ts';
import { referenceEngine } from './reference.ts';
import { rp2040EngineFor } from './rp2040.ts';
import { wasmEngineFor } from './wasm.ts';

/** How a target runs, with memory planned by `plan`; null for what suits the target. The reference plans nothing. */
export function engineFor(target: TargetName, plan: PlanOptions | null): Engine {
  switch (target) {
    case 'reference':
      return referenceEngine;
    case 'wasm':
      return wasmEngineFor(plan ?? usualPlans.wasm);
    case 'c':
      return hostEngineFor(plan);
    case 'rp2040js':
      return rp2040EngineFor(plan);
    default:
      return boardEngineFor(target, plan);
  }
}

/** How the targets that every check runs on work with the usual memory plan. */
export const engines = {
  reference: referenceEngine,
  wasm: engineFor('wasm', null),
  c: engineFor('c', null),
  'qemu:mps2-an386': engineFor('qemu:mps2-an386', null),
} as const satisfies Readonly<Partial<Record<TargetName, Engine>>>;

/** What a target is converted to before it runs; null for the reference. */
export function kindOf(target: TargetName): PackageKind | null {
  return target === 'reference' ? null : target === 'wasm' ? 'wasm' : 'c';
}
