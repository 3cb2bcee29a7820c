import { evaluateOp } from '../../converter/ops/registry.ts';
import { offsetOf, operandOffset, planMemory } from '../../converter/plan/plan.ts';
import type { ArenaOperand, Program } from '../../converter/plan/program.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize, type Tensor } from '../../converter/tensor/tensor.ts';

/**
 * Runs the program in one block of bytes, as its plan says, once for each list of inputs; the arena and scratch hold noise at first.
 * Steps are computed by the reference, which reads its inputs before it writes.
 */
export function runInArena(program: Program, runs: readonly (readonly Tensor[])[]): Tensor[][] {
  const plan = planMemory(program);
  const arena = new Uint8Array(plan.arenaBytes).fill(0xa5);
  const place = (operand: ArenaOperand) => {
    const start = operandOffset(plan, operand);
    return arena.subarray(start, start + byteSize(operand.type));
  };
  const read = (operand: ArenaOperand): Tensor => {
    return { type: operand.type, data: fromBytes(operand.type.dtype, place(operand)) };
  };
  for (const { operand, initial } of program.states) {
    if (initial === null) place(operand).fill(0);
    else place(operand).set(toBytes(initial));
  }
  return runs.map((inputs) => {
    program.inputs.forEach(({ operand }, i) => {
      const tensor = inputs[i];
      if (tensor === undefined) throw new RangeError(`no input ${i}`);
      place(operand).set(toBytes(tensor.data));
    });
    for (const step of program.steps) {
      const operands = step.inputs.map((operand) => (operand.kind === 'arena' ? read(operand) : operand));
      if (step.scratch !== null) {
        const start = offsetOf(plan, step.scratch);
        arena.fill(0x5a, start, start + (program.buffers[step.scratch]?.bytes ?? 0));
      }
      const types = step.outputs.map((operand) => operand.type);
      const results = evaluateOp(step.op, operands, types, program.rounding);
      step.outputs.forEach((operand, i) => {
        const result = results[i];
        if (result === undefined) throw new RangeError(`no result ${i}`);
        place(operand).set(toBytes(result.data));
      });
    }
    return program.outputs.map(({ operand }) => read(operand));
  });
}
