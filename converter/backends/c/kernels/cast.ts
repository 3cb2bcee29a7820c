import { castRangeOf } from '../../../ops/cast.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { elementCount } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import type { CKernel, CLayer } from '../kernel.ts';
import { elementType, inputOf, inputParameter, outputOf, outputParameter } from '../operand.ts';
import { elementwiseOverlaps } from '../overlap/nest.ts';
import { c } from '../quote.ts';

/** One conversion per element. Never in place: the two types must not meet in one memory. */
export const cast: CKernel<'cast'> = {
  problem: () => null,
  overlaps: (_, inputs, outputs) => elementwiseOverlaps(inputs, outputs),
  scratchBytes: () => 0,

  emit(step) {
    const [input, output] = [inputOf(step, 0), outputOf(step)];
    return {
      stem: 'cast',
      parameters: [inputParameter('input', input), outputParameter('output', output)],
      body: c`
        for (int32_t i = 0; i < ${elementCount(output.type.shape)}; i++) {
            output[i] = ${castText('input[i]', input.type, output.type)};
        }
      `,
      headers: headersOf(input.type.dtype, output.type.dtype),
    };
  },
};

/** What the conversion calls; casts of int64 from and to other whole numbers call nothing. */
function headersOf(from: DType, to: DType): CLayer['headers'] {
  if (to === 'int64' || to === 'uint32' || to === 'uint64') return from === 'float32' ? ['whole.h'] : [];
  return from.endsWith('int64') ? [] : ['real.h'];
}

function castText(x: string, from: TensorType, to: TensorType): string {
  if (to.dtype === 'bool') return `${x} != 0`;
  if (from.dtype === to.dtype) return x;
  const element = elementType(to);
  if (from.dtype !== 'float32' || to.dtype === 'float32') return `(${element})${x}`;
  const { min, max } = castRangeOf(to.dtype) ?? { min: 0, max: 0 };
  if (to.dtype === 'int64') return `thimble_whole_wide(${x})`;
  if (to.dtype === 'int32') return `thimble_whole(${x})`;
  if (to.dtype === 'uint32') return `thimble_whole_unsigned(${x})`;
  if (to.dtype === 'uint64') return `thimble_whole_unsigned_wide(${x})`;
  return `(${element})thimble_limit(thimble_whole(${x}), ${min}, ${max})`;
}
