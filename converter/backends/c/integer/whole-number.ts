import type { ScalarExpression } from '../../../ops/scalar-expression.ts';
import { isWholeUnary, type WholeUnaryFunction } from '../../../ops/whole-expression.ts';
import type { WholeZipFunction } from '../../../ops/zip-function.ts';
import { InternalError } from '../../../problem.ts';
import { type DType, dtypeBytes } from '../../../tensor/dtype.ts';
import { intLiteral, wideLiteral } from '../literal.ts';
import { elementOf } from '../operand.ts';
import type { CElement } from '../table.ts';

/** The C types of a whole dtype: in memory, of values (at least 32 bits), and of values without sign, in which sums wrap. */
export interface WholeTypes {
  readonly element: CElement;
  readonly value: 'int32_t' | 'uint32_t' | 'int64_t' | 'uint64_t';
  readonly unsigned: 'uint32_t' | 'uint64_t';
  readonly isSigned: boolean;
  /** Bits of a value. */
  readonly bits: 32 | 64;
  /** Bits of an element. */
  readonly width: number;
}

/** The C types of a whole dtype; a bool is a byte. */
export function wholeTypes(dtype: DType): WholeTypes {
  const isSigned = dtype.startsWith('int');
  const bits = dtypeBytes[dtype] === 8 ? 64 : 32;
  const unsigned = bits === 64 ? 'uint64_t' : 'uint32_t';
  const value = !isSigned ? unsigned : bits === 64 ? 'int64_t' : 'int32_t';
  return { element: elementOf[dtype], value, unsigned, isSigned, bits, width: 8 * dtypeBytes[dtype] };
}

/** The function of the values `p` and `q` as a C expression of their type; the caller casts to the element. Needs whole.h. */
export function wholeZipText(fn: WholeZipFunction, { value, unsigned, isSigned, bits }: WholeTypes): string {
  const wrapped = (sign: string) => `(${value})((${unsigned})p ${sign} (${unsigned})q)`;
  const quotient = isSigned
    ? `(q == 0 ? 0 : q == -1 ? (${value})(0u - (${unsigned})p) : p / q)`
    : '(q == 0 ? 0 : p / q)';
  const rest = isSigned ? '(q == 0 || q == -1 ? 0 : p % q)' : '(q == 0 ? 0 : p % q)';
  const places = isSigned ? '(q < 0 ? 0 : q)' : 'q';
  switch (fn) {
    case 'add':
      return wrapped('+');
    case 'sub':
      return wrapped('-');
    case 'mul':
      return wrapped('*');
    case 'max':
      return '(p > q ? p : q)';
    case 'min':
      return '(p < q ? p : q)';
    case 'and':
      return '(p & q)';
    case 'or':
      return '(p | q)';
    case 'xor':
      return '(p ^ q)';
    case 'div':
      return quotient;
    case 'rem':
      return rest;
    case 'floor-div':
      return isSigned ? `(${quotient} - (${rest} != 0 && (p < 0) != (q < 0)))` : quotient;
    case 'floor-mod':
      return isSigned ? `(${rest} + (${rest} != 0 && (p < 0) != (q < 0) ? q : 0))` : rest;
    case 'shift-left':
      return `(q >= ${bits} ? 0 : (${value})((${unsigned})p << ${places}))`;
    case 'shift-right':
      return isSigned ? `(p >> (q >= ${bits} ? ${bits - 1} : ${places}))` : `(q >= ${bits} ? 0 : p >> q)`;
    case 'pow': {
      const power = `(${value})thimble_power((uint64_t)p, (uint64_t)q)`;
      return isSigned ? `(q >= 0 ? ${power} : p == 1 ? 1 : p == -1 ? ((q & 1) != 0 ? -1 : 1) : 0)` : power;
    }
  }
}

/** The function of the value `x` as a C expression; every step wraps to the width of the element, as in the reference. */
export function wholeExpressionText(expression: ScalarExpression, types: WholeTypes): string {
  const { value, element, unsigned } = types;
  const wrap = (text: string) => (value === element ? text : `(${value})(${element})${text}`);
  switch (expression.kind) {
    case 'x':
      return 'x';
    case 'constant':
      return constantText(expression.value, types);
    case 'unary': {
      if (!isWholeUnary(expression.fn)) throw new InternalError(`${expression.fn} of whole numbers`);
      return wrap(unaryText(expression.fn, wholeExpressionText(expression.of, types), types));
    }
    case 'binary': {
      if (expression.fn === 'div') throw new InternalError('a quotient of whole numbers');
      const [a, b] = [wholeExpressionText(expression.a, types), wholeExpressionText(expression.b, types)];
      if (expression.fn === 'max') return `(${a} > ${b} ? ${a} : ${b})`;
      if (expression.fn === 'min') return `(${a} < ${b} ? ${a} : ${b})`;
      const sign = { add: '+', sub: '-', mul: '*' }[expression.fn];
      return wrap(`(${value})((${unsigned})${a} ${sign} (${unsigned})${b})`);
    }
  }
}

function unaryText(fn: WholeUnaryFunction, x: string, { value, unsigned, isSigned }: WholeTypes): string {
  const negated = `(${value})(0u - (${unsigned})${x})`;
  switch (fn) {
    case 'neg':
      return negated;
    case 'abs':
      return isSigned ? `(${x} < 0 ? ${negated} : ${x})` : x;
    case 'sign':
      return isSigned ? `((${x} > 0) - (${x} < 0))` : `(${x} != 0)`;
    case 'square':
      return `(${value})((${unsigned})${x} * (${unsigned})${x})`;
    case 'floor':
    case 'ceil':
    case 'round':
      return x;
  }
}

function constantText(constant: number, { value, isSigned, bits, width }: WholeTypes): string {
  const wrapped = isSigned ? BigInt.asIntN(width, BigInt(constant)) : BigInt.asUintN(width, BigInt(constant));
  const text = bits === 64 ? wideLiteral(wrapped, !isSigned) : isSigned ? intLiteral(Number(wrapped)) : `${wrapped}u`;
  return `((${value})${text})`;
}
