import type { Node } from '../../../ir/graph.ts';
import { isHardSwish } from '../../../ops/hard-swish.ts';
import { leakySlopeOf } from '../../../ops/map.ts';
import type { BinaryFunction, ScalarExpression, UnaryFunction } from '../../../ops/scalar-expression.ts';
import { float } from '../encode.ts';
import type { FileType, Ref } from '../file-writer.ts';
import type { OperatorWriter } from '../operator-writer.ts';

/** Operators of one number; null for what is written as several. */
const unaryOperators: { readonly [F in UnaryFunction]: string | null } = {
  neg: 'Neg',
  abs: 'Abs',
  exp: 'Exp',
  expm1: null,
  log: 'Log',
  log1p: null,
  sqrt: 'Sqrt',
  rsqrt: null,
  sin: 'Sin',
  cos: 'Cos',
  tan: 'Tan',
  asin: 'Asin',
  acos: 'Acos',
  atan: 'Atan',
  sinh: 'Sinh',
  cosh: 'Cosh',
  tanh: 'Tanh',
  asinh: 'Asinh',
  acosh: 'Acosh',
  atanh: 'Atanh',
  logistic: 'Sigmoid',
  erf: 'Erf',
  floor: 'Floor',
  ceil: 'Ceil',
  round: 'Round',
  sign: 'Sign',
  square: null,
};

const binaryOperators: { readonly [F in BinaryFunction]: string } = {
  add: 'Add',
  sub: 'Sub',
  mul: 'Mul',
  div: 'Div',
  max: 'Max',
  min: 'Min',
};

export function map(writer: OperatorWriter, { attributes }: Node<'map'>['op']): void {
  const layout = writer.commonLayout();
  const { expression } = attributes;
  const input = writer.input(0, layout);
  const steps = new Steps(writer, writer.realType(layout), input);
  const result = steps.write(expression);
  const stored = writer.result(result === input ? copied(writer, input) : result, layout);
  if (writer.isQuantized) writer.remark(stored, 'table');
}

function copied(writer: OperatorWriter, input: Ref): Ref {
  return writer.isQuantized ? input : writer.operator('Identity', [input], writer.typeOf(input));
}

type Unary = Extract<ScalarExpression, { kind: 'unary' }>;
type Binary = Extract<ScalarExpression, { kind: 'binary' }>;

/** Writes an expression as operators on tensors of one type; equal parts are written once. */
class Steps {
  readonly #writer: OperatorWriter;
  readonly #type: FileType;
  readonly #input: Ref;
  readonly #written = new Map<string, Ref>();

  constructor(writer: OperatorWriter, type: FileType, input: Ref) {
    this.#writer = writer;
    this.#type = type;
    this.#input = input;
  }

  write(expression: ScalarExpression): Ref {
    if (expression.kind === 'x') return this.#input;
    const key = JSON.stringify(expression, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    );
    const known = this.#written.get(key);
    if (known !== undefined) return known;
    const ref = this.#new(expression);
    this.#written.set(key, ref);
    return ref;
  }

  #new(expression: Exclude<ScalarExpression, { kind: 'x' }>): Ref {
    // A constant in the place of a tensor: broadcast by an expansion.
    if (expression.kind === 'constant') {
      const shape = this.#writer.integers('shape', this.#type.shape);
      return this.#operator('Expand', [this.#number(expression.value), shape]);
    }
    if (expression.kind === 'unary') return this.#unary(expression);
    return this.#known(expression) ?? this.#binary(expression);
  }

  /** Functions of several steps that have an operator. */
  #known(expression: Binary): Ref | null {
    if (!this.#isReal) return null;
    if (isHardSwish(expression) && !this.#writer.isQuantized) return this.#operator('HardSwish', [this.#input]);
    const slope = leakySlopeOf(expression);
    if (slope !== null) return this.#operator('LeakyRelu', [this.#input], { alpha: float(slope) });
    const softened = softplusOf(expression);
    return softened === null ? null : this.#operator('Softplus', [this.write(softened)]);
  }

  #unary({ fn, of }: Unary): Ref {
    const operator = unaryOperators[fn];
    if (operator !== null && (this.#isReal || ['Neg', 'Abs', 'Sign'].includes(operator))) {
      return this.#operator(operator, [this.write(of)]);
    }
    if (!this.#isReal && (fn === 'floor' || fn === 'ceil' || fn === 'round')) return this.write(of);
    switch (fn) {
      case 'square':
        return this.#operator('Mul', [this.write(of), this.write(of)]);
      case 'rsqrt':
        return this.#operator('Reciprocal', [this.#operator('Sqrt', [this.write(of)])]);
      case 'expm1':
        return this.#expMinusOne(of);
      case 'log1p':
        return this.#logOfOneMore(of);
      default:
        return this.#writer.refuse(`the function ${fn} of ${this.#type.dtype} has no operator in ONNX`);
    }
  }

  /** exp(y) - 1: where y is not positive that is what Elu gives; else tanh(y/2) (exp(y) + 1), which loses no digits. */
  #expMinusOne(y: ScalarExpression): Ref {
    if (isNegativePart(y)) return this.#operator('Elu', [this.write(y)]);
    this.#realOnly('exp(x) - 1');
    const half = this.#operator('Mul', [this.write(y), this.#number(0.5)]);
    const more = this.#operator('Add', [this.#operator('Exp', [this.write(y)]), this.#number(1)]);
    return this.#operator('Mul', [this.#operator('Tanh', [half]), more]);
  }

  /** log(1 + y) = 2 atanh(y / (2 + y)), which loses no digits. */
  #logOfOneMore(y: ScalarExpression): Ref {
    this.#realOnly('log(1 + x)');
    const sum = this.#operator('Add', [this.write(y), this.#number(2)]);
    const ratio = this.#operator('Div', [this.write(y), sum]);
    return this.#operator('Mul', [this.#operator('Atanh', [ratio]), this.#number(2)]);
  }

  #binary({ fn, a, b }: Binary): Ref {
    if (this.#isReal && (fn === 'max' || fn === 'min')) {
      const clip = this.#clip(fn, a, b) ?? this.#clip(fn, b, a);
      if (clip !== null) return clip;
    }
    if (a.kind === 'constant' && b.kind === 'constant') {
      return this.#operator(binaryOperators[fn], [this.write(a), this.#number(b.value)]);
    }
    const operand = (side: ScalarExpression) =>
      side.kind === 'constant' ? this.#number(side.value) : this.write(side);
    return this.#operator(binaryOperators[fn], [operand(a), operand(b)]);
  }

  /** A bound of real numbers: Relu, or a Clip of one side or of both. */
  #clip(fn: 'max' | 'min', of: ScalarExpression, bound: ScalarExpression): Ref | null {
    if (bound.kind !== 'constant' || of.kind === 'constant') return null;
    if (fn === 'max') {
      if (bound.value === 0) return this.#operator('Relu', [this.write(of)]);
      return this.#operator('Clip', [this.write(of), this.#number(bound.value)]);
    }
    const lower = lowerBoundOf(of);
    if (lower !== null && lower.value <= bound.value) {
      return this.#operator('Clip', [this.write(lower.of), this.#number(lower.value), this.#number(bound.value)]);
    }
    return this.#operator('Clip', [this.write(of), null, this.#number(bound.value)]);
  }

  get #isReal(): boolean {
    return this.#type.dtype.startsWith('float');
  }

  /** Refuses what our reader gets back in other words: integers need every digit. */
  #realOnly(what: string): void {
    if (this.#writer.isQuantized) this.#writer.refuse(`${what} on integers has no operator in ONNX`);
  }

  #operator(opType: string, inputs: readonly (Ref | null)[], attributes = {}): Ref {
    return this.#writer.operator(opType, inputs, this.#type, attributes);
  }

  #number(value: number): Ref {
    return this.#writer.number('constant', this.#type.dtype, value);
  }
}

/** min(y, 0) */
function isNegativePart(y: ScalarExpression): boolean {
  return y.kind === 'binary' && y.fn === 'min' && y.b.kind === 'constant' && y.b.value === 0;
}

/** The parts of max(y, constant). */
function lowerBoundOf(y: ScalarExpression): { readonly of: ScalarExpression; readonly value: number } | null {
  if (y.kind !== 'binary' || y.fn !== 'max') return null;
  if (y.b.kind === 'constant' && y.a.kind !== 'constant') return { of: y.a, value: y.b.value };
  return y.a.kind === 'constant' && y.b.kind !== 'constant' ? { of: y.b, value: y.a.value } : null;
}

/** The y of max(y, 0) + log(1 + exp(-|y|)), which is log(1 + exp(y)) without overflow; null for anything else. */
function softplusOf({ fn, a, b }: Binary): ScalarExpression | null {
  const isLog = b.kind === 'unary' && b.fn === 'log1p' && b.of.kind === 'unary' && b.of.fn === 'exp';
  if (fn !== 'add' || !isLog || a.kind !== 'binary' || a.fn !== 'max') return null;
  const power = b.of.kind === 'unary' ? b.of.of : b.of;
  const wanted = { kind: 'unary', fn: 'neg', of: { kind: 'unary', fn: 'abs', of: a.a } };
  const isZero = a.b.kind === 'constant' && a.b.value === 0;
  return isZero && JSON.stringify(power) === JSON.stringify(wanted) ? a.a : null;
}
