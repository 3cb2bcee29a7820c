import type { TableName } from '../../../frontends/tflite/format/schema/schema.ts';
import type { Node } from '../../../ir/graph.ts';
import { isHardSwish } from '../../../ops/hard-swish.ts';
import { clampOf, leakySlopeOf } from '../../../ops/map.ts';
import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../../ops/scalar-expression.ts';
import { filled, type TensorType, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorWriter, Options } from '../operator-writer.ts';
import { fusedClamp } from './clamp.ts';
import { plainDtypes } from './zip.ts';

/** Operators of one tensor; null for functions that TFLite has not. */
const unaryOperators: { readonly [F in UnaryFunction]: readonly [code: string, options: TableName | null] | null } = {
  neg: ['NEG', 'NegOptions'],
  abs: ['ABS', 'AbsOptions'],
  exp: ['EXP', 'ExpOptions'],
  log: ['LOG', null],
  sqrt: ['SQRT', null],
  rsqrt: ['RSQRT', null],
  sin: ['SIN', null],
  cos: ['COS', 'CosOptions'],
  tanh: ['TANH', null],
  logistic: ['LOGISTIC', null],
  floor: ['FLOOR', null],
  ceil: ['CEIL', null],
  round: ['ROUND', null],
  sign: ['SIGN', null],
  square: ['SQUARE', 'SquareOptions'],
  ...{ expm1: null, log1p: null, tan: null, asin: null, acos: null, atan: null, sinh: null, cosh: null },
  ...{ asinh: null, acosh: null, atanh: null, erf: null },
};

const binaryOperators: { readonly [F in BinaryFunction]: readonly [code: string, options: TableName] } = {
  add: ['ADD', 'AddOptions'],
  sub: ['SUB', 'SubOptions'],
  mul: ['MUL', 'MulOptions'],
  div: ['DIV', 'DivOptions'],
  max: ['MAXIMUM', 'MaximumMinimumOptions'],
  min: ['MINIMUM', 'MaximumMinimumOptions'],
};

/** Functions that TFLite computes on stored integers as the graph does: from a table, or in integers. */
const onIntegers = ['TANH', 'LOGISTIC', 'HARD_SWISH', 'LEAKY_RELU', 'EXP', 'ABS', 'RELU', 'RELU6', 'RELU_N1_TO_1'];

/** Those that it computes on 16 bits in its own way, which the graph does not. */
const otherwiseOn16 = ['TANH', 'LOGISTIC', 'HARD_SWISH', 'EXP'];

/** One operator where TFLite has it; else the expression step by step on real numbers. */
export function map(writer: OperatorWriter, { attributes }: Node<'map'>['op']): void {
  const type = writer.inputType(0);
  const isReal = type.quantization.kind === 'none';
  if (isReal && !plainDtypes.includes(type.dtype))
    writer.refuse(`functions of ${type.dtype} without a scale have no operator in TFLite`);
  if (attributes.expression.kind === 'x' && !isReal) {
    writer.whole('QUANTIZE', [writer.input(0)], { type: 'QuantizeOptions', value: {} });
    return;
  }
  const found = operatorOf(attributes.expression);
  if (found !== null && (isReal || isOnIntegers(found.code, type))) {
    writer.whole(found.code, [writer.input(0)], found.options);
    return;
  }
  if (!isReal && type.dtype !== 'int8') writer.refuse(`this function of ${type.dtype} has no operator in TFLite`);
  const real = tensorType('float32', type.shape);
  const steps = new Steps(writer, isReal ? type : real);
  if (isReal) {
    steps.finish(attributes.expression, writer.input(0), writer.output());
    return;
  }
  const [before, after] = [writer.between('real', real), writer.between('result', real)];
  writer.operator('DEQUANTIZE', [writer.input(0)], [before], { type: 'DequantizeOptions', value: {} });
  steps.finish(attributes.expression, before, after);
  writer.operator('QUANTIZE', [after], [writer.output()], { type: 'QuantizeOptions', value: {} });
}

function isOnIntegers(code: string, { dtype }: TensorType): boolean {
  return onIntegers.includes(code) && !(dtype === 'int16' && otherwiseOn16.includes(code));
}

function operatorOf(expression: ScalarExpression): { readonly code: string; readonly options: Options } | null {
  if (isHardSwish(expression)) return { code: 'HARD_SWISH', options: { type: 'HardSwishOptions', value: {} } };
  const slope = leakySlopeOf(expression);
  if (slope !== null) return { code: 'LEAKY_RELU', options: { type: 'LeakyReluOptions', value: { alpha: slope } } };
  const clamp = clampOf(expression);
  const activation = clamp === null ? 'NONE' : fusedClamp(clamp).activation;
  if (activation !== 'NONE') return { code: activation, options: null };
  if (expression.kind !== 'unary' || expression.of.kind !== 'x') return null;
  const found = unaryOperators[expression.fn];
  if (found === null) return null;
  const [code, type] = found;
  return { code, options: type === null ? null : { type, value: {} } };
}

/** Writes an expression as operators on tensors of one real type. */
class Steps {
  readonly #writer: OperatorWriter;
  readonly #type: TensorType;
  #count = 0;

  constructor(writer: OperatorWriter, type: TensorType) {
    this.#writer = writer;
    this.#type = type;
  }

  /** Writes all of it; the last result goes to `output`. */
  finish(expression: ScalarExpression, input: number, output: number): void {
    if (expression.kind === 'unary' || expression.kind === 'binary') {
      this.#step(expression, input, output);
      return;
    }
    // A constant, or x itself: x * 0 + c or x * 1 + 0.
    const [factor, sum] = expression.kind === 'x' ? [1, 0] : [0, expression.value];
    const product = this.#between();
    this.#operator('mul', [input, this.#number(factor)], product);
    this.#operator('add', [product, this.#number(sum)], output);
  }

  #value(expression: ScalarExpression, input: number): number {
    if (expression.kind === 'x') return input;
    if (expression.kind === 'constant') return this.#number(expression.value);
    const result = this.#between();
    this.#step(expression, input, result);
    return result;
  }

  #step(expression: Extract<ScalarExpression, { kind: 'unary' | 'binary' }>, input: number, output: number): void {
    if (expression.kind === 'binary') {
      this.#operator(expression.fn, [this.#value(expression.a, input), this.#value(expression.b, input)], output);
      return;
    }
    const found = unaryOperators[expression.fn];
    const of = this.#value(expression.of, input);
    if (found === null) {
      this.#composed(expression.fn, expression.of, of, output);
      return;
    }
    const [code, type] = found;
    this.#writer.operator(code, [of], [output], type === null ? null : { type, value: {} });
  }

  /** Functions without an operator, by others that lose no digits. */
  #composed(fn: UnaryFunction, of: ScalarExpression, y: number, output: number): void {
    const one = () => this.#number(1);
    switch (fn) {
      case 'expm1':
        // Where y is not positive that is what ELU gives; else tanh(y/2) (exp(y) + 1).
        if (of.kind === 'binary' && of.fn === 'min' && of.b.kind === 'constant' && of.b.value === 0) {
          this.#writer.operator('ELU', [y], [output]);
        } else {
          const half = this.#function('TANH', this.#joined('mul', y, this.#number(0.5)));
          this.#operator('mul', [half, this.#joined('add', this.#function('EXP', y), one())], output);
        }
        return;
      case 'tan':
        this.#operator('div', [this.#function('SIN', y), this.#function('COS', y)], output);
        return;
      case 'cosh':
        this.#cosh(y, output);
        return;
      case 'sinh': {
        const cosh = this.#between();
        this.#cosh(y, cosh);
        this.#operator('mul', [this.#function('TANH', y), cosh], output);
        return;
      }
      case 'atan':
        this.#writer.operator('ATAN2', [y, one()], [output]);
        return;
      case 'asin':
        this.#writer.operator('ATAN2', [y, this.#otherLeg(y)], [output]);
        return;
      case 'acos':
        this.#writer.operator('ATAN2', [this.#otherLeg(y), y], [output]);
        return;
      default:
        this.#writer.refuse(`the function ${fn} has no operator in TFLite`);
    }
  }

  /** (exp(y) + exp(-y)) / 2 */
  #cosh(y: number, output: number): void {
    const sum = this.#joined('add', this.#function('EXP', y), this.#function('EXP', this.#function('NEG', y)));
    this.#operator('mul', [sum, this.#number(0.5)], output);
  }

  /** sqrt((1 - y) (1 + y)) */
  #otherLeg(y: number): number {
    const product = this.#joined(
      'mul',
      this.#joined('sub', this.#number(1), y),
      this.#joined('add', this.#number(1), y),
    );
    return this.#function('SQRT', product);
  }

  #function(code: string, operand: number): number {
    const result = this.#between();
    this.#writer.operator(code, [operand], [result]);
    return result;
  }

  #joined(fn: BinaryFunction, a: number, b: number): number {
    const result = this.#between();
    this.#operator(fn, [a, b], result);
    return result;
  }

  #operator(fn: BinaryFunction, inputs: readonly number[], output: number): void {
    const [code, type] = binaryOperators[fn];
    this.#writer.operator(code, inputs, [output], { type, value: {} });
  }

  #number(value: number): number {
    return this.#writer.constant(`constant_${this.#count++}`, filled({ ...this.#type, shape: [1] }, value));
  }

  #between(): number {
    return this.#writer.between(`step_${this.#count++}`, this.#type);
  }
}
