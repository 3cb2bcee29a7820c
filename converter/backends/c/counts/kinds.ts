import type { Expression, Statement } from './syntax.ts';

/**
 * What a statement is made of: loads, stores, products and so on, and calls of each function without loops. The names are
 * those of the table of coefficients. `real` stands in front of what is done on floating point.
 */
export type Kinds = ReadonlyMap<string, number>;

export const noKinds: Kinds = new Map();

/** Kinds of one thing. */
export function oneKind(name: string): Kinds {
  return new Map([[name, 1]]);
}

type Counter = Map<string, number>;

const COMPARISONS = /^(?:[<>]=?|[!=]=|&&|\|\|)$/;

/** What a statement, without the statements inside it, is made of. */
export function kindsOf(statement: Statement, isReal: boolean): Kinds {
  const kinds: Counter = new Map();
  const count = (expression: Expression | null) => {
    if (expression !== null) visit(expression, kinds, isReal, false);
  };
  switch (statement.kind) {
    case 'declare':
      for (const { initial, lengths, type } of statement.variables) {
        const real = isReal || /float|double/.test(type.name);
        if (initial !== null) visit(initial, kinds, real, lengths.length > 0);
      }
      break;
    case 'expression':
      count(statement.expression);
      break;
    case 'return':
      count(statement.value);
      break;
    case 'if':
      bump(kinds, 'branch');
      count(statement.test);
      break;
    case 'loop':
      bump(kinds, 'round');
      count(statement.test);
      count(statement.step);
      break;
    case 'assembly':
      bump(kinds, 'assembly', (statement.template.match(/\\n/g) ?? []).length + 1);
      break;
    default:
      break;
  }
  return kinds;
}

function bump(kinds: Counter, name: string, by = 1): void {
  kinds.set(name, (kinds.get(name) ?? 0) + by);
}

/** `isStored`: the value goes to memory element by element, as in the initializer of an array. */
function visit(expression: Expression, kinds: Counter, isReal: boolean, isStored: boolean): void {
  const domain = isReal ? 'real ' : '';
  const inside = (child: Expression) => visit(child, kinds, isReal, false);
  switch (expression.kind) {
    case 'unary':
      if (expression.operator === '*') bump(kinds, 'load');
      else if (expression.operator !== '&') bump(kinds, `${domain}add`);
      inside(expression.operand);
      break;
    case 'step':
      bump(kinds, 'move');
      target(expression.target, kinds, isReal);
      break;
    case 'binary': {
      const { operator } = expression;
      if (COMPARISONS.test(operator)) bump(kinds, `${domain}compare`);
      else if (operator !== ',') bump(kinds, `${domain}${nameOf(operator, expression.right)}`);
      inside(expression.left);
      inside(expression.right);
      break;
    }
    case 'assign':
      if (expression.operator !== '') bump(kinds, `${domain}${nameOf(expression.operator, expression.value)}`);
      target(expression.target, kinds, isReal);
      inside(expression.value);
      break;
    case 'choice':
      bump(kinds, 'choice');
      inside(expression.test);
      inside(expression.yes);
      inside(expression.no);
      break;
    case 'call':
      bump(kinds, `call ${expression.callee.kind === 'name' ? expression.callee.name : ''}`);
      for (const argument of expression.args) inside(argument);
      break;
    case 'index':
      bump(kinds, 'load');
      inside(expression.base);
      inside(expression.at);
      break;
    case 'member':
      if (expression.isArrow) bump(kinds, 'load');
      inside(expression.base);
      break;
    case 'cast':
      inside(expression.operand);
      break;
    case 'list':
      for (const item of expression.items) {
        if (isStored) bump(kinds, 'store');
        inside(item);
      }
      break;
    default:
      break;
  }
}

/** Products with numbers are often shifts. */
function nameOf(operator: string, right: Expression): string {
  if (operator === '*') return right.kind === 'number' ? 'scale' : 'multiply';
  if (operator === '/' || operator === '%') return right.kind === 'number' ? 'part' : 'divide';
  return 'add';
}

function target(expression: Expression, kinds: Counter, isReal: boolean): void {
  if (expression.kind === 'name') return;
  bump(kinds, 'store');
  if (expression.kind === 'index') {
    visit(expression.base, kinds, isReal, false);
    visit(expression.at, kinds, isReal, false);
  } else if (expression.kind === 'unary') visit(expression.operand, kinds, isReal, false);
}
