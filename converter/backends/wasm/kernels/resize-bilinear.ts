import { arithmeticFor, bilinearGrid, type Interpolation } from '../../../ops/resize-bilinear.ts';
import { nhwc } from '../../../ops/window.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { WasmKernel } from '../kernel.ts';
import { inputOf } from '../operand.ts';
import { resizeBilinear as routine } from '../routines/resize-bilinear.ts';

/** Four channels at a time; places and weights of rows and columns are tables. */
export const resizeBilinear: WasmKernel<'resize-bilinear'> = {
  problem: () => null,
  scratchBytes: () => 0,
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const input = inputOf(step, 0).type;
    const { batch, height, width, channels } = nhwc(input.shape);
    const { rows, columns } = bilinearGrid(step.op.attributes, input);
    const arithmetic = arithmeticFor(step.op.attributes, input);
    const bytes = dtypeBytes[input.dtype];
    const table = (list: readonly Interpolation[], stride: number) =>
      emitter.constant(tableOf(list, stride * bytes, arithmetic !== 'fixed'));
    const values = {
      input: emitter.input(0),
      target: emitter.output,
      rows: table(rows, width * channels),
      columns: table(columns, channels),
      height: rows.length,
      width: columns.length,
      channels,
    };
    for (let n = 0; n < batch; n++) {
      const at = (address: typeof values.input, pixels: number) => ({
        ...address,
        offset: address.offset + n * pixels * channels * bytes,
      });
      emitter.call(routine, arithmetic, {
        ...values,
        input: at(values.input, height * width),
        target: at(values.target, rows.length * columns.length),
      });
    }
  },
};

/** Two places in bytes and two weights, 16 bytes for each row or column. */
function tableOf(list: readonly Interpolation[], stride: number, real: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 * list.length));
  list.forEach(({ lower, upper, lowerWeight, upperWeight }, i) => {
    view.setInt32(16 * i, lower * stride, true);
    view.setInt32(16 * i + 4, upper * stride, true);
    [lowerWeight, upperWeight].forEach((weight, side) => {
      if (real) view.setFloat32(16 * i + 8 + 4 * side, weight, true);
      else view.setInt32(16 * i + 8 + 4 * side, weight, true);
    });
  });
  return new Uint8Array(view.buffer);
}
