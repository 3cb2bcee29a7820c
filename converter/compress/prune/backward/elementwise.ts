import { at } from '../../../ops/definition.ts';
import { evaluateExpression, type ScalarExpression } from '../../../ops/scalar-expression.ts';
import { broadcastOffsets } from '../../../tensor/layout.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs } from '../../../tensor/tensor.ts';
import type { BackwardRule } from './rule.ts';

/** f'(x) by the chain rule. At a kink the derivative of one side; steps have none, which counts as 0. */
export function derivative(expression: ScalarExpression, x: number): number {
  const value = (of: ScalarExpression) => evaluateExpression(of, x, (exact) => exact);
  switch (expression.kind) {
    case 'x':
      return 1;
    case 'constant':
      return 0;
    case 'unary': {
      const inner = derivative(expression.of, x);
      return inner === 0 ? 0 : inner * unaryDerivative(expression.fn, value(expression.of));
    }
    case 'binary': {
      const { fn, a, b } = expression;
      const [da, db] = [derivative(a, x), derivative(b, x)];
      switch (fn) {
        case 'add':
          return da + db;
        case 'sub':
          return da - db;
        case 'mul':
          return da * value(b) + value(a) * db;
        case 'div':
          return (da * value(b) - value(a) * db) / (value(b) * value(b));
        case 'max':
          return value(a) >= value(b) ? da : db;
        case 'min':
          return value(a) <= value(b) ? da : db;
        default:
          return fn satisfies never;
      }
    }
    default:
      return expression satisfies never;
  }
}

function unaryDerivative(fn: Extract<ScalarExpression, { kind: 'unary' }>['fn'], x: number): number {
  switch (fn) {
    case 'neg':
      return -1;
    case 'abs':
      return Math.sign(x);
    case 'square':
      return 2 * x;
    case 'floor':
    case 'ceil':
    case 'round':
    case 'sign':
      return 0;
    case 'exp':
      return Math.exp(x);
    case 'log':
      return 1 / x;
    case 'sqrt':
      return 0.5 / Math.sqrt(x);
    case 'tanh':
      return 1 - Math.tanh(x) ** 2;
    case 'logistic': {
      const y = 1 / (1 + Math.exp(-x));
      return y * (1 - y);
    }
    case 'erf':
      return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
    default: {
      // The rest is rare in networks: central differences.
      const step = 1e-4 * Math.max(1, Math.abs(x));
      const of = (at: number) => evaluateExpression({ kind: 'unary', fn, of: { kind: 'x' } }, at, (exact) => exact);
      return (of(x + step) - of(x - step)) / (2 * step);
    }
  }
}

export const mapBackward: BackwardRule<'map'> = ({ expression }, { inputs, gradient, into }) => {
  const x = dataAs(at(inputs, 0), 'float32');
  const target = into(0);
  gradient.forEach((g, i) => {
    if (g !== 0) target[i] = (target[i] ?? 0) + g * derivative(expression, x[i] ?? 0);
  });
};

/** Sums, differences, products, quotients, and the larger or smaller of two. Throws RangeError for anything else. */
export const zipBackward: BackwardRule<'zip'> = ({ fn }, { inputs, output, gradient, into }) => {
  const tensors = [at(inputs, 0), at(inputs, 1)] as const;
  const [a, b] = [dataAs(tensors[0], 'float32'), dataAs(tensors[1], 'float32')];
  const [aAt, bAt] = tensors.map(({ type }) => broadcastOffsets(type.shape, output.type.shape));
  const [da, db] = [into(0), into(1)];
  gradient.forEach((g, i) => {
    if (g === 0) return;
    const [p, q] = [aAt?.[i] ?? 0, bAt?.[i] ?? 0];
    const [u, v] = [a[p] ?? 0, b[q] ?? 0];
    const [left, right] = slopes(fn, u, v);
    da[p] = (da[p] ?? 0) + g * left;
    db[q] = (db[q] ?? 0) + g * right;
  });
};

function slopes(fn: string, a: number, b: number): readonly [number, number] {
  switch (fn) {
    case 'add':
      return [1, 1];
    case 'sub':
      return [1, -1];
    case 'mul':
      return [b, a];
    case 'div':
      return [1 / b, -a / (b * b)];
    case 'max':
      return a >= b ? [1, 0] : [0, 1];
    case 'min':
      return a <= b ? [1, 0] : [0, 1];
    default:
      throw new RangeError(`${fn} has no derivative here`);
  }
}

/** dL/dx_i = beta y_i (dL/dy_i - sum over j of y_j dL/dy_j). */
export const softmaxBackward: BackwardRule<'softmax'> = ({ beta }, { output, gradient, into }) => {
  const y = dataAs(output, 'float32');
  const size = dimension(output.type.shape, -1);
  const target = into(0);
  for (let row = 0; row < y.length; row += size) {
    let mean = 0;
    for (let i = row; i < row + size; i++) mean += (y[i] ?? 0) * (gradient[i] ?? 0);
    for (let i = row; i < row + size; i++) {
      target[i] = (target[i] ?? 0) + beta * (y[i] ?? 0) * ((gradient[i] ?? 0) - mean);
    }
  }
};
