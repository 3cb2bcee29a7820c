import { at } from '../../../ops/definition.ts';
import type { PadAttributes } from '../../../ops/pad.ts';
import { padElement } from '../../../ops/pad.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { allocate, dtypeBytes, toBytes } from '../../../tensor/dtype.ts';
import { elementCount, stridesOf } from '../../../tensor/shape.ts';
import { storeElement, type TensorType } from '../../../tensor/tensor.ts';
import { unsupported } from '../../kernel.ts';
import { addressPlus, type WasmKernel } from '../kernel.ts';
import { inputOf, outputOf } from '../operand.ts';
import { fillBytes, fillWords } from '../routines/copy.ts';
import { simplified, stridedCopy } from '../routines/strided-copy.ts';

/** The bytes of the padding element. */
function elementBytesOf(attributes: PadAttributes, type: TensorType): Uint8Array {
  const data = allocate(type.dtype, 1);
  const value = padElement(attributes, type);
  storeElement(data, 0, value);
  return toBytes(data);
}

function isRepeated(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === bytes[0]);
}

/** The output is filled, then the input copied into it. */
export const pad: WasmKernel<'pad'> = {
  problem(step) {
    const { type } = outputOf(step);
    const bytes = elementBytesOf(step.op.attributes, type);
    if (bytes.length === 4 || isRepeated(bytes)) return null;
    return unsupported(`${type.dtype} padding with ${step.op.attributes.value} is not supported`, 'pad with 0');
  },
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step, output } = emitter;
    const { type } = outputOf(step);
    const element = elementBytesOf(step.op.attributes, type);
    const count = elementCount(type.shape);
    if (count === 0) return;
    if (isRepeated(element)) {
      emitter.call(fillBytes, null, { target: output, value: at(element, 0), bytes: element.length * count });
    } else {
      const word = new DataView(element.buffer, element.byteOffset).getInt32(0, true);
      emitter.call(fillWords, null, { target: output, value: word, count });
    }
    const bytes = dtypeBytes[type.dtype];
    const input = inputOf(step, 0).type.shape;
    if (input.includes(0)) return;
    const to = stridesOf(type.shape);
    const from = stridesOf(input);
    const start = step.op.attributes.before.reduce((sum, n, axis) => sum + n * at(to, axis), 0);
    const loops = input.map((size, axis) => ({
      count: size,
      sourceStep: bytes * at(from, axis),
      targetStep: bytes * at(to, axis),
    }));
    const target = addressPlus(output, start * bytes);
    emitter.call(stridedCopy, simplified(loops, bytes), { source: emitter.input(0), target });
  },
};
