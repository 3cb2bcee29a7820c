import { GraphBuilder } from '../../converter/ir/builder.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { outputShapes } from '../../converter/ops/registry.ts';
import { perTensor, type Quantization } from '../../converter/tensor/quantization.ts';
import { elementCount, type Shape } from '../../converter/tensor/shape.ts';
import { type Tensor, tensorType } from '../../converter/tensor/tensor.ts';

/** What int8 LSTMs of the tests differ in. */
export interface IntegerLstmCase {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly units: number;
  readonly coupled: boolean;
  readonly cellClip: number;
  /** Integer bits of the cell state. */
  readonly cellBits: number;
  readonly zeroPoint: number;
  /** Whether what the cell begins with is an input; else zeros. */
  readonly fed: boolean;
  /** Of weights: large ones drive sums into saturation. */
  readonly weightScale: number;
}

const usual = { coupled: false, cellClip: 0, cellBits: 4, zeroPoint: 0, fed: false, weightScale: 0.01 };

/** Sizes below, at and above every block and lane count, and every option. */
export const integerLstmCases: readonly IntegerLstmCase[] = [
  { ...usual, steps: 1, batch: 1, inputs: 1, units: 1 },
  { ...usual, steps: 3, batch: 2, inputs: 3, units: 5, fed: true, zeroPoint: -7 },
  { ...usual, steps: 4, batch: 1, inputs: 8, units: 4, cellClip: 300 },
  { ...usual, steps: 2, batch: 3, inputs: 7, units: 9, coupled: true, fed: true },
  { ...usual, steps: 5, batch: 1, inputs: 16, units: 8, cellBits: 0, fed: true },
  { ...usual, steps: 2, batch: 1, inputs: 33, units: 17, cellBits: 6, zeroPoint: 20, fed: true },
  { ...usual, steps: 6, batch: 2, inputs: 5, units: 7, weightScale: 0.9, fed: true, cellBits: 3 },
  { ...usual, steps: 2, batch: 1, inputs: 40, units: 40, weightScale: 0.1, coupled: true, cellClip: 32767, fed: true },
];

export function integerLstmName(options: IntegerLstmCase): string {
  const { steps, batch, inputs, units, coupled, cellClip, cellBits, zeroPoint, fed, weightScale } = options;
  const words = [coupled ? 'coupled' : '', cellClip > 0 ? `limit ${cellClip}` : '', fed ? 'fed' : ''].join(' ').trim();
  return `${steps}x${batch}x${inputs} to ${units}, Q${cellBits}, zero ${zeroPoint}, weights ${weightScale} ${words}`;
}

/** Integers of [-limit, limit] that look random, the same every time. */
const pick = (i: number, seed: number, limit: number) =>
  ((i * 7919 + seed * 104729 + ((i * i) % 97) * 31) % (2 * limit + 1)) - limit;

function int8(shape: Shape, seed: number, quantization: Quantization): Tensor {
  const data = Int8Array.from({ length: elementCount(shape) }, (_, i) => pick(i, seed, 127));
  return { type: tensorType('int8', shape, quantization), data };
}

/** Weights with a scale per gate. */
function weights(gates: number, units: number, depth: number, scale: number, seed: number): Tensor {
  const scales = Array.from({ length: gates * units }, (_, row) =>
    Math.fround(scale * (1 + Math.floor(row / units) / 4)),
  );
  return int8([gates * units, depth], seed, { kind: 'per-channel', axis: 0, scales, zeroPoints: scales.map(() => 0) });
}

/** A graph of one layer that shows all results. */
export function integerLstmGraph(options: IntegerLstmCase): {
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
} {
  const { steps, batch, inputs: width, units, coupled, cellClip, cellBits, zeroPoint, fed, weightScale } = options;
  const gates = coupled ? 3 : 4;
  const builder = new GraphBuilder();
  const fedTensors: Tensor[] = [];
  const input = (name: string, tensor: Tensor) => {
    fedTensors.push(tensor);
    return builder.input(name, tensor.type);
  };
  const constants = [
    builder.constant('w', weights(gates, units, width, weightScale, 2)),
    builder.constant('r', weights(gates, units, units, weightScale, 3)),
    builder.constant('b', {
      type: tensorType('int32', [gates * units]),
      data: Int32Array.from({ length: gates * units }, (_, i) => pick(i, 4, 5000)),
    }),
  ];
  const x = input('x', int8([steps, batch, width], 1, perTensor(Math.fround(0.03), -3)));
  const hiddenType = perTensor(Math.fround(0.0078), zeroPoint);
  const cellType = tensorType('int16', [batch, units], perTensor(2 ** (cellBits - 15), 0));
  const h = int8([batch, units], 5, hiddenType);
  const c = { type: cellType, data: Int16Array.from({ length: batch * units }, (_, i) => pick(i, 6, 32767)) };
  const states = [h, c].map((tensor, i) =>
    fed
      ? input(`s${i}`, tensor)
      : builder.constant(`s${i}`, {
          ...tensor,
          data: i === 0 ? new Int8Array(batch * units) : new Int16Array(batch * units),
        }),
  );
  const op = { type: 'integer-lstm', attributes: { coupled, cellClip } } as const;
  const operands = [x, ...constants, ...states];
  const shapes = outputShapes(
    op,
    operands.map((id) => builder.typeOf(id)),
  );
  const likes = [h.type, h.type, c.type];
  const results = shapes.map((shape, i) => ({ name: `y${i}`, type: { ...(likes[i] ?? h.type), shape } }));
  builder.nodeOfMany('layer #0', op, operands, results).forEach((id, i) => {
    builder.output(`y${i}`, id);
  });
  return { graph: builder.build('layer', 'a test', 'exact'), inputs: fedTensors };
}
