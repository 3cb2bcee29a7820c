import { type Graph, inputTypes, type Node, usesOf, type Value, type ValueId } from '../ir/graph.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { dataAs } from '../tensor/tensor.ts';
import {
  asFloat16,
  asInt8,
  type FloatStorageKind,
  type StoredWeights,
  type WeightStorage,
} from '../tensor/weight-storage.ts';

/** Constants of fewer elements are not worth the words that describe how they are kept. */
const fewestElements = 64;

/**
 * The graph with its float32 weights rounded to what `kind` holds, and noted as kept so. Weights are the constant factors of
 * products and recurrent layers; biases and all other constants stay. Runs after all other passes, so that what is rounded is
 * what kernels read. float16: each weight within 2^-11 of its size, or 2^-25; int8: within half a scale, which is
 * the largest weight of its output channel / 127. Throws ProblemError where there are no such weights, or where they have no such form.
 *
 * @param isWanted the nodes whose weights are meant
 */
export function narrowWeights(
  graph: Graph,
  kind: FloatStorageKind,
  isWanted: (node: Node) => boolean = () => true,
): Graph {
  const values = new Map(graph.values);
  const storage = new Map<ValueId, WeightStorage>(graph.storage);
  const problems: Problem[] = [];
  for (const [id, axis] of weightsOf(graph, isWanted)) {
    const value = graph.values.get(id);
    if (value === undefined) continue;
    const data = dataAs({ type: value.type, data: value.data ?? new Float32Array() }, 'float32');
    const stored: StoredWeights | null = kind === 'float16' ? asFloat16(data) : asInt8(data, value.type.shape, axis);
    if (stored === null) {
      problems.push(tooLarge(value, kind));
      continue;
    }
    values.set(id, { ...value, data: stored.data });
    storage.set(id, stored.storage);
  }
  if (problems.length > 0) throw new ProblemError(problems);
  if (storage.size === graph.storage.size) throw new ProblemError(nothingToNarrow(graph));
  return { ...graph, values, storage };
}

/** The same graph with its float32 constants, rounded as they may be, kept as what they are; what int8 weights are kept in stays. */
export function widenFloats(graph: Graph): Graph {
  const storage = new Map([...graph.storage].filter(([, { kind }]) => kind === 'int4'));
  return storage.size === graph.storage.size ? graph : { ...graph, storage };
}

/** The same graph with its constants, rounded as they may be, kept as what they are. */
export function widenWeights(graph: Graph): Graph {
  return graph.storage.size === 0 ? graph : { ...graph, storage: new Map() };
}

/** The float32 weights with the axis of their output channels. What is read in two ways is left alone. */
function weightsOf(graph: Graph, isWanted: (node: Node) => boolean): ReadonlyMap<ValueId, number> {
  const { consumers, outputs } = usesOf(graph);
  const found = new Map<ValueId, number>();
  for (const { id, type, data } of graph.values.values()) {
    if (data === null || type.dtype !== 'float32' || data.length < fewestElements || outputs.has(id)) continue;
    const nodes = consumers.get(id) ?? [];
    if (!nodes.every(isWanted)) continue;
    const axes = nodes.flatMap((node) =>
      node.inputs.flatMap((input, i) => (input === id ? [channelAxis(graph, node, i)] : [])),
    );
    const [axis = null] = axes;
    if (axis !== null && axes.every((other) => other === axis)) found.set(id, axis);
  }
  return found;
}

/** The axis of the output channels where input `index` of a node is a weight; null where it is not. */
function channelAxis(graph: Graph, { op, ...node }: Node, index: number): number | null {
  switch (op.type) {
    case 'conv-2d':
    case 'fully-connected':
      return index === 1 ? 0 : null;
    case 'depthwise-conv-2d':
      return index === 1 ? 3 : null;
    case 'recurrent':
      return index === 1 || index === 2 ? 0 : null;
    case 'matmul': {
      const rank = inputTypes(graph, { op, ...node })[index]?.shape.length ?? 0;
      if (index !== 1 || rank < 2) return null;
      return op.attributes.transposeB ? rank - 2 : rank - 1;
    }
    default:
      return null;
  }
}

function tooLarge({ name }: Value, kind: FloatStorageKind): Problem {
  const limit = kind === 'float16' ? 'beyond the range of float16 (65504)' : 'not finite';
  const advice = kind === 'float16' ? 'keep the weights as int8 or float32' : 'keep the weights as float32';
  return { code: 'weights-range', where: `constant ${JSON.stringify(name)}`, what: `a weight is ${limit}`, advice };
}

function nothingToNarrow({ name }: Graph): Problem {
  return {
    code: 'no-float-weights',
    where: `model ${JSON.stringify(name)}`,
    what: 'there are no float32 weights to be kept in fewer bytes',
    advice: 'leave the option out; the weights of a quantized model are small already',
  };
}
