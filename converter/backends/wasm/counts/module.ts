import { invariant } from '../../../problem.ts';
import type { WasmModule } from '../assembler/index.ts';
import { toInstructions, type WasmInstructions } from './instructions.ts';
import { CodeWalk } from './walk.ts';

/** What a step executes. */
export interface StepInstructions extends WasmInstructions {
  /** Whether data decides somewhere in it: both ways count half there, and a loop that data ends counts one round. */
  readonly dependsOnData: boolean;
}

/** What `step(index)` of an emitted module executes for every index; of a stream its first step has all. */
export function moduleInstructions(module: WasmModule, steps: number): readonly StepInstructions[] {
  const entry = module.exports.find(({ name, kind }) => name === 'step' && kind === 'function');
  invariant(entry !== undefined, 'the module exports no step');
  const walk = new CodeWalk(module);
  const choice = toInstructions(walk.execution(entry.index, [steps]).tally);
  return Array.from({ length: steps }, (_, index) => {
    const { tally, dependsOnData } = walk.execution(entry.index, [index]);
    const executed = toInstructions(tally);
    // `step` chooses by a table, and leaves by a branch where there was something to do.
    const around = executed.control > choice.control ? choice.control + 1 : choice.control;
    return { ...executed, control: executed.control - around, dependsOnData };
  });
}
