import { longestStoredRow, softmaxBits, softmaxExpTable } from '../../../ops/softmax.ts';
import { toBytes } from '../../../tensor/dtype.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { type Unsupported, unsupported } from '../../kernel.ts';
import type { StepEmitter, WasmKernel } from '../kernel.ts';
import { inputOf } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/elementwise.ts';
import { floatSoftmax, integerSoftmax } from '../routines/softmax.ts';

/** What softmax and log-softmax ask of their input. */
export function softmaxProblem({ dtype, shape }: TensorType): Unsupported | null {
  if (dtype === 'float32') return null;
  if (dtype !== 'int8') return unsupported(`a softmax of ${dtype} elements is not supported`, 'use float32 or int8');
  const depth = dimension(shape, -1);
  if (depth <= longestStoredRow) return null;
  return unsupported(`an int8 softmax over ${depth} elements is not supported`, `use at most ${longestStoredRow}`);
}

/** The operands of a routine that works row by row. */
export function rowsOf(emitter: StepEmitter) {
  const { shape } = inputOf(emitter.step, 0).type;
  const depth = dimension(shape, -1);
  return { source: emitter.input(0), target: emitter.output, rows: elementCount(shape) / depth, depth };
}

/** Row by row; int8 through a table of 256 exponentials. */
export const softmax: WasmKernel<'softmax'> = {
  problem: (step) => softmaxProblem(inputOf(step, 0).type),
  scratchBytes: () => 0,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  emit(emitter) {
    const { step } = emitter;
    const { type } = inputOf(step, 0);
    const rows = rowsOf(emitter);
    if (elementCount(type.shape) === 0) return;
    if (type.dtype === 'float32') {
      return emitter.call(floatSoftmax, null, { ...rows, beta: step.op.attributes.beta });
    }
    const table = emitter.constant(toBytes(softmaxExpTable(step.op.attributes, type)));
    const output = step.outputs[0]?.type ?? type;
    emitter.call(integerSoftmax, { bits: softmaxBits(output) }, { ...rows, table });
  },
};
