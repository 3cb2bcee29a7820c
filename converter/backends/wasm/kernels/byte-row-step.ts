import type { Address, StepEmitter } from '../kernel.ts';
import { inputOf, zeroPointOf } from '../operand.ts';
import { headerBytes, type PanelWeights } from '../packing/panels.ts';
import { headerVectors } from '../packing/requantization.ts';
import { copyAsOperand } from '../routines/byte-image.ts';
import { addSignedRows, byteRow } from '../routines/byte-row.ts';
import type { IntegerProduct } from '../routines/matrix.ts';
import { correctionsOf } from './byte-step.ts';

/** A row's product as it is packed for any variant. */
interface PackedRow {
  readonly product: IntegerProduct;
  readonly weights: PanelWeights;
  readonly packed: Address;
  /** Elements of the row. */
  readonly depth: number;
  readonly output: { readonly zero: number; readonly min: number; readonly max: number; readonly shift: number };
}

/** Emits the product of one row by the dot product of int8. */
export function emitByteRow(
  emitter: StepEmitter<'fully-connected'>,
  { product, weights, packed, depth, output }: PackedRow,
): void {
  const { scratch } = emitter;
  const steps = weights.depth / 8;
  const inputZero = zeroPointOf(inputOf(emitter.step, 0).type);
  const hasCorrection = inputZero !== -128;
  const corrections = hasCorrection ? emitter.constant(correctionsOf(weights, inputZero)) : 0;
  const header = headerBytes(headerVectors(product.form), product.element);
  const { channels } = weights;
  const zeros = weights.depth * weights.zero;
  emitter.callIfSigned(addSignedRows, null, { weights: packed, channels, steps, header, zeros });
  const whole = { rows: 1, rowBytes: depth, sourceStep: 0, targetStep: 0 };
  emitter.call(copyAsOperand, null, { source: emitter.input(0), target: scratch, ...whole });
  emitter.call(
    byteRow,
    { ...product, unroll: steps % 2 === 0 ? 2 : 1, hasCorrection },
    {
      ...{ row: scratch, weights: packed, output: emitter.output, steps, channels, corrections },
      ...{ weightZero: weights.zero, ...output },
    },
  );
}
