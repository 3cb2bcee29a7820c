import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { type Cell, cellGates } from '../../converter/ops/recurrent.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { type ScalarExpression, theVariable, unary } from '../../converter/ops/scalar-expression.ts';
import { elementCount, type Shape } from '../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../converter/tensor/tensor.ts';

/** What recurrent layers of the tests differ in. */
export interface RecurrentCase {
  readonly cell: Cell;
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly units: number;
  readonly linearBeforeReset: boolean;
  readonly clip: number;
  readonly cellClip: number;
  readonly reverse: boolean;
  /** Whether what the cell begins with is an input; else it is a constant, zeros in cases of one step. */
  readonly fed: boolean;
  /** Whether weights and bias are inputs. */
  readonly computed: boolean;
}

const sizes = [
  { steps: 1, batch: 1, inputs: 1, units: 1 },
  { steps: 3, batch: 2, inputs: 3, units: 5 },
  { steps: 4, batch: 1, inputs: 8, units: 4 },
  { steps: 2, batch: 3, inputs: 7, units: 9 },
] as const;

/** Every cell at sizes around the lanes and tiles of the back ends, with and without each option. */
export const recurrentCases: readonly RecurrentCase[] = (['lstm', 'gru', 'rnn'] as const).flatMap((cell) =>
  sizes.flatMap((size) =>
    [0, 1, 2, 3].map((i) => ({
      ...{ cell, ...size, linearBeforeReset: cell === 'gru' && i % 2 === 1 },
      ...{ clip: i === 3 ? 0.4 : Number.POSITIVE_INFINITY, reverse: i >= 2, fed: i % 2 === 0 },
      computed: i === 0 || i === 3,
      cellClip: cell === 'lstm' && i === 2 ? 0.1 : Number.POSITIVE_INFINITY,
    })),
  ),
);

export function caseName({
  cell,
  steps,
  batch,
  inputs,
  units,
  linearBeforeReset,
  clip,
  cellClip,
  reverse,
  fed,
  computed,
}: RecurrentCase): string {
  const options = [
    linearBeforeReset ? 'linear' : '',
    Number.isFinite(clip) ? 'clipped' : '',
    Number.isFinite(cellClip) ? 'limited' : '',
    reverse ? 'reverse' : '',
    fed ? 'fed' : '',
    computed ? 'computed' : '',
  ];
  return `${cell} ${steps}x${batch}x${inputs} to ${units} ${options.join(' ').trim()}`;
}

const functions: readonly ScalarExpression[] = ['logistic', 'tanh', 'tanh'].map((fn) =>
  unary(fn === 'logistic' ? 'logistic' : 'tanh', theVariable),
);

/** Numbers in [-0.5, 0.5) that look random, the same every time. */
function numbers(shape: Shape, seed: number): Tensor {
  const data = Float32Array.from(
    { length: elementCount(shape) },
    (_, i) => ((i * 7919 + seed * 104729) % 1009) / 1009 - 0.5,
  );
  return { type: tensorType('float32', shape), data };
}

/** A graph of one layer that shows all results. */
export function recurrentGraph(options: RecurrentCase): { readonly graph: Graph; readonly inputs: readonly Tensor[] } {
  const {
    cell,
    steps,
    batch,
    inputs: width,
    units,
    linearBeforeReset,
    clip,
    cellClip,
    reverse,
    fed,
    computed,
  } = options;
  const { gates, biases } = cellGates[cell];
  const activations = cell === 'rnn' ? functions.slice(1, 2) : functions.slice(0, cellGates[cell].functions);
  const builder = new GraphBuilder();
  const fedTensors: Tensor[] = [];
  const input = (name: string, tensor: Tensor) => {
    fedTensors.push(tensor);
    return builder.input(name, tensor.type);
  };
  const weight = (name: string, tensor: Tensor) => (computed ? input(name, tensor) : builder.constant(name, tensor));
  const weights = [
    weight('w', numbers([gates * units, width], 2)),
    weight('r', numbers([gates * units, units], 3)),
    weight('b', numbers([biases * units], 4)),
  ];
  const x = input('x', numbers([steps, batch, width], 1));
  const states = (cell === 'lstm' ? ['h', 'c'] : ['h']).map((name, i) => {
    const begin = numbers([batch, units], 5 + i);
    if (fed) return input(name, begin);
    return builder.constant(name, steps === 1 ? { ...begin, data: new Float32Array(batch * units) } : begin);
  });
  const op = {
    type: 'recurrent',
    attributes: { cell, activations, linearBeforeReset, clip, cellClip, reverse },
  } as const;
  const operands = [x, ...weights, ...states];
  const shapes = outputShapes(
    op,
    operands.map((id) => builder.typeOf(id)),
  );
  const results = shapes.map((shape, i) => ({ name: `y${i}`, type: tensorType('float32', shape) }));
  builder.nodeOfMany(`${cell} #0`, op, operands, results).forEach((id, i) => {
    builder.output(`y${i}`, id);
  });
  return { graph: builder.build('layer', 'a test', 'exact'), inputs: fedTensors };
}
