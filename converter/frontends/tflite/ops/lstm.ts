import type { ValueId } from '../../../ir/graph.ts';
import type { Op } from '../../../ops/op.ts';
import { theVariable, unary } from '../../../ops/scalar-expression.ts';
import { scaleAt } from '../../../tensor/quantization.ts';
import { formatShape } from '../../../tensor/shape.ts';
import { dataAs, type TensorType, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import {
  assignLstmStates,
  type Gate,
  joined,
  type LstmOperands,
  layerActivation,
  lstmOperands,
  mapped,
  sequenceOf,
} from './lstm-operands.ts';
import { type LstmOptions, lstmStepByStep } from './lstm-steps.ts';

/** UNIDIRECTIONAL_SEQUENCE_LSTM: float32, int8 with an int16 cell state (TFLite "8x8_16"), and float32 with int8 weights. */
export const unidirectionalSequenceLstm: TranslateOperator = (context) => {
  const options = context.options('UnidirectionalSequenceLSTMOptions');
  if (options.diagonal_recurrent_tensors) {
    throw context.unsupported('diagonal recurrent weights are not supported', 'export the layer with full matrices');
  }
  translate(context, options, options.time_major);
};

/** LSTM: one step of the same layer. */
export const lstm: TranslateOperator = (context) => {
  const options = context.options('LSTMOptions');
  if (options.kernel_type !== 'FULL') {
    throw context.unsupported(
      `the kernel type ${options.kernel_type} is not supported`,
      'export the layer as UNIDIRECTIONAL_SEQUENCE_LSTM',
    );
  }
  translate(context, options, true);
};

function translate(
  context: OperatorContext,
  options: {
    readonly fused_activation_function: string;
    readonly cell_clip: number;
    readonly proj_clip: number;
    readonly asymmetric_quantize_inputs: boolean;
  },
  timeMajor: boolean,
): void {
  const { cell_clip: cellClip, proj_clip: projectionClip } = options;
  if (!(cellClip >= 0 && projectionClip >= 0)) throw context.invalid('its limits must be 0 or more');
  const sequence = sequenceOf(context, timeMajor);
  const operands = lstmOperands(context, sequence.input);
  const dtypes = [sequence.input, operands.gates[1].weights].map((id) => context.type(id).dtype).join(' ');
  const limit = (clip: number) => (clip > 0 ? clip : Number.POSITIVE_INFINITY);
  const settings: LstmOptions = {
    activation: layerActivation(context, options.fused_activation_function),
    ...{ cellClip: limit(cellClip), projectionClip: limit(projectionClip) },
    hybrid: dtypes === 'float32 int8' ? (options.asymmetric_quantize_inputs ? 'asymmetric' : 'symmetric') : 'none',
  };
  if (dtypes === 'int8 int8') {
    if (options.fused_activation_function !== 'TANH') {
      throw context.unsupported('an int8 LSTM without TANH is not supported', 'use TANH');
    }
    sequence.bind(integerLayer(context, operands, cellClip));
  } else if (dtypes === 'float32 float32' && isPlain(operands)) {
    sequence.bind(floatLayer(context, operands, settings));
  } else if (dtypes === 'float32 float32' || dtypes === 'float32 int8') {
    sequence.bind(lstmStepByStep(context, operands, settings));
  } else {
    throw context.unsupported(
      `an LSTM of ${dtypes} (data, weights) is not supported`,
      'use float32, int8 activations with int8 weights, or float32 activations with int8 weights',
    );
  }
}

/** Without projection, peepholes and layer normalization. */
function isPlain({ gates, projection }: LstmOperands): boolean {
  return projection === null && gates.every((gate) => gate === null || (gate.peephole === null && gate.norm === null));
}

/** Assigns the states; the first result is that of the layer. */
function withStates(context: OperatorContext, results: readonly ValueId[]): ValueId {
  const [all, hidden, cell] = results;
  if (all === undefined || hidden === undefined || cell === undefined) throw context.invalid('it has no result');
  assignLstmStates(context, hidden, cell);
  return all;
}

/** An input gate of 1 - forget is logistic(-(what goes into the forget gate)). */
function floatLayer(context: OperatorContext, operands: LstmOperands, { activation, cellClip }: LstmOptions): ValueId {
  const { gates, input, hidden, cell } = operands;
  const stacked = (pick: (gate: Gate) => ValueId) => {
    const [inputGate, output, forget, candidate] = gates;
    const first = inputGate === null ? mapped(context, unary('neg', theVariable), pick(forget)) : pick(inputGate);
    return joined(context, [first, pick(output), pick(forget), pick(candidate)], 0);
  };
  const weights = [stacked((g) => g.weights), stacked((g) => g.recurrent), stacked((g) => g.bias)];
  const op: Op = {
    type: 'recurrent',
    attributes: {
      ...{ cell: 'lstm', activations: [unary('logistic', theVariable), activation, activation] },
      ...{ linearBeforeReset: false, clip: Number.POSITIVE_INFINITY, cellClip, reverse: false },
    },
  };
  const like = tensorType('float32', []);
  const { name } = context.outputTensor(0);
  const names = [`${name}/all`, `${name}/hidden`, `${name}/cell`];
  return withStates(context, context.nodeOfMany(op, [input, ...weights, hidden, cell], [like, like, like], names));
}

function integerLayer(context: OperatorContext, operands: LstmOperands, cellClip: number): ValueId {
  const { gates, input, hidden, cell } = operands;
  if (!isPlain(operands)) {
    const what = operands.projection !== null ? 'a projection' : 'peepholes or layer normalization';
    throw context.unsupported(`an int8 LSTM with ${what} is not supported`, 'export the layer without, or in float32');
  }
  const [hiddenType, cellType] = [context.type(hidden), context.type(cell)];
  if (hiddenType.dtype !== 'int8' || cellType.dtype !== 'int16' || hiddenType.quantization.kind === 'none') {
    throw context.unsupported(
      `states of ${hiddenType.dtype} and ${cellType.dtype} are not supported`,
      'use int8 for what the layer gives and int16 for its cell state',
    );
  }
  requireEqualScales(context, hiddenType);
  const present = gates.filter((gate) => gate !== null);
  const { name } = context.outputTensor(0);
  const weights = [
    stackedWeights(
      context,
      present.map(({ weightsIndex }) => weightsIndex),
      `${name}/weights`,
    ),
    stackedWeights(
      context,
      present.map(({ recurrentIndex }) => recurrentIndex),
      `${name}/recurrent_weights`,
    ),
    joined(
      context,
      present.map(({ bias }) => unscaled(context, bias)),
      0,
    ),
  ];
  // TFLite `PopulateQuantizedLstmParams8x8_16`: the limit in float32, cut off to an int16.
  const scale = cellType.quantization.kind === 'per-tensor' ? cellType.quantization.scale : 1;
  const clip = Math.min(32767, Math.trunc(Math.fround(cellClip / scale)));
  const op: Op = { type: 'integer-lstm', attributes: { coupled: gates[0] === null, cellClip: clip } };
  const likes = [hiddenType, hiddenType, cellType];
  const names = [`${name}/all`, `${name}/hidden`, `${name}/cell`];
  return withStates(context, context.nodeOfMany(op, [input, ...weights, hidden, cell], likes, names));
}

/** The result, the state and the intermediate tensor for the hidden state must have one scale: there is no projection between. */
function requireEqualScales(context: OperatorContext, { quantization }: TensorType): void {
  const output = context.outputType(0).quantization;
  const intermediate = context.intermediate(4)?.quantization;
  const same = (scale: number | undefined, zero: number | undefined) =>
    quantization.kind === 'per-tensor' && scale === quantization.scale && zero === quantization.zeroPoint;
  const hiddenFits =
    intermediate === undefined ||
    intermediate.kind !== 'affine' ||
    same(intermediate.scales[0], intermediate.zeroPoints[0]);
  if (hiddenFits && output.kind === 'per-tensor' && same(output.scale, output.zeroPoint)) return;
  throw context.unsupported(
    'the result, the state and the hidden intermediate of an int8 LSTM have different scales',
    'quantize the model again with one scale for all three',
  );
}

/** The weights of all gates below each other, each row with the scale of its gate. */
function stackedWeights(context: OperatorContext, indices: readonly number[], name: string): ValueId {
  const parts = indices.map((index) => context.constant(index, 'a matrix of weights'));
  const [first] = parts;
  const [rows = 0, depth = 0] = first?.type.shape ?? [];
  const scales = parts.flatMap(({ type }) => {
    if (type.shape.join() !== `${rows},${depth}` || type.dtype !== 'int8') {
      throw context.invalid(`its weights of ${type.dtype} ${formatShape(type.shape)} do not fit the others`);
    }
    const { quantization: q } = type;
    if (q.kind !== 'per-tensor' || q.zeroPoint !== 0) {
      throw context.unsupported('its weights need one scale per gate and zero points of 0', 'quantize the model again');
    }
    return new Array<number>(rows).fill(scaleAt(q, 0));
  });
  const zeroPoints = scales.map(() => 0);
  const type = tensorType('int8', [scales.length, depth], { kind: 'per-channel', axis: 0, scales, zeroPoints });
  const data = new Int8Array(scales.length * depth);
  parts.forEach((part, i) => {
    data.set(dataAs(part, 'int8'), i * rows * depth);
  });
  return context.builder.constant(name, { type, data });
}

/** A constant without its scale, so that it can stand beside others. */
function unscaled(context: OperatorContext, id: ValueId): ValueId {
  const { name, type, data } = context.builder.valueById(id);
  if (data === null || type.dtype !== 'int32') throw context.invalid(`its bias "${name}" is no int32 constant`);
  return context.builder.constant(name, { type: tensorType('int32', type.shape), data });
}
