import type { ScalarExpression, UnaryFunction } from '../../../ops/scalar-expression.ts';
import { type Expr, type FunctionBuilder, f32x4, i32, type Local, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { elementwiseParams, emitElementwise } from './elementwise.ts';
import { emitExp, emitLog, emitLogistic, emitTanh } from './transcendental.ts';

const one = v128.const('f32x4', [1, 1, 1, 1]);

/** A float32 function of one tensor. */
export const floatMap = routine({
  params: elementwiseParams,
  name: (_: ScalarExpression) => 'map float32',
  emit(f, params, expression, library) {
    emitElementwise(f, library, params, { from: 'float32', to: 'float32' }, (value) => {
      f.set(value, emitExpression(f, expression, value));
    });
  },
});

/** The value of the expression; locals that it needs are taken and given back. */
function emitExpression(f: FunctionBuilder, expression: ScalarExpression, x: Local<'v128'>): Local<'v128'> {
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
      const of = emitExpression(f, expression.of, x);
      f.set(result, of);
      emitUnary(f, expression.fn, result);
      f.free(of);
      return result;
    }
    case 'binary': {
      const [a, b] = [emitExpression(f, expression.a, x), emitExpression(f, expression.b, x)];
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
  square: (x) => f32x4.mul(x, x),
};

function emitUnary(f: FunctionBuilder, fn: UnaryFunction, x: Local<'v128'>): void {
  switch (fn) {
    case 'exp':
      emitExp(f, x);
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
    default: {
      const compute = simple[fn];
      if (compute !== undefined) f.set(x, compute(x));
    }
  }
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
