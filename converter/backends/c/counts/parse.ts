import { InternalError } from '../../../problem.ts';
import type { CType, Declared, Expression, Loop, Statement } from './syntax.ts';
import { type Token, TokenReader, tokensOf } from './tokens.ts';

/**
 * Reads the C of layer functions and support headers: the part of C99 that we write, which has no `switch`, `goto` or
 * function pointer types in expressions.
 */

/** Statements, until the end of the text. */
export function parseStatements(text: string): readonly Statement[] {
  return statementsOf(new TokenReader(tokensOf(text)));
}

/** Statements, until the end of the tokens. */
export function statementsOf(reader: TokenReader): readonly Statement[] {
  const statements: Statement[] = [];
  while (reader.peek().kind !== 'end') statements.push(statement(reader));
  return statements;
}

const TYPE_WORDS =
  /^(?:const|volatile|static|unsigned|signed|struct|void|char|short|int|long|float|double|\w+_t|thimble_aliasing_\w+|thimble_move_word|thimble_nibbles_(?:tile|input|run|expand))$/;

/** Whether a type begins at the token. */
export function isType({ kind, text }: Token): boolean {
  return kind === 'name' && TYPE_WORDS.test(text);
}

/** A type and its stars. */
export function parseType(reader: TokenReader): CType {
  const words: string[] = [];
  while (isType(reader.peek())) {
    const { text } = reader.next();
    if (text === 'struct') words.push(`struct ${reader.next().text}`);
    else if (text !== 'const' && text !== 'static' && text !== 'volatile') words.push(text);
  }
  let pointers = 0;
  while (reader.is('*') || reader.is('const')) if (reader.next().text === '*') pointers++;
  return { kind: 'type', name: words.join(' '), pointers };
}

function statement(reader: TokenReader): Statement {
  const from = reader.at;
  if (reader.is('{')) return { kind: 'block', statements: statementsOf(new TokenReader(reader.enclosed())) };
  if (reader.take(';')) return { kind: 'block', statements: [] };
  if (reader.take('if')) return ifStatement(reader, from);
  if (reader.take('for')) return forStatement(reader, from);
  if (reader.take('while')) {
    const test = parenthesized(reader);
    const template = templateOf(reader.between(from, reader.at));
    return { kind: 'loop', first: null, test, step: null, body: statement(reader), isDo: false, template };
  }
  if (reader.take('do')) {
    const body = statement(reader);
    reader.expect('while');
    const test = parenthesized(reader);
    reader.expect(';');
    return { kind: 'loop', first: null, test, step: null, body, isDo: true, template: 'do' };
  }
  if (reader.take('return')) {
    const value = reader.is(';') ? null : expression(reader);
    reader.expect(';');
    return { kind: 'return', value, template: templateOf(reader.between(from, reader.at)) };
  }
  if (reader.take('break')) return ended(reader, { kind: 'break' });
  if (reader.take('continue')) return ended(reader, { kind: 'continue' });
  if (reader.take('__asm__')) {
    reader.take('volatile');
    const text = reader.enclosed();
    return ended(reader, { kind: 'assembly', template: text.map((token) => token.text).join(' ') });
  }
  if (isType(reader.peek())) return declaration(reader, from);
  const value = comma(reader);
  reader.expect(';');
  return { kind: 'expression', expression: value, template: templateOf(reader.between(from, reader.at)) };
}

function ended(reader: TokenReader, read: Statement): Statement {
  reader.expect(';');
  return read;
}

function parenthesized(reader: TokenReader): Expression {
  reader.expect('(');
  const inside = comma(reader);
  reader.expect(')');
  return inside;
}

function ifStatement(reader: TokenReader, from: number): Statement {
  const test = parenthesized(reader);
  const template = templateOf(reader.between(from, reader.at));
  const yes = statement(reader);
  const no = reader.take('else') ? statement(reader) : null;
  return { kind: 'if', test, yes, no, template };
}

function forStatement(reader: TokenReader, from: number): Loop {
  reader.expect('(');
  let first: Statement | null = null;
  if (!reader.take(';')) first = statement(reader);
  const test = reader.is(';') ? null : expression(reader);
  reader.expect(';');
  const step = reader.is(')') ? null : comma(reader);
  reader.expect(')');
  const template = templateOf(reader.between(from, reader.at));
  return { kind: 'loop', first, test, step, body: statement(reader), isDo: false, template };
}

/** A macro behind a name that stands for an attribute. */
const ATTRIBUTE = /^THIMBLE_[A-Z]+$/;

function declaration(reader: TokenReader, from: number): Statement {
  const base = parseType(reader);
  const variables: Declared[] = [];
  let type = base;
  do {
    while (reader.is('*') || reader.is('const')) {
      if (reader.next().text === '*') type = { ...type, pointers: type.pointers + 1 };
    }
    const { text: name } = reader.next();
    const lengths: Expression[] = [];
    while (reader.take('[')) {
      if (!reader.is(']')) lengths.push(expression(reader));
      reader.expect(']');
    }
    while (ATTRIBUTE.test(reader.peek().text)) reader.next();
    const initial = reader.take('=') ? (reader.is('{') ? list(reader) : expression(reader)) : null;
    variables.push({ name, type, lengths, initial });
    type = base;
  } while (reader.take(','));
  reader.expect(';');
  return { kind: 'declare', variables, template: templateOf(reader.between(from, reader.at)) };
}

function list(reader: TokenReader): Expression {
  reader.expect('{');
  const items: Expression[] = [];
  while (!reader.is('}')) {
    items.push(reader.is('{') ? list(reader) : expression(reader));
    if (!reader.take(',')) break;
  }
  reader.expect('}');
  return { kind: 'list', items };
}

/** Expressions after each other; the last one is what matters, the others are kept as operands. */
function comma(reader: TokenReader): Expression {
  let value = expression(reader);
  while (reader.take(',')) value = { kind: 'binary', operator: ',', left: value, right: expression(reader) };
  return value;
}

const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=']);

/** An expression without commas. */
export function expression(reader: TokenReader): Expression {
  const target = choice(reader);
  const { text, kind } = reader.peek();
  if (kind !== 'mark' || !ASSIGNMENTS.has(text)) return target;
  reader.next();
  return { kind: 'assign', operator: text.slice(0, -1), target, value: expression(reader) };
}

function choice(reader: TokenReader): Expression {
  const test = binary(reader, 0);
  if (!reader.take('?')) return test;
  const yes = expression(reader);
  reader.expect(':');
  return { kind: 'choice', test, yes, no: expression(reader) };
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

function binary(reader: TokenReader, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(reader);
  let left = binary(reader, level + 1);
  for (;;) {
    const { text, kind } = reader.peek();
    if (kind !== 'mark' || !operators.includes(text)) return left;
    reader.next();
    left = { kind: 'binary', operator: text, left, right: binary(reader, level + 1) };
  }
}

function unary(reader: TokenReader): Expression {
  const { text, kind } = reader.peek();
  if (kind === 'mark') {
    if (text === '++' || text === '--') {
      reader.next();
      return { kind: 'step', by: text === '++' ? 1 : -1, isBefore: true, target: unary(reader) };
    }
    if ('-+!~*&'.includes(text)) {
      reader.next();
      return { kind: 'unary', operator: text, operand: unary(reader) };
    }
    if (text === '(' && isType(reader.peek(1))) {
      reader.next();
      const type = parseType(reader);
      reader.expect(')');
      return { kind: 'cast', type, operand: reader.is('{') ? list(reader) : unary(reader) };
    }
  }
  if (reader.take('sizeof')) return sizeOf(reader);
  return postfix(reader);
}

function sizeOf(reader: TokenReader): Expression {
  if (!reader.is('(') || !isType(reader.peek(1))) return { kind: 'sizeof', of: unary(reader) };
  reader.next();
  const of = parseType(reader);
  reader.expect(')');
  return { kind: 'sizeof', of };
}

function postfix(reader: TokenReader): Expression {
  let value = primary(reader);
  for (;;) {
    if (reader.take('[')) {
      const at = comma(reader);
      reader.expect(']');
      value = { kind: 'index', base: value, at };
    } else if (reader.take('(')) {
      const args: Expression[] = [];
      while (!reader.is(')')) {
        args.push(isType(reader.peek()) ? typeArgument(reader) : expression(reader));
        if (!reader.take(',')) break;
      }
      reader.expect(')');
      value = { kind: 'call', callee: value, args };
    } else if (reader.is('.') || reader.is('->')) {
      const isArrow = reader.next().text === '->';
      value = { kind: 'member', base: value, name: reader.next().text, isArrow };
    } else if (reader.is('++') || reader.is('--')) {
      value = { kind: 'step', by: reader.next().text === '++' ? 1 : -1, isBefore: false, target: value };
    } else return value;
  }
}

/** A type as the argument of a macro. */
function typeArgument(reader: TokenReader): Expression {
  return { kind: 'sizeof', of: parseType(reader) };
}

function primary(reader: TokenReader): Expression {
  if (reader.is('(')) return parenthesized(reader);
  const { kind, text } = reader.next();
  if (kind === 'number') return { kind: 'number', value: numberOf(text), isFloat: isFloatText(text) };
  if (kind === 'name') return { kind: 'name', name: text };
  if (kind === 'string') {
    while (reader.peek().kind === 'string') reader.next();
    return { kind: 'string' };
  }
  throw new InternalError(`no expression begins with ${text}`);
}

function isFloatText(text: string): boolean {
  return !/^0[xX]/.test(text) && /[.eEfF]/.test(text);
}

function numberOf(text: string): number {
  return isFloatText(text) ? Number.parseFloat(text) : Number(text.replace(/[uUlL]+$/, ''));
}

/** Numbers that compilers treat in their own way as places and factors; 0 is one everywhere. */
const SMALL = /^[0124][uU]?$/;
const KEEPS_SMALL = /^(?:[*/%[]|<<|>>)$/;

/** Tokens as text, other numbers than a few small ones left out. */
export function templateOf(tokens: readonly Token[]): string {
  const isLoop = tokens[0]?.text === 'for';
  return tokens
    .map(({ kind, text }, i) => {
      const isKept = text === '0' || KEEPS_SMALL.test(tokens[i - 1]?.text ?? '');
      if (kind !== 'number' || (!isLoop && isKept && SMALL.test(text))) return text;
      return isFloatText(text) ? '#f' : '#';
    })
    .join(' ')
    .replace(/\bthimble_/g, '')
    .replace(/ ?([[\].(),;]) ?/g, '$1')
    .replace(/([(,=?:<>&|*]) ?- #/g, '$1 #')
    .replace(/- #/g, '+ #')
    .replace(/ #/g, '#');
}
