import { InternalError } from '../../../problem.ts';

/** What is left of the condition of an `#if`: its value, or null and the text to be decided by the compiler. */
export interface Condition {
  readonly value: number | null;
  readonly text: string;
}

/** A part of a condition; `rank` tells whether it wants parentheses beside a neighbour: the higher the tighter. */
interface Part extends Condition {
  readonly rank: number;
  /** The text only tells true from false: the part is worth 1 where its text is worth anything but 0. */
  readonly isTruth?: boolean;
}

const TOKEN = /\s*(?:(\d+)[uUlL]*|([A-Za-z_]\w*)|(\|\||&&|[=!<>]=|<<|>>|[-+*&|^<>!()]))/y;

/** Operators of two operands, by how tightly they hold (C99 6.5.5 to 6.5.14). */
const ranks: ReadonlyMap<string, number> = new Map([
  ...([
    ['||', 1],
    ['&&', 2],
    ['|', 3],
    ['^', 4],
    ['&', 5],
    ['==', 6],
    ['!=', 6],
  ] as const),
  ...([
    ['<', 7],
    ['>', 7],
    ['<=', 7],
    ['>=', 7],
    ['<<', 8],
    ['>>', 8],
    ['+', 9],
    ['-', 9],
    ['*', 10],
  ] as const),
]);
const UNARY = 11;
const ATOM = 12;

/** The condition with the macros of `known` replaced by their values, and whatever follows from that taken out. */
export function simplify(condition: string, known: ReadonlyMap<string, number>): Condition {
  const tokens = tokensOf(condition);
  let at = 0;
  const next = () => tokens[at++] ?? '';
  const expect = (token: string) => {
    if (next() !== token) throw new InternalError(`#if ${condition}: ${token} is missing`);
  };
  const atom = (): Part => {
    const token = next();
    if (token === '!') return negated(atom());
    if (token === '(') {
      const inner = binary(1);
      expect(')');
      return inner;
    }
    if (token === 'defined') {
      const isBare = tokens[at] !== '(';
      if (!isBare) expect('(');
      const name = next();
      if (!isBare) expect(')');
      return known.has(name) ? constant(1) : { value: null, text: `defined(${name})`, rank: ATOM };
    }
    if (/^\d/.test(token)) return constant(Number(token));
    if (!/^[A-Za-z_]/.test(token)) throw new InternalError(`#if ${condition}: "${token}" is not expected`);
    const value = known.get(token);
    return value === undefined ? { value: null, text: token, rank: ATOM } : constant(value);
  };
  const binary = (least: number): Part => {
    let left = atom();
    for (;;) {
      const operator = tokens[at] ?? '';
      const rank = ranks.get(operator);
      if (rank === undefined || rank < least) return left;
      at++;
      left = joined(operator, rank, left, binary(rank + 1));
    }
  };
  const { value, text } = binary(1);
  if (at !== tokens.length) throw new InternalError(`#if ${condition}: "${tokens[at]}" is not expected`);
  return { value, text };
}

function tokensOf(condition: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < condition.trimEnd().length) {
    const match = TOKEN.exec(condition);
    if (match === null) throw new InternalError(`#if ${condition} is not understood`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}

const constant = (value: number): Part => ({ value, text: String(value), rank: ATOM });

function negated({ value, text, rank }: Part): Part {
  if (value !== null) return constant(value === 0 ? 1 : 0);
  return { value: null, text: `!${rank < UNARY ? `(${text})` : text}`, rank: UNARY };
}

function joined(operator: string, rank: number, left: Part, right: Part): Part {
  if (operator === '&&' || operator === '||') {
    const decides = operator === '||';
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (one.value !== null) return (one.value !== 0) === decides ? constant(decides ? 1 : 0) : truth(other);
    }
  }
  if (left.value !== null && right.value !== null) return constant(compute(operator, left.value, right.value));
  // Where C does without parentheses, readers and -Wparentheses do not: && inside ||, bits inside either.
  const isUnclear = (part: Part) => (rank === 1 && part.rank === 2) || (rank <= 2 && part.rank >= 3 && part.rank <= 5);
  const side = (part: Part, least: number) => (part.rank < least || isUnclear(part) ? `(${part.text})` : part.text);
  const [a, b] = rank <= 2 ? [left, right] : [asNumber(left), asNumber(right)];
  return { value: null, text: `${side(a, rank)} ${operator} ${side(b, rank + 1)}`, rank };
}

/** 0 or 1, as && and || give. */
function truth(part: Part): Part {
  return part.value === null ? { ...part, isTruth: true } : constant(part.value === 0 ? 0 : 1);
}

/** The part with a text that has its value, for operators that reckon with it. */
function asNumber(part: Part): Part {
  return part.isTruth === true ? { value: null, text: `!!(${part.text})`, rank: UNARY } : part;
}

function compute(operator: string, a: number, b: number): number {
  switch (operator) {
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '<':
      return Number(a < b);
    case '>':
      return Number(a > b);
    case '<=':
      return Number(a <= b);
    case '>=':
      return Number(a >= b);
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      throw new InternalError(`#if with ${operator}`);
  }
}
