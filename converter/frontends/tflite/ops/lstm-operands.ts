import type { ValueId } from '../../../ir/graph.ts';
import { noClamp } from '../../../ops/definition.ts';
import { binary, constant, type ScalarExpression, theVariable, unary } from '../../../ops/scalar-expression.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { OperatorContext } from '../context.ts';

/** The operands of one gate. Absent ones are null. */
export interface Gate {
  /** Positions among the inputs of the operator. */
  readonly weightsIndex: number;
  readonly recurrentIndex: number;
  readonly biasIndex: number;
  readonly weights: ValueId;
  readonly recurrent: ValueId;
  readonly bias: ValueId;
  /** Weights of the cell state. */
  readonly peephole: ValueId | null;
  /** Coefficients of the layer normalization. */
  readonly norm: ValueId | null;
}

/** An LSTM of the file: LSTM of the full kernel type and UNIDIRECTIONAL_SEQUENCE_LSTM have the same operands. */
export interface LstmOperands {
  /** [T,B,I] */
  readonly input: ValueId;
  /** input, output, forget and cell gate; null for the input gate where it is 1 - forget. */
  readonly gates: readonly [Gate | null, Gate, Gate, Gate];
  readonly projection: { readonly weights: ValueId; readonly bias: ValueId | null } | null;
  /** What the layer gave and its cell state, [B,O] and [B,H]. */
  readonly hidden: ValueId;
  readonly cell: ValueId;
  readonly sizes: LstmSizes;
}

export interface LstmSizes {
  readonly steps: number;
  readonly batch: number;
  readonly units: number;
  /** Width of the result; differs from `units` with a projection. */
  readonly outputs: number;
}

/** Positions of the inputs (TFLite `lstm_shared.h`); those of the gates are in the order input, forget, cell, output. */
const position = { weights: 1, recurrent: 5, peephole: 9, bias: 12, projection: 16, hidden: 18, cell: 19, norm: 20 };

/** Where the weights of the cell state of a gate stand; the cell gate has none. */
const peepholePlaces: readonly (number | null)[] = [0, 1, null, 2];

export function lstmOperands(context: OperatorContext, input: ValueId): LstmOperands {
  const { shape } = context.type(input);
  const gate = (place: number): Gate | null => {
    const optional = [position.weights, position.recurrent, position.bias, position.norm].map((first) =>
      context.optionalInput(first + place),
    );
    const [weights = null, recurrent = null, bias = null, norm = null] = optional;
    const peepholePlace = peepholePlaces[place] ?? null;
    const peephole = peepholePlace === null ? null : context.optionalInput(position.peephole + peepholePlace);
    if ([...optional, peephole].every((id) => id === null)) return null;
    if (weights === null || recurrent === null || bias === null) {
      throw context.invalid('a gate has some, but not all, of its weights, recurrent weights and bias');
    }
    return {
      ...{ weightsIndex: position.weights + place, recurrentIndex: position.recurrent + place },
      ...{ biasIndex: position.bias + place, weights, recurrent, bias, peephole, norm },
    };
  };
  const [inputGate, forget, candidate, output] = [gate(0), gate(1), gate(2), gate(3)];
  if (forget === null || candidate === null || output === null) {
    throw context.invalid('it lacks the weights of the forget, cell or output gate');
  }
  if (inputGate === null && candidate.norm !== null && output.norm === null) throw context.invalid('a norm is missing');
  const weights = context.optionalInput(position.projection);
  const bias = context.optionalInput(position.projection + 1);
  if (weights === null && bias !== null) throw context.invalid('it has a bias of a projection, but no projection');
  const recurrentShape = context.type(output.recurrent).shape;
  if (recurrentShape.length !== 2) throw context.invalid('the recurrent weights must have 2 dimensions');
  const sizes = {
    ...{ steps: dimension(shape, 0), batch: dimension(shape, 1) },
    ...{ units: dimension(recurrentShape, 0), outputs: dimension(recurrentShape, 1) },
  };
  if (weights === null && sizes.units !== sizes.outputs) throw context.invalid('the recurrent weights are not square');
  return {
    input,
    gates: [inputGate, output, forget, candidate],
    projection: weights === null ? null : { weights, bias },
    hidden: stateInput(context, position.hidden, [sizes.batch, sizes.outputs]),
    cell: stateInput(context, position.cell, [sizes.batch, sizes.units]),
    sizes,
  };
}

/** Assigns what the layer ends with to its two variable tensors. */
export function assignLstmStates(context: OperatorContext, hidden: ValueId, cell: ValueId): void {
  context.assignVariable(position.hidden, hidden);
  context.assignVariable(position.cell, cell);
}

/** A variable tensor, which the file may have in any shape of so many elements. */
export function stateInput(context: OperatorContext, index: number, shape: readonly number[]): ValueId {
  const id = context.input(index);
  const elements = context.type(id).shape.reduce((product, size) => product * size, 1);
  const wanted = shape.reduce((product, size) => product * size, 1);
  if (elements !== wanted) throw context.invalid(`its state has ${elements} elements, expected ${wanted}`);
  if (context.builder.constantOf(id) !== null) {
    throw context.unsupported('its state has values in the file', 'export it as a variable tensor without data');
  }
  return context.reshape(id, shape);
}

const x = theVariable;

const functions: ReadonlyMap<string, ScalarExpression> = new Map([
  ['NONE', x],
  ['RELU', binary('max', x, constant(0))],
  ['RELU6', binary('min', binary('max', x, constant(0)), constant(6))],
  ['RELU_N1_TO_1', binary('min', binary('max', x, constant(-1)), constant(1))],
  ['TANH', unary('tanh', x)],
]);

/** The function behind `fused_activation_function` of a recurrent layer. */
export function layerActivation(context: OperatorContext, activation: string): ScalarExpression {
  const expression = functions.get(activation);
  if (expression !== undefined) return expression;
  throw context.unsupported(`the activation ${activation} is not supported`, 'use TANH or RELU');
}

/** What a recurrent layer reads as [T,B,I], and how its result [T,B,O] becomes output 0 of the operator. */
export interface Sequence {
  readonly input: ValueId;
  readonly bind: (result: ValueId) => void;
}

/** Puts time first. An input of two dimensions is one step. */
export function sequenceOf(context: OperatorContext, timeMajor: boolean): Sequence {
  const input = context.input(0);
  const type = context.type(input);
  const { name } = context.outputTensor(0);
  const [first = 0, second = 0, third = 0] = type.shape;
  if (type.shape.length === 2) {
    return {
      input: context.reshape(input, [1, first, second]),
      bind: (id) => context.bind(0, context.reshape(id, context.type(id).shape.slice(1), name)),
    };
  }
  if (type.shape.length !== 3) throw context.invalid(`its input has ${type.shape.length} dimensions, expected 3`);
  if (timeMajor) return { input, bind: (id) => context.bind(0, id) };
  const swap = (id: ValueId, as: string) => {
    const [a = 0, b = 0, c = 0] = context.type(id).shape;
    if (a === 1 || b === 1) return context.reshape(id, [b, a, c], as);
    return context.node({ type: 'transpose', attributes: { permutation: [1, 0, 2] } }, [id], context.type(id), as);
  };
  if (first * second * third === 0) throw context.invalid('its input has no elements');
  return { input: swap(input, `${name}/steps`), bind: (id) => context.bind(0, swap(id, name)) };
}

/** a + b, a - b and a * b of float32 values. */
export function combine(context: OperatorContext, fn: 'add' | 'sub' | 'mul', a: ValueId, b: ValueId): ValueId {
  const name = `${context.outputTensor(0).name}/${fn}`;
  return context.node({ type: 'zip', attributes: { fn, clamp: noClamp } }, [a, b], context.type(a), name);
}

/** A function of a float32 value. */
export function mapped(context: OperatorContext, expression: ScalarExpression, of: ValueId): ValueId {
  if (expression.kind === 'x') return of;
  const name = `${context.outputTensor(0).name}/map`;
  return context.node({ type: 'map', attributes: { expression } }, [of], context.type(of), name);
}

/** Values joined along an axis. */
export function joined(context: OperatorContext, parts: readonly ValueId[], axis: number): ValueId {
  const [first] = parts;
  if (first === undefined) throw context.invalid('it has no parts');
  if (parts.length === 1) return first;
  const name = `${context.outputTensor(0).name}/joined`;
  return context.node({ type: 'concat', attributes: { axis } }, parts, context.type(first), name);
}

/** `size` elements along `axis` from `start` on. */
export function cut(context: OperatorContext, id: ValueId, axis: number, start: number, size: number): ValueId {
  const type = context.type(id);
  if (dimension(type.shape, axis) === size) return id;
  const begin = type.shape.map((_, i) => (i === axis ? start : 0));
  const sizes = type.shape.map((whole, i) => (i === axis ? size : whole));
  const attributes = { begin, size: sizes, strides: begin.map(() => 1) };
  return context.node({ type: 'slice', attributes }, [id], type, `${context.outputTensor(0).name}/part`);
}
