import { type Graph, type Node, typeOf, type Uses, valueById } from '../../../ir/graph.ts';
import { PatchBuilder } from '../../../ir/patch.ts';
import type { Rule } from '../../../ir/rewrite.ts';
import { nodeFaults } from '../../../ir/verify.ts';
import { integerRange } from '../../../tensor/dtype.ts';
import { type Quantization, quantizationsEqual } from '../../../tensor/quantization.ts';
import { type TensorType, tensorType } from '../../../tensor/tensor.ts';
import { type Stored, storedBehind } from './chain.ts';
import { realNumber } from './moved.ts';

/** Operands that hold elements to be moved, or null where the operator computes new numbers. */
function movedOperands({ op, inputs }: Node, type: TensorType): number | null {
  switch (op.type) {
    case 'reshape':
    case 'transpose':
    case 'slice':
    case 'gather':
      return 1;
    case 'concat':
      return inputs.length;
    case 'pad':
      return isStoredExactly(op.attributes.value, type) ? 1 : null;
    case 'pool-2d': {
      const { kind, clamp } = op.attributes;
      return kind === 'max' && !Number.isFinite(clamp.min) && !Number.isFinite(clamp.max) ? 1 : null;
    }
    case 'reduce':
      return op.attributes.kind === 'max' || op.attributes.kind === 'min' ? 1 : null;
    default:
      return null;
  }
}

/** Whether some stored integer of `type` is the real number `value`, to the bit. */
function isStoredExactly(value: number, type: TensorType): boolean {
  const { dtype, quantization: q } = type;
  if (q.kind !== 'per-tensor' || (dtype !== 'int8' && dtype !== 'int16')) return false;
  const stored = q.zeroPoint + Math.round(value / q.scale);
  const { min, max } = integerRange[dtype];
  return stored >= min && stored <= max && realNumber(type, stored) === Math.fround(value);
}

/** move(dequantize(x)) == dequantize(move(x)): the same stored elements, so the same real numbers. */
export const sinkDequantize: Rule = {
  name: 'sink-dequantize',
  match(graph: Graph, node: Node, uses: Uses) {
    const [output] = node.outputs;
    const first = storedBehind(graph, uses, node.inputs[0]);
    if (first === null || output === undefined) return null;
    const count = movedOperands(node, first.type);
    if (count === null) return null;
    const stored: Stored[] = [];
    for (const id of node.inputs.slice(0, count)) {
      const found = storedBehind(graph, uses, id);
      if (found === null || found.type.dtype !== first.type.dtype) return null;
      if (!quantizationsEqual(found.type.quantization, first.type.quantization)) return null;
      stored.push(found);
    }
    const { quantization } = first.type;
    if (quantization.kind !== 'per-tensor' || !movable.has(first.type.dtype)) return null;
    const type = quantizedLike(typeOf(graph, output), first.type.dtype, quantization);
    const types = [...stored.map((source) => source.type), ...node.inputs.slice(count).map((id) => typeOf(graph, id))];
    if (nodeFaults(node.op, types, [type]).length > 0) return null;
    const patch = new PatchBuilder(graph, node).remove(node);
    const { name } = valueById(graph, output);
    const inputs = [...stored.map((source) => source.id), ...node.inputs.slice(count)];
    const moved = patch.node(node.name, node.op, inputs, type, `${name}/stored`);
    const real = patch.node(node.name, { type: 'dequantize', attributes: {} }, [moved], typeOf(graph, output), name);
    return patch.replace(output, real).finish(`${node.name} moves stored integers`);
  },
};

const movable: ReadonlySet<string> = new Set(['int8', 'int16']);

function quantizedLike({ shape }: TensorType, dtype: TensorType['dtype'], quantization: Quantization): TensorType {
  return tensorType(dtype, shape, quantization);
}
