import type { InstructionClass } from '../instructions/instruction.ts';
import type { CoreModel } from './core.ts';
import type { TimedBlock, TimedCost } from './cycles.ts';

/** What cycles are spent on. */
export const components = [
  /** Multiplications, with or without addition. */
  'products',
  /** Extension, packing and arithmetic of bytes and halfwords. */
  'lanes',
  /** Loads and stores, their waiting included. */
  'memory',
  /** Arithmetic on words, moves, conditions. */
  'arithmetic',
  /** Branches and the cycles to refill the pipeline. */
  'branches',
  /** Waiting for results and addresses, and long instructions. */
  'waits',
] as const;

export type Component = (typeof components)[number];

const COMPONENT_OF: Readonly<Partial<Record<InstructionClass, Component>>> = {
  multiply: 'products',
  mac: 'products',
  'float-mac': 'products',
  'vector-mac': 'products',
  'vector-multiply': 'products',
  pack: 'lanes',
  load: 'memory',
  'load-multiple': 'memory',
  store: 'memory',
  'store-multiple': 'memory',
  'float-load': 'memory',
  'float-store': 'memory',
  'vector-load': 'memory',
  'vector-store': 'memory',
  branch: 'branches',
  loop: 'branches',
};

/**
 * Divides cycles among {@link components}. On a core that executes one instruction after the other they add up to all cycles; elsewhere
 * instructions that begin together are counted each, and more than all comes out.
 */
export function componentsOf(
  core: CoreModel,
  costs: readonly TimedCost<TimedBlock>[],
): Readonly<Record<Component, number>> {
  const sums = { products: 0, lanes: 0, memory: 0, arithmetic: 0, branches: 0, waits: 0 };
  for (const { block, lost } of costs) {
    for (const { class: kind, words } of block.instructions.map(core.decode)) {
      sums[COMPONENT_OF[kind] ?? 'arithmetic'] += block.executions * Math.max(1, words);
    }
    sums.memory += lost.load + lost.unaligned;
    sums.branches += lost.branch;
    sums.waits += lost.address + lost.result + lost.long;
  }
  return sums;
}

/** The two components that take the most, in percent: `memory 45 %, products 38 %`. */
export function boundOf(parts: Readonly<Record<Component, number>>): string {
  const all = components.reduce((sum, name) => sum + parts[name], 0);
  const largest = [...components].sort((a, b) => parts[b] - parts[a]).slice(0, 2);
  return largest.map((name) => `${name} ${Math.round((100 * parts[name]) / Math.max(1, all))} %`).join(', ');
}
