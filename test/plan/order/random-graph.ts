import fc from 'fast-check';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import type { Graph, ValueId } from '../../../converter/ir/graph.ts';
import type { Op } from '../../../converter/ops/op.ts';
import type { KernelNeeds } from '../../../converter/plan/lower.ts';
import { elementCount } from '../../../converter/tensor/shape.ts';
import { filled, type TensorType, tensorType } from '../../../converter/tensor/tensor.ts';

/** What one node of a random graph is made of; numbers beyond what there is wrap around. */
interface NodePlan {
  readonly kind: 'view' | 'kernel';
  readonly inputs: readonly number[];
  readonly outputBytes: readonly number[];
  /** Bit i: input i may be overwritten by output 0. */
  readonly overlapped: number;
  /** Index of the distance that it keeps then. */
  readonly distance: number;
  readonly scratchBytes: number;
}

export interface GraphPlan {
  readonly inputBytes: readonly number[];
  /** Each holds next the value that `next` names. */
  readonly states: readonly { readonly bytes: number; readonly next: number }[];
  readonly nodes: readonly NodePlan[];
  readonly outputs: readonly number[];
}

/** Kernels of {@link buildGraph}: the axis of a `concat` says what it asks for. The graph is for planning, not for running. */
export const codedNeeds: KernelNeeds = {
  alignment: 4,
  scratchBytes: (op) => (codeOf(op) >> 4) & 15,
  overlaps: (op, inputs) => inputs.map((_, i) => ((codeOf(op) >> i) & 1 ? (distances[codeOf(op) >> 8] ?? 0) : null)),
  overlapUnit: () => 1,
  spareBytes: () => 0,
  slowdown: () => 1,
};

const distances = [0, 4, 22, Number.NEGATIVE_INFINITY] as const;

const codeOf = (op: Op): number => (op.type === 'concat' ? op.attributes.axis : 0);

/** The graph of a plan. Views that nobody reads are outputs of it. */
export function buildGraph(plan: GraphPlan): Graph {
  const builder = new GraphBuilder();
  const values: ValueId[] = [];
  const pick = (index: number): ValueId => {
    const value = values[index % values.length];
    if (value === undefined) throw new RangeError('a graph without values');
    return value;
  };
  values.push(builder.constant('constant', filled(tensorOf(5), 1)));
  plan.inputBytes.forEach((bytes, i) => {
    values.push(builder.input(`in${i}`, tensorOf(bytes)));
  });
  const states = plan.states.map(({ bytes }, i) => builder.state(`state${i}`, tensorOf(bytes), null));
  values.push(...states);
  plan.nodes.forEach((node, n) => {
    const inputs = node.inputs.map(pick);
    const [source] = inputs;
    if (node.kind === 'view' && source !== undefined) {
      const type = builder.typeOf(source);
      const op: Op = { type: 'reshape', attributes: { shape: [1, elementCount(type.shape)] } };
      values.push(builder.node(`N${n}`, op, [source], { ...type, shape: op.attributes.shape }, `v${n}`));
      return;
    }
    const op: Op = {
      type: 'concat',
      attributes: { axis: node.overlapped + 16 * node.scratchBytes + 256 * node.distance },
    };
    const results = node.outputBytes.map((bytes, i) => ({ name: `v${n}.${i}`, type: tensorOf(bytes) }));
    values.push(...builder.nodeOfMany(`N${n}`, op, inputs, results));
  });
  states.forEach((state, i) => {
    builder.assign(state, pick(plan.states[i]?.next ?? 0));
  });
  plan.outputs.forEach((index, i) => {
    builder.output(`out${i}`, pick(index));
  });
  const graph = builder.build('random', 'a test', 'exact');
  const read = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ value }) => value)]);
  const unread = graph.nodes.filter(({ op }) => op.type === 'reshape').flatMap(({ outputs }) => outputs);
  const more = unread.filter((id) => !read.has(id)).map((value) => ({ name: `view${value}`, value }));
  return { ...graph, outputs: [...graph.outputs, ...more] };
}

const tensorOf = (bytes: number): TensorType => tensorType('int8', [bytes]);

const anyValue = fc.nat({ max: 40 });
/** Few sizes, so that equal ones are frequent; 6 and 8 take the same room in steps of 4. */
const anyBytes = fc.constantFrom(1, 6, 8, 8, 20, 40, 40, 100);

/** Random graphs of `nodes` nodes at most. */
export const graphPlans = (nodes: number): fc.Arbitrary<GraphPlan> =>
  fc.record({
    inputBytes: fc.array(anyBytes, { minLength: 1, maxLength: 2 }),
    states: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.record({ bytes: anyBytes, next: anyValue }), { maxLength: 2 }) },
    ),
    nodes: fc.array(
      fc.record({
        kind: fc.constantFrom('kernel', 'kernel', 'kernel', 'kernel', 'view'),
        inputs: fc.array(anyValue, { minLength: 1, maxLength: 3 }),
        outputBytes: fc.oneof(
          { weight: 4, arbitrary: fc.tuple(anyBytes) },
          { weight: 1, arbitrary: fc.tuple(anyBytes, anyBytes) },
        ),
        overlapped: fc.constantFrom(0, 0, 1, 3, 7),
        distance: fc.constantFrom(0, 0, 1, 2, 3),
        scratchBytes: fc.constantFrom(0, 0, 0, 10),
      }),
      { minLength: 2, maxLength: nodes },
    ),
    outputs: fc.array(anyValue, { minLength: 1, maxLength: 2 }),
  });
