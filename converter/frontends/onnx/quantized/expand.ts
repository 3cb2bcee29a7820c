import { readsOf } from '../format/check-flow.ts';
import { type OnnxAttribute, type OnnxDtype, type OnnxNode, onnxDtype } from '../format/model.ts';
import { nodePlace } from '../format/problems.ts';
import { dynamicOperators } from './expand-dynamic.ts';
import { type Expand, type FileNames, NodeSketch } from './sketch.ts';

/** Nodes of the default domain and of our own names, and where the user finds those that are new. */
export interface ExpandedNodes {
  readonly nodes: readonly OnnxNode[];
  readonly places: ReadonlyMap<OnnxNode, string>;
}

/**
 * Every operator on integers as DequantizeLinear, the operator on real numbers, and QuantizeLinear: the same meaning, of which
 * {@link onIntegers} makes the integer operator again. Other nodes stay.
 *
 * `opset` is the version of the default operator set, of which the new nodes are. The operators of com.microsoft are those of onnxruntime's ContribOperators.md.
 */
export function expandQuantized(nodes: readonly OnnxNode[], outputs: readonly string[], opset: number): ExpandedNodes {
  const places = new Map<OnnxNode, string>();
  const taken = new Set(nodes.flatMap((node) => [...node.inputs, ...node.outputs]));
  const file: FileNames = { opset, taken, readAsWhole: readAsWhole(nodes, outputs) };
  const expanded = nodes.flatMap((node) => {
    const expand = expansions.get(`${node.domain}:${node.opType}`);
    if (expand === undefined) return [node];
    const sketch = new NodeSketch(node, file);
    if (!expand(sketch)) return [node];
    for (const made of sketch.nodes) places.set(made, nodePlace(node));
    return sketch.nodes;
  });
  return { nodes: expanded, places };
}

/** Element types that are computed as float32. */
const floats: readonly (OnnxDtype | null)[] = ['float', 'float16', 'bfloat16', 'double'];

/** Names that something else than a Cast to one of them reads. */
function readAsWhole(nodes: readonly OnnxNode[], outputs: readonly string[]): ReadonlySet<string> {
  const isCast = ({ opType, attributes }: OnnxNode) => {
    const to = attributes.get('to');
    return opType === 'Cast' && to?.kind === 'int' && floats.includes(onnxDtype(Number(to.value)));
  };
  return new Set([...outputs, ...nodes.flatMap((node) => (isCast(node) ? [] : readsOf(node)))]);
}

/** An operator of one data operand: X, its scale and zero point, scale and zero point of the result. */
const unary =
  (opType: string, ...dropped: readonly string[]): Expand =>
  (sketch) => {
    const real = sketch.dequantize(0, 1, 2);
    sketch.quantizeTo(sketch.add(opType, [real], sketch.attributes(...dropped)), 3, 4);
    return true;
  };

/** An operator of two operands, each with scale and zero point, then those of the result. */
const binary =
  (opType: string, axis: number | null = null): Expand =>
  (sketch) => {
    const [a, b] = [sketch.dequantize(0, 1, 2, axis === null ? null : -2), sketch.dequantize(3, 4, 5, axis)];
    sketch.quantizeTo(sketch.add(opType, [a, b]), 6, 7);
    return true;
  };

const qLinearConv: Expand = (sketch) => {
  const [x, w] = [sketch.dequantize(0, 1, 2), sketch.dequantize(3, 4, 5, 0)];
  const bias = sketch.bias(8, 1, 4);
  sketch.quantizeTo(sketch.add('Conv', bias === null ? [x, w] : [x, w, bias], sketch.attributes()), 6, 7);
  return true;
};

/** QGemm: C has the scale alpha * A's * B's; without a scale of the result that is real. */
const qGemm: Expand = (sketch) => {
  if (sketch.float('alpha', 1) !== 1) return false;
  const transposed = sketch.int('transB', 0) !== 0;
  const [a, b] = [sketch.dequantize(0, 1, 2), sketch.dequantize(3, 4, 5, transposed ? 0 : 1)];
  const c = sketch.bias(6, 1, 4);
  const sum = sketch.add('Gemm', c === null ? [a, b] : [a, b, c], sketch.attributes());
  if (sketch.input(7) === '') sketch.rename(sum);
  else sketch.quantizeTo(sum, 7, 8);
  return true;
};

const qLinearConcat: Expand = (sketch) => {
  const operands: string[] = [];
  for (let i = 2; i < sketch.node.inputs.length; i += 3) operands.push(sketch.dequantize(i, i + 1, i + 2));
  sketch.quantizeTo(sketch.add('Concat', operands, sketch.attributes()), 0, 1);
  return true;
};

/** Pools whose channels may stand last. */
const pool =
  (opType: string): Expand =>
  (sketch) => {
    if (sketch.int('channels_last', 0) === 0) return unary(opType, 'channels_last')(sketch);
    const toFirst = sketch.add('Transpose', [sketch.dequantize(0, 1, 2)], permutation([0, 3, 1, 2]));
    const pooled = sketch.add(opType, [toFirst], sketch.attributes('channels_last'));
    sketch.quantizeTo(sketch.add('Transpose', [pooled], permutation([0, 2, 3, 1])), 3, 4);
    return true;
  };

function permutation(axes: readonly number[]): ReadonlyMap<string, OnnxAttribute> {
  return new Map([['perm', { kind: 'ints', value: axes.map(BigInt) }]]);
}

/** The same operator of the default domain. */
const renamed: Expand = (sketch) => {
  sketch.nodes.push({ ...sketch.node, domain: '', opset: sketch.opset });
  return true;
};

/** Channels stand last, in the weights too: [O, H, W, C/groups]. */
const channelsLast: Expand = (sketch) => {
  const [data = '', ...others] = sketch.node.inputs;
  const { opType } = sketch.node;
  const toFirst = sketch.add('Transpose', [data], permutation([0, 3, 1, 2]));
  if (opType === 'Conv') others[0] = sketch.add('Transpose', [others[0] ?? ''], permutation([0, 3, 1, 2]));
  const result = sketch.add(opType, [toFirst, ...others], sketch.attributes());
  sketch.rename(sketch.add('Transpose', [result], permutation([0, 2, 3, 1])));
  return true;
};

/** What is expanded, by domain and name. */
export const expansions: ReadonlyMap<string, Expand> = new Map<string, Expand>([
  [':QLinearConv', qLinearConv],
  [':QLinearMatMul', binary('MatMul', -1)],
  ['com.microsoft:QLinearAdd', binary('Add')],
  ['com.microsoft:QLinearMul', binary('Mul')],
  ['com.microsoft:QLinearSigmoid', unary('Sigmoid')],
  ['com.microsoft:QLinearLeakyRelu', unary('LeakyRelu')],
  ['com.microsoft:QLinearConcat', qLinearConcat],
  ['com.microsoft:QLinearAveragePool', pool('AveragePool')],
  ['com.microsoft:QLinearGlobalAveragePool', pool('GlobalAveragePool')],
  ['com.microsoft:QLinearSoftmax', (sketch) => sketch.int('opset', 0) >= 13 && unary('Softmax', 'opset')(sketch)],
  ['com.microsoft:QGemm', qGemm],
  ['com.microsoft:QuantizeLinear', renamed],
  ['com.microsoft:DequantizeLinear', renamed],
  ...dynamicOperators,
  ['qonnx.custom_op.channels_last:Conv', channelsLast],
  ['qonnx.custom_op.channels_last:MaxPool', channelsLast],
  ['qonnx.custom_op.channels_last:BatchNormalization', channelsLast],
]);
