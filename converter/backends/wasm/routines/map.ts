import type { ScalarExpression, UnaryFunction } from '../../../ops/scalar-expression.ts';
import { type Expr, type FunctionBuilder, f32x4, i32, type Local, v128 } from '../assembler/index.ts';
import { type Library, routine } from '../routine.ts';
import { elementwiseParams, emitElementwise } from './elementwise.ts';
import { emitErf } from './erf.ts';
import { emitLanes, scalarUnary } from './real-functions.ts';
import { callReal } from './real-kernel.ts';
import { emitExp, emitLog, emitLogistic, emitTanh } from './transcendental.ts';

const zero = v128.const('f32x4', [0, 0, 0, 0]);
const one = v128.const('f32x4', [1, 1, 1, 1]);

/** A float32 function of one tensor. */
export const floatMap = routine({
  params: elementwiseParams,
  name: (_: ScalarExpression) => 'map float32',
  emit(f, params, expression, library) {
    emitElementwise(f, library, params, { from: 'float32', to: 'float32' }, (value) => {
      f.set(value, emitExpression(f, library, expression, value));
    });
  },
});

/** The value of the expression; locals that it needs are taken and given back. */
function emitExpression(
  f: FunctionBuilder,
  library: Library,
  expression: ScalarExpression,
  x: Local<'v128'>,
): Local<'v128'> {
  const result = f.local('v128');
  switch (expression.kind) {
    case 'x':
      f.set(result, x);
      return result;
    case 'constant': {
      const { value } = expression;
      f.set(result, v128.const('f32x4', [value, value, value, value]));
      return result;
    }
    case 'unary': {
      const of = emitExpression(f, library, expression.of, x);
      f.set(result, of);
      emitUnary(f, library, expression.fn, result);
      f.free(of);
      return result;
    }
    case 'binary': {
      const [a, b] = [emitExpression(f, library, expression.a, x), emitExpression(f, library, expression.b, x)];
      f.set(result, f32x4[expression.fn](a, b));
      f.free(a, b);
      return result;
    }
  }
}

const simple: { readonly [F in UnaryFunction]?: (x: Expr<'v128'>) => Expr<'v128'> } = {
  neg: f32x4.neg,
  abs: f32x4.abs,
  sqrt: f32x4.sqrt,
  rsqrt: (x) => f32x4.div(one, f32x4.sqrt(x)),
  floor: f32x4.floor,
  ceil: f32x4.ceil,
  round: f32x4.nearest,
  sign: (x) => f32x4.sub(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), one)),
  square: (x) => f32x4.mul(x, x),
};

function emitUnary(f: FunctionBuilder, library: Library, fn: UnaryFunction, x: Local<'v128'>): void {
  const scalar = scalarUnary(fn);
  if (scalar !== null) {
    emitLanes(f, x, (lane) => callReal(f, library, scalar, lane));
    return;
  }
  switch (fn) {
    case 'exp':
      emitExp(f, x);
      break;
    case 'expm1':
      emitExpm1(f, x);
      break;
    case 'log':
      emitLog(f, x);
      break;
    case 'tanh':
      emitTanh(f, x);
      break;
    case 'logistic':
      emitLogistic(f, x);
      break;
    case 'erf':
      emitErf(f, x);
      break;
    default: {
      const compute = simple[fn];
      if (compute !== undefined) f.set(x, compute(x));
    }
  }
}

/**
 * exp(x) - 1 without cancellation near 0 (William Kahan): with u = exp(x), (u - 1) * x / log(u), which is x where u is 1 and -1
 * where u - 1 is.
 */
function emitExpm1(f: FunctionBuilder, x: Local<'v128'>): void {
  const [power, less, log] = [f.local('v128'), f.local('v128'), f.local('v128')];
  f.set(power, x);
  emitExp(f, power);
  f.set(less, f32x4.sub(power, one));
  f.set(log, power);
  emitLog(f, log);
  const careful = f32x4.mul(less, f32x4.div(x, log));
  const near = v128.and(f32x4.lt(f32x4.abs(x), one), f32x4.ne(power, one));
  f.set(less, v128.bitselect(careful, v128.bitselect(x, less, f32x4.eq(power, one)), near));
  f.set(x, less);
  f.free(power, less, log);
}

/** A function of bytes as a table of 256, indexed by the byte without sign. */
export const tableMap = routine({
  params: { ...elementwiseParams, table: 'i32' },
  name: (_: null) => 'map by table',
  emit(f, { source, target, count, table }) {
    f.doWhile(
      () => {
        f.do(i32.store8(target, i32.load8_u(i32.add(table, i32.load8_u(source)))));
        f.set(source, i32.add(source, 1));
        f.set(target, i32.add(target, 1));
      },
      f.tee(count, i32.sub(count, 1)),
    );
  },
});
