import { printAttributes } from '../ir/print.ts';
import { formatType } from '../tensor/tensor.ts';
import type { MemoryPlan } from './plan.ts';
import type { ArenaOperand, Operand, Program } from './program.ts';

/** The program as text: buffers, then one line per step. */
export function printProgram(program: Program): string {
  const lines = [`program ${JSON.stringify(program.name)} rounding=${program.rounding}`];
  for (const buffer of program.buffers) {
    lines.push(
      `buffer b${buffer.id} ${buffer.kind} ${buffer.bytes} bytes, align ${buffer.alignment}, ${JSON.stringify(buffer.name)}`,
    );
  }
  for (const port of program.inputs) lines.push(`input ${JSON.stringify(port.name)} ${printOperand(port.operand)}`);
  for (const step of program.steps) {
    const outputs = step.outputs.map(printOperand).join(', ');
    const inputs = step.inputs.map(printOperand).join(', ');
    const scratch = step.scratch === null ? '' : ` scratch b${step.scratch}`;
    lines.push(
      `${step.index}: ${outputs} = ${step.op.type}(${inputs}) ${printAttributes(step.op.attributes)}${scratch}`,
    );
  }
  for (const port of program.outputs) lines.push(`output ${JSON.stringify(port.name)} ${printOperand(port.operand)}`);
  return `${lines.join('\n')}\n`;
}

function printOperand(operand: Operand): string {
  const place = operand.kind === 'arena' ? arenaPlace(operand) : `const ${JSON.stringify(operand.name)}`;
  return `${place}:${formatType({ ...operand.type, quantization: { kind: 'none' } }).replace(' ', '[')}]`;
}

function arenaPlace({ buffer, offset }: ArenaOperand): string {
  return offset === 0 ? `b${buffer}` : `b${buffer}+${offset}`;
}

/** The memory plan as text: one line per buffer, by offset, with its lifetime in steps. */
export function printPlan(plan: MemoryPlan): string {
  const lines = [
    `arena ${plan.arenaBytes} bytes, align ${plan.arenaAlignment}, lower bound ${plan.lowerBoundBytes} bytes`,
    ...plan.banks.map(({ name, usedBytes }, i) => `bank ${i} ${JSON.stringify(name)} ${usedBytes} bytes`),
    ...[...plan.placements]
      .sort((a, b) => a.bank - b.bank || a.offset - b.offset || a.lifetime.start - b.lifetime.start)
      .map(({ buffer, lifetime, offset, bank }) => {
        const range = `${bank === 0 ? '' : `bank ${bank} `}${offset}..${offset + buffer.bytes}`;
        return `${range} b${buffer.id} ${buffer.kind} steps [${lifetime.start}, ${lifetime.end}) ${JSON.stringify(buffer.name)}`;
      }),
  ];
  return `${lines.join('\n')}\n`;
}
