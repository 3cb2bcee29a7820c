import type { Operand, Step } from '../../plan/program.ts';
import { byteSize } from '../../tensor/tensor.ts';
import type { FlashReads } from './flash.ts';

/** Positions of the output that the kernels of convolutions compute from weights that are read once: four pixels at a time. */
const POSITIONS_AT_A_TIME = 4;

/**
 * What the generated C of a layer reads from flash: its constants as stored, as often as its kernel goes over them. Convolutions go over their
 * weights for each four positions of the output, depthwise ones for each row, all others once for each row of a batch.
 */
export function weightReads({ op, inputs, outputs }: Pick<Step, 'op' | 'inputs' | 'outputs'>): FlashReads {
  const weightBytes = inputs.reduce((sum, input) => sum + storedBytes(input), 0);
  const [batch = 1, height = 1, width = 1] = outputs[0]?.type.shape ?? [];
  const passes =
    op.type === 'conv-2d'
      ? batch * Math.ceil((height * width) / POSITIONS_AT_A_TIME)
      : op.type === 'depthwise-conv-2d'
        ? batch * height
        : op.type === 'fully-connected'
          ? batch
          : 1;
  return { weightBytes, streamedBytes: weightBytes * passes };
}

function storedBytes(operand: Operand): number {
  if (operand.kind === 'arena') return 0;
  const elements = operand.type.shape.reduce((product, extent) => product * extent, 1);
  switch (operand.storage?.kind) {
    case undefined:
      return byteSize(operand.type);
    case 'float16':
      return 2 * elements;
    case 'int4':
      return Math.ceil(elements / 2);
    default:
      return elements;
  }
}
