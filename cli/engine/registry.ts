import type { PlanOptions } from '../../converter/plan/options.ts';
import type { PackageKind } from '../package-kinds.ts';
import { usualPlans } from '../package-kinds.ts';
import { hostEngineFor, qemuM4EngineFor } from './c.ts';
import type { Engine, TargetName } from './engine.ts';
import { referenceEngine } from './reference.ts';
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
    case 'qemu:mps2-an386':
      return qemuM4EngineFor(plan);
    default:
      return target satisfies never;
  }
}

/** How each target runs with the usual memory plan. */
export const engines: { readonly [T in TargetName]: Engine } = {
  reference: referenceEngine,
  wasm: engineFor('wasm', null),
  c: engineFor('c', null),
  'qemu:mps2-an386': engineFor('qemu:mps2-an386', null),
};

/** What a target is converted to before it runs; null for the reference. */
export const kindOf: { readonly [T in TargetName]: PackageKind | null } = {
  reference: null,
  wasm: 'wasm',
  c: 'c',
  'qemu:mps2-an386': 'c',
};
