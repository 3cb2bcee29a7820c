import type { ValueId } from '../../ir/graph.ts';
import type { Op } from '../../ops/op.ts';
import { evaluateOp } from '../../ops/registry.ts';
import { notQuantized } from '../../tensor/quantization.ts';
import { type Tensor, type TensorType, tensorType, zeros } from '../../tensor/tensor.ts';
import { GraphWriter, type Operand } from '../graph-writer.ts';
import { tensorBytesLimit } from './format/tensor.ts';
import { movedQuantization } from './quantized/moved.ts';

export type { Operand } from '../graph-writer.ts';

/** Writes the graph of an ONNX model: results without elements are constants, and constants may stand for integers of the file. */
export class OnnxWriter extends GraphWriter {
  readonly #stored = new Map<Operand, Tensor>();

  constructor() {
    super({
      tensorBytes: tensorBytesLimit,
      resultBytes: Number.POSITIVE_INFINITY,
      // Some seconds of reference evaluation.
      foldedWork: 2 ** 26,
      constantElements: 2 ** 25,
      addedElements: 2 ** 26,
    });
  }

  /**
   * A float32 constant that the file has as integers with scales. It enters the graph as those integers and a `dequantize`, moved as the
   * constant was moved.
   */
  dequantized(name: string, real: Tensor, stored: Tensor): Operand {
    const operand = this.constant(name, real);
    this.#stored.set(operand, stored);
    return operand;
  }

  protected override withoutElements(name: string, type: TensorType): Operand {
    return this.constant(name, zeros(type));
  }

  /** The constant `result`, with the integers behind it where `op` only moved them. */
  protected override folded(name: string, op: Op, operands: readonly Operand[], result: Tensor): Operand {
    const [operand] = operands;
    const stored = operand === undefined ? undefined : this.#stored.get(operand);
    if (stored === undefined || operands.length !== 1) return this.constant(name, result);
    const quantization = movedQuantization(op, stored.type, result.type.shape);
    if (quantization === null) return this.constant(name, result);
    const type = tensorType(stored.type.dtype, result.type.shape, quantization);
    const bare = { type: tensorType(stored.type.dtype, stored.type.shape), data: stored.data };
    const [moved] = evaluateOp(op, [bare], [{ ...type, quantization: notQuantized }], 'exact');
    if (moved === undefined) return this.constant(name, result);
    return this.dequantized(name, result, { type, data: moved.data });
  }

  protected override written(operand: Operand, tensor: Tensor): ValueId {
    const stored = this.#stored.get(operand);
    if (stored === undefined) return super.written(operand, tensor);
    const { name, type } = operand;
    const integers = this.builder.constant(name, stored);
    const op: Op = { type: 'dequantize', attributes: {} };
    return this.builder.node(`constant "${name}"`, op, [integers], type, `${name}/real`);
  }
}
