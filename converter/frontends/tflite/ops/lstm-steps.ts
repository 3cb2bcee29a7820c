import type { ValueId } from '../../../ir/graph.ts';
import { noClamp } from '../../../ops/definition.ts';
import type { HybridMode } from '../../../ops/hybrid.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../../ops/scalar-expression.ts';
import { dimension } from '../../../tensor/shape.ts';
import { type TensorType, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext } from '../context.ts';
import { assignLstmStates, combine, cut, type Gate, joined, type LstmOperands, mapped } from './lstm-operands.ts';

/** What an LSTM in float32 does beside its sums. */
export interface LstmOptions {
  /** The function of the candidate and of the cell state. */
  readonly activation: ScalarExpression;
  /** Limits of the cell state and of what the projection gives; Infinity for none. */
  readonly cellClip: number;
  readonly projectionClip: number;
  /** How float32 data meets int8 weights, `none` where the weights are float32. */
  readonly hybrid: HybridMode;
}

/** More steps than this would make a graph of tens of thousands of nodes. */
const mostSteps = 64;

/** Beside the variance in the layer normalization (TFLite `PortableMeanStddevNormalization`). */
const normalizationConstant = 1e-8;

/**
 * An LSTM with projection, peepholes, layer normalization or int8 weights as products and elementwise operators, step by step (TFLite
 * `lstm_eval.cc`, float and hybrid). Returns the result [T,B,O].
 */
export function lstmStepByStep(context: OperatorContext, operands: LstmOperands, options: LstmOptions): ValueId {
  const { steps, batch, outputs } = operands.sizes;
  if (steps > mostSteps) {
    throw context.unsupported(
      `${steps} steps of an LSTM with projection, peepholes, layer normalization or int8 weights are not supported`,
      `${mostSteps} steps are; or export a layer without these in float32 or all in int8`,
    );
  }
  const width = dimension(context.type(operands.input).shape, 2);
  const rows = context.reshape(operands.input, [steps * batch, width]);
  const layer = new Layer(context, options);
  const fromInput = operands.gates.map((gate) =>
    gate === null ? null : layer.product(rows, gate.weights, gate.norm === null ? gate.bias : null),
  );
  let [hidden, cell] = [operands.hidden, operands.cell];
  const results = Array.from({ length: steps }, (_, t) => {
    const sums = fromInput.map((all) => (all === null ? null : cut(context, all, 0, t * batch, batch)));
    [hidden, cell] = layer.step(operands, sums, hidden, cell);
    return context.reshape(hidden, [1, batch, outputs]);
  });
  assignLstmStates(context, hidden, cell);
  return joined(context, results, 0);
}

const x = theVariable;

function limited(limit: number): ScalarExpression {
  return Number.isFinite(limit) ? binary('min', binary('max', x, constant(-limit)), constant(limit)) : x;
}

class Layer {
  readonly #context: OperatorContext;
  readonly #options: LstmOptions;

  constructor(context: OperatorContext, options: LstmOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** One step of the whole batch: what the layer gives and the cell state after it. */
  step(
    { gates, projection }: LstmOperands,
    sums: readonly (ValueId | null)[],
    hidden: ValueId,
    cell: ValueId,
  ): [ValueId, ValueId] {
    const context = this.#context;
    const { activation, cellClip, projectionClip } = this.#options;
    const logistic = unary('logistic', x);
    const gate = (index: 0 | 1 | 2 | 3, fn: ScalarExpression, state: ValueId | null): ValueId | null => {
      const [own, sum] = [gates[index], sums[index]];
      if (own === null || sum === null || sum === undefined) return null;
      return mapped(context, fn, this.#sum(own, sum, hidden, state));
    };
    const forget = gate(2, logistic, cell);
    const candidate = gate(3, activation, null);
    if (forget === null || candidate === null) throw context.invalid('it lacks a gate');
    const coupled = () => mapped(context, binary('sub', constant(1), x), forget);
    const input = gate(0, logistic, cell) ?? coupled();
    const kept = combine(context, 'mul', forget, cell);
    const next = combine(context, 'add', kept, combine(context, 'mul', input, candidate));
    const state = mapped(context, limited(cellClip), next);
    const output = gate(1, logistic, state);
    if (output === null) throw context.invalid('it lacks a gate');
    const shown = combine(context, 'mul', output, mapped(context, activation, state));
    if (projection === null) return [shown, state];
    const projected = this.product(shown, projection.weights, projection.bias);
    return [mapped(context, limited(projectionClip), projected), state];
  }

  /** What goes into the function of a gate. `state` is what its peephole sees. */
  #sum(gate: Gate, fromInput: ValueId, hidden: ValueId, state: ValueId | null): ValueId {
    const context = this.#context;
    let sum = combine(context, 'add', fromInput, this.product(hidden, gate.recurrent, null));
    if (gate.peephole !== null && state !== null) {
      sum = combine(context, 'add', sum, combine(context, 'mul', state, this.#real(gate.peephole)));
    }
    if (gate.norm === null) return sum;
    const centred = combine(context, 'sub', sum, this.#mean(sum));
    const variance = this.#mean(mapped(context, unary('square', x), centred));
    const inverse = mapped(context, unary('rsqrt', binary('add', x, constant(normalizationConstant))), variance);
    const scaled = combine(context, 'mul', combine(context, 'mul', centred, inverse), this.#real(gate.norm));
    return combine(context, 'add', scaled, gate.bias);
  }

  #mean(id: ValueId): ValueId {
    const attributes = { kind: 'mean', axes: [1], keepDims: true } as const;
    const name = `${this.#context.outputTensor(0).name}/mean`;
    return this.#context.node({ type: 'reduce', attributes }, [id], this.#context.type(id), name);
  }

  /** A vector of weights in float32. */
  #real(id: ValueId): ValueId {
    if (this.#context.type(id).dtype === 'float32') return id;
    const name = `${this.#context.name(id)}/float`;
    return this.#context.node({ type: 'dequantize', attributes: {} }, [id], tensorType('float32', []), name);
  }

  /** rows [N,K] times weights [O,K], plus the bias. */
  product(rows: ValueId, weights: ValueId, bias: ValueId | null): ValueId {
    const context = this.#context;
    const like: TensorType = tensorType('float32', []);
    const { shape, dtype } = context.type(weights);
    if (shape.length !== 2) throw context.invalid(`its weights have ${shape.length} dimensions, expected 2`);
    const outputs = dimension(shape, 0);
    const zeros = () =>
      context.builder.constant(`${context.name(weights)}/zero_bias`, {
        type: tensorType('float32', [outputs]),
        data: new Float32Array(outputs),
      });
    const hybrid = dtype === 'int8' ? this.#options.hybrid : 'none';
    const op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid } } as const;
    const name = `${context.outputTensor(0).name}/product`;
    return context.node(op, [rows, weights, bias ?? zeros()], like, name);
  }
}
