import { opCost } from '../../ops/registry.ts';
import type { MemoryPlan } from '../../plan/plan.ts';
import type { Operand, Step } from '../../plan/program.ts';
import { byteSize, formatType } from '../../tensor/tensor.ts';
import { commentText } from './literal.ts';

/** `layer 3: conv-2d, CONV_2D #3 "stem": int8 1x25x5x64 -> int8 1x25x5x64, 512,000 MACs, arena 0..8000 -> 8000..16000` */
export function describe(step: Step, plan: MemoryPlan): string {
  const type = (operand: Operand) => formatType(operand.type);
  const place = (operand: Operand) => {
    if (operand.kind === 'constant') return 'flash';
    const placement = plan.placements.find(({ buffer }) => buffer.id === operand.buffer);
    if (placement === undefined) return 'rows';
    const bank = placement.bank === 0 ? '' : `${plan.banks[placement.bank]?.name} `;
    const start = placement.offset + operand.offset;
    return `${bank}${start}..${start + byteSize(operand.type)}`;
  };
  const data = step.inputs.filter((operand) => operand.kind === 'arena');
  const macs = macsOf(step);
  const parts = [
    `layer ${step.index}: ${step.op.type}, ${step.name}`,
    `${data.map(type).join(', ') || 'constant'} -> ${step.outputs.map(type).join(', ')}`,
    ...(macs === 0 ? [] : [`${macs.toLocaleString('en-US')} MACs`]),
    `arena ${data.map(place).join(', ') || 'flash'} -> ${step.outputs.map(place).join(', ')}`,
  ];
  return commentText(parts.join(', '));
}

/** Multiply-accumulates of a step. */
export function macsOf(step: Step): number {
  return opCost(
    step.op,
    step.inputs.map((operand) => operand.type),
    step.outputs.map((operand) => operand.type),
  ).macs;
}
