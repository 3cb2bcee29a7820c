import { matmulArithmetic, matmulBound, matmulConstants, matmulGeometry, matmulZero } from '../../../ops/matmul.ts';
import type { Op } from '../../../ops/op.ts';
import { disjoint } from '../../../plan/overlap.ts';
import { InternalError } from '../../../problem.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import type { StepEmitter, WasmKernel } from '../kernel.ts';
import { inputOf, outputOf, typeAt } from '../operand.ts';
import { panelChannels } from '../packing/panels.ts';
import { planRequantization } from '../packing/requantization.ts';
import {
  floatMatmul,
  floatRowMatmul,
  type IntegerMatmul,
  integerMatmul,
  type MatmulLoops,
  widenedBytes,
} from '../routines/matmul.ts';
import type { MatmulBytes } from '../routines/matmul-pack.ts';

/** The loops of a product; axes over which both operands go on alike are one. */
function loopsOf({ attributes }: Op<'matmul'>, inputs: readonly TensorType[]): MatmulLoops {
  const [a, b] = [typeAt(inputs, 0), typeAt(inputs, 1)];
  const g = matmulGeometry(attributes, a.shape, b.shape);
  const [aBytes, bBytes] = [dtypeBytes[a.dtype], dtypeBytes[b.dtype]];
  const batch: { count: number; steps: readonly number[] }[] = [];
  g.batch.forEach((count, axis) => {
    if (count === 1) return;
    const steps = [(g.aBatchStrides[axis] ?? 0) * aBytes, (g.bBatchStrides[axis] ?? 0) * bBytes];
    const outer = batch.at(-1);
    const joins = outer?.steps.every((step, k) => step === (steps[k] ?? 0) * count) ?? false;
    if (joins) batch.pop();
    batch.push({ count: joins ? count * (outer?.count ?? 1) : count, steps });
  });
  return {
    batch,
    packed: aBytes === 1 || g.bColumn !== 1,
    product: {
      ...{ rows: g.rows, depth: g.depth, columns: g.columns },
      aRow: g.aRow * aBytes,
      aStep: g.aStep * aBytes,
      bStep: g.bStep * bBytes,
      bColumn: g.bColumn * bBytes,
    },
  };
}

/** One row of floats, which need no packing of the columns that they meet. */
function isRow({ rows, aStep, bStep }: MatmulBytes): boolean {
  return rows === 1 && aStep === 4 && bStep === 4;
}

function byteElement({ dtype }: TensorType): 'int8' | 'uint8' {
  if (dtype === 'int8' || dtype === 'uint8') return dtype;
  throw new InternalError(`matmul of ${dtype}`);
}

function resultOf({ step, rounding }: StepEmitter<'matmul'>, depth: number): IntegerMatmul['result'] {
  const [a, b, output] = [inputOf(step, 0).type, inputOf(step, 1).type, outputOf(step).type];
  if (matmulArithmetic(output) === 'sums') return null;
  const { factor, zero, bounds } = matmulConstants(a, b, output, rounding);
  const { form, shift, vectors } = planRequantization([factor], [matmulBound(depth)], rounding);
  return { requantization: { form, shift, values: vectors.map((vector) => vector[0] ?? 0) }, zero, ...bounds };
}

/** Four rows by eight columns at a time. Matrices of floats are read where they lie, but for columns that are not side by side. */
export const matmul: WasmKernel<'matmul'> = {
  problem: () => null,
  scratchBytes(op, inputs, outputs) {
    const { product, packed } = loopsOf(op, inputs);
    if (matmulArithmetic(typeAt(outputs, 0)) === 'float32')
      return packed && !isRow(product) ? 4 * panelChannels * product.depth : 0;
    return widenedBytes(product).total + 4 * panelChannels * Math.ceil(product.depth / 2);
  },
  overlaps: (_, inputs) => disjoint(inputs),
  emit(emitter) {
    const { step } = emitter;
    const types = step.inputs.map(({ type }) => type);
    const loops = loopsOf(step.op, types);
    const places = { a: emitter.input(0), b: emitter.input(1), output: emitter.output };
    const { batch, product, packed } = loops;
    if (matmulArithmetic(outputOf(step).type) === 'float32' && packed && isRow(product)) {
      const zeros = emitter.constant(new Uint8Array(4 * product.columns));
      return emitter.call(floatRowMatmul, { batch, product }, { ...places, zeros });
    }
    if (matmulArithmetic(outputOf(step).type) === 'float32') {
      return emitter.call(floatMatmul, loops, { ...places, scratch: loops.packed ? emitter.scratch : 0 });
    }
    const [a, b] = [typeAt(types, 0), typeAt(types, 1)];
    const config: IntegerMatmul = {
      ...loops,
      a: { element: byteElement(a), zero: matmulZero(a) },
      b: { element: byteElement(b), zero: matmulZero(b) },
      result: resultOf(emitter, loops.product.depth),
    };
    emitter.call(integerMatmul, config, { ...places, scratch: emitter.scratch });
  },
};
