import { type InstructionClass, instructionClasses } from './instruction.ts';

/** A straight run of instructions of which only the last may branch, and how often it was executed. */
export interface CountedBlock<I> {
  readonly instructions: readonly I[];
  readonly executions: number;
  /** Executions after which control went elsewhere than to the address after the block. */
  readonly left: number;
}

/** Classes of a mix: branches are told apart by what became of them. */
export type MixClass = Exclude<InstructionClass, 'branch'> | 'branch-taken' | 'branch-not-taken';

/** The classes of a mix in the order of a table. */
export const mixClasses: readonly MixClass[] = instructionClasses.flatMap((name): readonly MixClass[] =>
  name === 'branch' ? ['branch-taken', 'branch-not-taken'] : [name],
);

/** Executed instructions by class; classes without any are absent. */
export type InstructionMix = ReadonlyMap<MixClass, number>;

/** Adds up what the blocks executed. `classOf` is that of the processor's instruction set. */
export function instructionMix<I>(
  blocks: readonly CountedBlock<I>[],
  classOf: (instruction: I) => InstructionClass,
): InstructionMix {
  const mix = new Map<MixClass, number>();
  const add = (name: MixClass, count: number) => {
    if (count > 0) mix.set(name, (mix.get(name) ?? 0) + count);
  };
  for (const { instructions, executions, left } of blocks) {
    for (const instruction of instructions) {
      const name = classOf(instruction);
      if (name !== 'branch') add(name, executions);
      else {
        add('branch-taken', left);
        add('branch-not-taken', executions - left);
      }
    }
  }
  return new Map(mixClasses.flatMap((name) => (mix.has(name) ? [[name, mix.get(name) ?? 0] as const] : [])));
}
