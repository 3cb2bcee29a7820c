import { type Graph, isOnlyUse, type Node, typeOf, type Uses, type ValueId, valueById } from '../../../ir/graph.ts';
import { PatchBuilder } from '../../../ir/patch.ts';
import type { Rule } from '../../../ir/rewrite.ts';
import { nodeFaults } from '../../../ir/verify.ts';
import { type Clamp, noClamp } from '../../../ops/definition.ts';
import { clampOf } from '../../../ops/map.ts';
import { theVariable } from '../../../ops/scalar-expression.ts';
import { type TensorType, tensorType, typesEqual } from '../../../tensor/tensor.ts';
import { type Chain, chainBefore, finishChain, isPlainInt8, storedBytes } from './chain.ts';
import type { IntegerNode } from './integer-node.ts';
import { integerAverage } from './pool.ts';
import { integerProduct } from './product.ts';

/**
 * quantize(f(dequantize(x), ...)) as one operator on integers, with reshapes, transposes and clamps between. Where f has no integer
 * form for these types, everything stays as it is: real numbers, which are right too.
 */
export const fuseQuantize: Rule = {
  name: 'fuse-quantize',
  match(graph: Graph, node: Node, uses: Uses) {
    const [output] = node.outputs;
    if (node.op.type !== 'quantize' || output === undefined) return null;
    const chain = chainBefore(graph, node, uses);
    if (chain === null) return null;
    const { producer, start } = chain;
    const { dtype, quantization } = typeOf(graph, output);
    const type = tensorType(dtype, typeOf(graph, start).shape, quantization);
    const found =
      producer.op.type === 'dequantize' ? integerMap(graph, chain, type) : integerNode(graph, chain, uses, type);
    if (found === null || nodeFaults(found.op, found.inputTypes, [found.output]).length > 0) return null;
    const patch = new PatchBuilder(graph, node);
    const inputs = found.inputs(patch);
    const name = valueById(graph, output).name;
    let result = patch.node(
      producer.name,
      found.op,
      inputs,
      found.output,
      chain.movers.length > 0 ? `${name}/before` : name,
    );
    if (!typesEqual(found.output, type)) {
      result = patch.node(node.name, { type: 'requantize', attributes: {} }, [result], type, `${name}/rescaled`);
    }
    if (producer.op.type !== 'dequantize') patch.remove(producer);
    finishChain(graph, patch, chain, node, result);
    return patch.finish(`${producer.name} on integers`);
  },
};

/** The integer form of the chain's producer, or null. Its output may still have to be requantized. */
function integerNode(graph: Graph, chain: Chain, uses: Uses, type: TensorType): IntegerNode | null {
  const { producer, start, expression } = chain;
  const clamp = clampOf(expression);
  const reader = chain.nodes.at(-1);
  if (clamp === null || !isPlainInt8(type) || (reader !== undefined && !isOnlyUse(uses, start, reader))) return null;
  switch (producer.op.type) {
    case 'conv-2d':
    case 'depthwise-conv-2d':
    case 'fully-connected':
      return integerProduct(graph, producer, uses, clamp, type);
    case 'zip':
      return integerZip(graph, producer, uses, clamp, type);
    case 'pool-2d':
      return integerAverage(graph, producer, uses, clamp, type);
    case 'reduce':
    case 'matmul':
      return isOpen(clamp) ? direct(graph, producer, uses, type) : null;
    case 'concat':
      return isOpen(clamp) ? integerConcat(graph, producer, uses, type) : null;
    default:
      return null;
  }
}

function isOpen({ min, max }: Clamp): boolean {
  return min === noClamp.min && max === noClamp.max;
}

/** Maps behind a `dequantize`: nothing at all, another scale, or a table. */
function integerMap(graph: Graph, { producer, expression }: Chain, output: TensorType): IntegerNode | null {
  const [source] = producer.inputs;
  if (source === undefined) return null;
  const input = typeOf(graph, source);
  if (input.quantization.kind !== 'per-tensor') return null;
  if (expression.kind === 'x' && !(isPlainInt8(input) && isPlainInt8(output) && !typesEqual(input, output))) {
    const op = typesEqual(input, output)
      ? ({ type: 'reshape', attributes: { shape: input.shape } } as const)
      : ({ type: 'requantize', attributes: {} } as const);
    const narrow = (type: TensorType) => type.dtype === 'int8' || type.dtype === 'int16';
    if (!narrow(input) || !narrow(output)) return null;
    return { op, inputTypes: [input], output, inputs: () => [source] };
  }
  if (!isPlainInt8(input) || !isPlainInt8(output)) return null;
  return { op: { type: 'map', attributes: { expression } }, inputTypes: [input], output, inputs: () => [source] };
}

/** All operands are int8 with one scale each. */
function bytesOf(graph: Graph, node: Node, uses: Uses): readonly { id: ValueId; type: TensorType }[] | null {
  const operands = node.inputs.map((id) => storedBytes(graph, uses, id));
  const known = operands.filter((operand) => operand !== null);
  return known.length === operands.length ? known : null;
}

function direct(graph: Graph, node: Node, uses: Uses, output: TensorType): IntegerNode | null {
  const operands = bytesOf(graph, node, uses);
  if (operands === null) return null;
  const ids = operands.map(({ id }) => id);
  return { op: node.op, inputTypes: operands.map(({ type }) => type), output, inputs: () => ids };
}

function integerZip(graph: Graph, node: Node, uses: Uses, clamp: Clamp, output: TensorType): IntegerNode | null {
  if (node.op.type !== 'zip' || !isOpen(node.op.attributes.clamp)) return null;
  const found = direct(graph, node, uses, output);
  if (found === null) return null;
  return { ...found, op: { type: 'zip', attributes: { fn: node.op.attributes.fn, clamp } } };
}

/** Operands of another scale than the output's go through a table first. */
function integerConcat(graph: Graph, node: Node, uses: Uses, output: TensorType): IntegerNode | null {
  const operands = bytesOf(graph, node, uses);
  if (operands === null) return null;
  const types = operands.map(({ type }) => ({ ...type, quantization: output.quantization }));
  const rescale = { type: 'map', attributes: { expression: theVariable } } as const;
  if (operands.some(({ type }, i) => nodeFaults(rescale, [type], [types[i] ?? type]).length > 0)) return null;
  return {
    op: node.op,
    inputTypes: types,
    output,
    inputs: (patch) =>
      operands.map(({ id, type }, i) => {
        const to = types[i] ?? type;
        const name = valueById(graph, id).name;
        return typesEqual(type, to) ? id : patch.node(node.name, rescale, [id], to, `${name}/rescaled_${i}`);
      }),
  };
}
