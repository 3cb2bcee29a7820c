import type { DecodedInstruction, MachineInstruction } from '../instructions/instruction.ts';
import type { CountedBlock } from '../instructions/mix.ts';
import { type BlockCost, type CoreModel, type LossKind, lossKinds, nothingLost, type TakenBranch } from './core.ts';
import { inOrderCost } from './in-order.ts';
import { sequentialCost } from './sequential.ts';

/** A block that was executed, with what its memory accesses need. */
export interface TimedBlock extends CountedBlock<MachineInstruction> {
  /** Aligned accesses that its unaligned loads take beyond one each, in all executions. */
  readonly split: number;
}

/** Cycles of one block in all its executions. */
export interface TimedCost<B> extends BlockCost {
  readonly block: B;
}

/** Cycles of one execution of a run, its last branch not taken. */
export function runCost(core: CoreModel, instructions: readonly MachineInstruction[]): BlockCost {
  return decodedCost(core, instructions.map(core.decode));
}

function decodedCost({ pipeline }: CoreModel, run: readonly DecodedInstruction[]): BlockCost {
  return pipeline.kind === 'sequential' ? sequentialCost(pipeline, run) : inOrderCost(pipeline, run);
}

/** Cycles of each block in all its executions, in the order given: the block model. Blocks do not overlap in time. */
export function blockCosts<B extends TimedBlock>(core: CoreModel, blocks: readonly B[]): readonly TimedCost<B>[] {
  return blocks.map((block) => {
    const run = block.instructions.map(core.decode);
    const once = decodedCost(core, run);
    const branch = branchCycles(core, run.at(-1), block);
    const unaligned = block.split * core.pipeline.split;
    const lost = { ...scaled(once.lost, block.executions), branch, unaligned };
    return { block, cycles: once.cycles * block.executions + branch + unaligned, lost };
  });
}

/** The sum over blocks. */
export function totalCost(costs: readonly BlockCost[]): BlockCost {
  const lost = { ...nothingLost };
  for (const cost of costs) for (const kind of lossKinds) lost[kind] += cost.lost[kind];
  return { cycles: costs.reduce((sum, { cycles }) => sum + cycles, 0), lost };
}

function scaled(lost: Readonly<Record<LossKind, number>>, factor: number): Record<LossKind, number> {
  const all = { ...nothingLost };
  for (const kind of lossKinds) all[kind] = lost[kind] * factor;
  return all;
}

function branchCycles({ pipeline }: CoreModel, last: DecodedInstruction | undefined, block: TimedBlock): number {
  if (last === undefined || last.control === 'next') return 0;
  const taken = block.left * takenCycles(pipeline.taken, last);
  if (pipeline.kind === 'sequential' || last.control !== 'conditional') return taken;
  return taken + pipeline.mispredicted * Math.min(block.left, block.executions - block.left);
}

function takenCycles(taken: TakenBranch, { control, words }: DecodedInstruction): number {
  if (control !== 'register') return control === 'jump' ? taken.jump : taken.conditional;
  return words > 0 ? taken.loaded : taken.register;
}
